package wire_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	. "github.com/parley-signaling/parley/actors/wire"
)

// Examples of PROTOCOL.md in both codecs and both directions. Names of the tables' fields are
// spelled out in JSON; the msgpack form is compared by way of what it decodes to.

func jsonValue(s string) Value { return Value{Codec: JSON, Bytes: []byte(s)} }

var requests = []struct {
	name, json string
	want       Request
}{
	{"send", `{"type":"send","id":7,"room":"r","event":"offer","data":{"type":"offer","sdp":"v=0\r\n"},"to":"m1"}`,
		Request{Kind: KindSend, ID: 7, Room: "r", Event: "offer",
			Data: jsonValue(`{"type":"offer","sdp":"v=0\r\n"}`), To: []string{"m1"}}},
	{"send to a list", `{"type":"send","room":"r","event":"e","data":null,"to":["a","b","a"]}`,
		Request{Kind: KindSend, Room: "r", Event: "e", Data: jsonValue("null"),
			To: []string{"a", "b", "a"}, ToList: true}},
	{"send to all", `{"type":"send","room":"r","event":"e"}`,
		Request{Kind: KindSend, Room: "r", Event: "e"}},
	{"join", `{"type":"join","id":1,"room":"r"}`, Request{Kind: KindJoin, ID: 1, Room: "r"}},
	{"join with everything", `{"type":"join","id":1,"room":"räum","profile":{"name":"A"},"nonce":"0123456789abcdef","presence":false,"token":"t","resume":{"member":"m","key":"k","epoch":"e","seq":0}}`,
		Request{Kind: KindJoin, ID: 1, Room: "räum", Profile: jsonValue(`{"name":"A"}`),
			Nonce: "0123456789abcdef", Hidden: true, Token: "t",
			Resume: &Resume{Member: "m", Key: "k", Epoch: "e"}}},
	{"update", `{"type":"update","id":2,"room":"r","profile":null}`,
		Request{Kind: KindUpdate, ID: 2, Room: "r", Profile: jsonValue("null")}},
	{"leave", `{"type":"leave","room":"r"}`, Request{Kind: KindLeave, Room: "r"}},
	{"leave with resume", `{"type":"leave","id":3,"room":"r","resume":{"member":"m","key":"k","epoch":"e","seq":9007199254740991}}`,
		Request{Kind: KindLeave, ID: 3, Room: "r",
			Resume: &Resume{Member: "m", Key: "k", Epoch: "e", Seq: MaxInt}}},
	{"kick", `{"type":"kick","id":4,"room":"r","member":"m","reason":"so"}`,
		Request{Kind: KindKick, ID: 4, Room: "r", Member: "m", Reason: "so"}},
	{"lock", `{"type":"lock","id":5,"room":"r","locked":true}`,
		Request{Kind: KindLock, ID: 5, Room: "r", Locked: true}},
	{"unlock", `{"type":"lock","id":9007199254740991,"room":"r","locked":false}`,
		Request{Kind: KindLock, ID: MaxInt, Room: "r"}},
	{"ping", `{"type":"ping"}`, Request{Kind: KindPing}},
	{"ping with id", `{"type":"ping","id":6}`, Request{Kind: KindPing, ID: 6}},
}

func TestRequests(t *testing.T) {
	for _, c := range requests {
		t.Run(c.name, func(t *testing.T) {
			got := Request{Nonce: "of a former use"}
			require.NoError(t, Decode(JSON, []byte(c.json), &got))
			want := c.want
			want.Size = len(c.json)
			require.Equal(t, want, got)
			require.JSONEq(t, c.json, string(AppendRequest(nil, JSON, &got)))

			packed := AppendRequest(nil, Msgpack, &got)
			var back Request
			require.NoError(t, Decode(Msgpack, packed, &back))
			require.JSONEq(t, c.json, string(AppendRequest(nil, JSON, &back)))
		})
	}
}

