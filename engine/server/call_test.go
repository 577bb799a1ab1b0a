package server_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/engine/server"
)

// TestCall is two peers on their way to a peer connection, in each pair of codecs.
func TestCall(t *testing.T) {
	for _, a := range []wire.Codec{wire.JSON, wire.Msgpack} {
		for _, b := range []wire.Codec{wire.JSON, wire.Msgpack} {
			t.Run(fmt.Sprintf("%v to %v", b, a), func(t *testing.T) {
				s := start(t, server.Config{})
				call(t, connect(t, s, a), connect(t, s, b))
			})
		}
	}
}

func call(t *testing.T, a, b *client) {
	ja := a.join("den", 1)
	require.Empty(t, ja.Members)
	require.Equal(t, wire.RoleModerator, ja.Self.Role)
	jb := b.join("den", 1)
	require.Equal(t, ja.Epoch, jb.Epoch)
	require.Len(t, jb.Members, 1)
	require.Equal(t, ja.Self.Member, jb.Members[0].Member)
	require.Greater(t, jb.Self.Since, ja.Self.Since, "the newcomer offers")

	came := next[*wire.MemberChange](a)
	require.Equal(t, wire.ChangeJoined, came.Change)
	require.Equal(t, jb.Self.Member, came.Member)

	offer := relay(t, b, a, 2, "offer", map[string]any{"type": "offer", "sdp": "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\n"})
	require.Equal(t, jb.Self.Member, offer.From)
	answer := relay(t, a, b, 2, "answer", map[string]any{"type": "answer", "sdp": "v=0\r\n"}, offer.From)
	require.Equal(t, []string{jb.Self.Member}, answer.To)
	require.Greater(t, answer.Seq, offer.Seq)
	relay(t, b, a, 3, "candidate", map[string]any{"candidate": "candidate:1 1 udp 1 192.0.2.1 9 typ host", "sdpMLineIndex": 0.0}, ja.Self.Member)
	relay(t, a, b, 3, "candidate", nil, jb.Self.Member)

	b.send(&wire.Request{Kind: wire.KindLeave, ID: 4, Room: "den"})
	require.Equal(t, uint64(4), next[*wire.OK](b).ID)
	left := next[*wire.MemberChange](a)
	require.Equal(t, wire.ChangeLeft, left.Change)
	require.Equal(t, "leave", left.Reason)
}

// relay sends an event and returns it as the other one hears it.
func relay(t *testing.T, from, to *client, id uint64, event string, data any, receivers ...string) *wire.Event {
	t.Helper()
	v, err := wire.NewValue(from.codec, data)
	require.NoError(t, err)
	from.send(&wire.Request{Kind: wire.KindSend, ID: id, Room: "den", Event: event, Data: v, To: receivers})
	require.Equal(t, id, next[*wire.OK](from).ID)
	heard := next[*wire.Event](to)
	require.Equal(t, event, heard.Event)
	var got any
	require.NoError(t, heard.Data.Unmarshal(&got))
	require.EqualValues(t, plain(t, data), plain(t, got))
	return heard
}

// plain makes values of both codecs comparable.
func plain(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	return string(b)
}

// TestWords is the protocol as a foreign client sees it, letter for letter.
func TestWords(t *testing.T) {
	s := start(t, server.Config{Linger: -1})
	c := dial(t, s, "/ws")
	c.write(`{"type":"ping","id":7}`)
	require.JSONEq(t, `{"type":"pong","id":7}`, c.read())

	c.write(`{"type":"join","id":1,"room":"den","profile":{"name":"Ann"}}`)
	var joined map[string]any
	require.NoError(t, json.Unmarshal([]byte(c.read()), &joined))
	require.Equal(t, "joined", joined["type"])
	require.Equal(t, "den", joined["room"])
	require.Equal(t, []any{}, joined["members"])
	require.Equal(t, []any{}, joined["ice"])
	require.EqualValues(t, 0, joined["iceTTL"])
	require.EqualValues(t, 0, joined["linger"])
	require.Equal(t, map[string]any{"name": "Ann"}, joined["self"].(map[string]any)["profile"])

	c.write(`{"type":"send","id":2,"room":"other","event":"chat"}`)
	var refused map[string]any
	require.NoError(t, json.Unmarshal([]byte(c.read()), &refused))
	require.Equal(t, "error", refused["type"])
	require.Equal(t, "not_joined", refused["code"])
	require.EqualValues(t, 2, refused["id"])
}

func TestRoomCapacity(t *testing.T) {
	s := start(t, server.Config{RoomCapacity: 1})
	connect(t, s, wire.JSON).join("den", 1)
	c := connect(t, s, wire.Msgpack)
	c.send(&wire.Request{Kind: wire.KindJoin, ID: 1, Room: "den"})
	require.Equal(t, wire.RoomFull, next[*wire.Error](c).Code)
}

func TestBehavior(t *testing.T) {
	s := start(t, server.Config{Behavior: []string{"lobby-*=matchmaker", "*=talking"}})
	a, b := connect(t, s, wire.JSON), connect(t, s, wire.Msgpack)
	peer := a.join("lobby-1", 1).Self.Member
	b.join("lobby-1", 1)
	var matched struct {
		Room string `json:"room"`
		Peer string `json:"peer"`
	}
	for {
		if e := next[*wire.Event](b); e.Event == "matched" {
			require.NoError(t, e.Data.Unmarshal(&matched))
			break
		}
	}
	require.Equal(t, peer, matched.Peer)
	require.Regexp(t, "^match-[A-Z2-7]{26}$", matched.Room)
	c := connect(t, s, wire.JSON)
	c.join("circle", 1)
	require.Equal(t, "stick", next[*wire.Event](c).Event)
}

func TestArticlesProtocol(t *testing.T) {
	s := start(t, server.Config{})
	for _, path := range []string{"/", "/swoole", "/any/other?room_id=x"} {
		t.Run(path, func(t *testing.T) {
			a, b := dial(t, s, path), dial(t, s, "/")
			subject := "room-" + t.Name()
			// An error is the fence: it follows the subscribe on the same connection, and the
			// room takes its requests in order.
			for _, c := range []*client{a, b} {
				c.write(fmt.Sprintf(`{"cmd":"subscribe","subject":%q}`, subject))
				c.write(`{"cmd":"nonsense"}`)
				require.Contains(t, c.read(), `{"cmd":"error","code":"bad_request"`)
			}
			a.write(fmt.Sprintf(`{"cmd":"publish","subject":%q,"event":"call","data":null}`, subject))
			require.Equal(t, `{"cmd":"publish","event":"call","data":null}`, b.read())
			b.write(fmt.Sprintf(`{"cmd":"publish","subject":%q,"event":"offer","data":{"type":"offer","sdp":"v=0"}}`, subject))
			require.Equal(t, `{"cmd":"publish","event":"offer","data":{"type":"offer","sdp":"v=0"}}`, a.read())
		})
	}
}