var messages = []struct {
	name string
	m    Message
	json string
}{
	{"joined", &Joined{ID: 1, Seq: 2, LastID: 3, Room: "r", Epoch: "e",
		Self: Self{Member: "m", Key: "k", Role: RoleModerator, Since: 4},
		Members: []Member{{Member: "a", Profile: jsonValue(`{"n":1}`), Since: 1},
			{Member: "b", Since: 2, Role: RoleObserver, Suspended: true}},
		Count: 3, Locked: true, Recovered: true, Linger: 30e9, ICE: jsonValue(`[{"urls":"stun:x"}]`), ICETTL: 600e9},
		`{"type":"joined","id":1,"room":"r","epoch":"e","seq":2,"lastId":3,"self":{"member":"m","key":"k","role":"moderator","since":4,"profile":null},"members":[{"member":"a","profile":{"n":1},"since":1,"role":"member"},{"member":"b","profile":null,"since":2,"role":"observer","suspended":true}],"count":3,"locked":true,"recovered":true,"linger":30,"ice":[{"urls":"stun:x"}],"iceTTL":600}`},
	{"joined alone", &Joined{Members: []Member{}},
		`{"type":"joined","room":"","epoch":"","seq":0,"lastId":0,"self":{"member":"","key":"","role":"member","since":0,"profile":null},"members":[],"count":0,"locked":false,"recovered":false,"linger":0,"ice":[],"iceTTL":0}`},
	{"joined hidden", &Joined{Hidden: true},
		`{"type":"joined","room":"","epoch":"","seq":0,"lastId":0,"self":{"member":"","key":"","role":"member","since":0,"profile":null},"count":0,"locked":false,"recovered":false,"linger":0,"ice":[],"iceTTL":0}`},
	{"event", &Event{Room: "r", Seq: 5, From: "m", Event: "chat", Data: jsonValue(`{"text":"hi"}`)},
		`{"type":"event","room":"r","seq":5,"from":"m","event":"chat","data":{"text":"hi"}}`},
	{"event without data, to one", &Event{Room: "r", Seq: 5, From: "m", Event: "e", To: []string{"x"}},
		`{"type":"event","room":"r","seq":5,"from":"m","event":"e","data":null,"to":"x"}`},
	{"event to a list of one", &Event{Room: "r", Seq: 5, From: "m", Event: "e", To: []string{"x"}, ToList: true},
		`{"type":"event","room":"r","seq":5,"from":"m","event":"e","data":null,"to":["x"]}`},
	{"member joined", &MemberChange{Room: "r", Seq: 6, Change: ChangeJoined, Member: "m", Profile: jsonValue("null"), Since: 3, HasRole: true},
		`{"type":"member","room":"r","seq":6,"change":"joined","member":"m","profile":null,"since":3,"role":"member"}`},
	{"member updated", &MemberChange{Room: "r", Seq: 6, Change: ChangeUpdated, Member: "m", HasRole: true, Role: RoleModerator},
		`{"type":"member","room":"r","seq":6,"change":"updated","member":"m","role":"moderator"}`},
	{"member suspended", &MemberChange{Room: "r", Seq: 6, Change: ChangeSuspended, Member: "m"},
		`{"type":"member","room":"r","seq":6,"change":"suspended","member":"m"}`},
	{"member resumed", &MemberChange{Room: "r", Seq: 6, Change: ChangeResumed, Member: "m"},
		`{"type":"member","room":"r","seq":6,"change":"resumed","member":"m"}`},
	{"member left", &MemberChange{Room: "r", Seq: 6, Change: ChangeLeft, Member: "m", Reason: "timeout"},
		`{"type":"member","room":"r","seq":6,"change":"left","member":"m","reason":"timeout"}`},
	{"room", &RoomChange{Room: "r", Seq: 7, Locked: true}, `{"type":"room","room":"r","seq":7,"locked":true}`},
	{"ok", &OK{ID: 8, Seq: 9}, `{"type":"ok","id":8,"seq":9}`},
	{"ok with missing", &OK{ID: 8, Seq: 9, Missing: []string{"a", "b"}}, `{"type":"ok","id":8,"seq":9,"missing":["a","b"]}`},
	{"error", &Error{Code: BadFrame, Message: "no"}, `{"type":"error","code":"bad_frame","message":"no"}`},
	{"error with everything", &Error{ID: 1, Room: "r", Code: RateLimited, Message: "slow", RetryAfter: 1500e6},
		`{"type":"error","id":1,"room":"r","code":"rate_limited","message":"slow","retryAfter":1500}`},
	{"ice", &ICE{ICE: jsonValue(`[{"urls":["turn:x"]}]`), TTL: 60e9}, `{"type":"ice","ice":[{"urls":["turn:x"]}],"iceTTL":60}`},
	{"ice without servers", &ICE{}, `{"type":"ice","ice":[],"iceTTL":0}`},
	{"bye", &Bye{Code: 1001, Reason: "drain", RetryAfter: 2e9}, `{"type":"bye","code":1001,"reason":"drain","retryAfter":2000}`},
	{"bye from a room", &Bye{Code: 4410, Reason: "kicked", Text: "enough", Room: "r"},
		`{"type":"bye","code":4410,"reason":"kicked","text":"enough","room":"r"}`},
	{"pong", &Pong{}, `{"type":"pong"}`},
	{"pong with id", &Pong{ID: 3}, `{"type":"pong","id":3}`},
}

func TestMessages(t *testing.T) {
	for _, c := range messages {
		t.Run(c.name, func(t *testing.T) {
			text := c.m.AppendTo(nil, JSON)
			require.Equal(t, c.json, string(text), "the order of the fields is fixed, type first")

			m, err := DecodeMessage(JSON, text)
			require.NoError(t, err)
			require.Equal(t, c.json, string(m.AppendTo(nil, JSON)))

			packed := c.m.AppendTo([]byte("x"), Msgpack)
			require.Equal(t, byte('x'), packed[0])
			m, err = DecodeMessage(Msgpack, packed[1:])
			require.NoError(t, err)
			require.Equal(t, c.json, string(m.AppendTo(nil, JSON)))
		})
	}
}
