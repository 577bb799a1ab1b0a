package tracker

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/dialect"
	"github.com/parley-signaling/parley/gateway/dialecttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const hash = "aaaaaaaaaaaaaaaaaaaa"

// id is a peer_id that ends in name.
func id(name string) string { return strings.Repeat("-", 20-len(name)) + name }

// rig is a tracker and its clients.
type rig struct {
	t   *testing.T
	sys *actors.System
	d   dialect.Dialect
}

func newRig(t *testing.T) *rig {
	sys := dialecttest.NewSystem(t, actors.Options{})
	d, err := New(sys)
	require.NoError(t, err)
	return &rig{t, sys, d}
}

func (r *rig) connect() *dialecttest.Client { return dialecttest.Connect(r.t, r.sys, r.d) }

// announce sends an announce of a peer and returns the answer's counts.
func (r *rig) announce(c *dialecttest.Client, name, more string) (complete, incomplete int) {
	r.t.Helper()
	c.Send(`{"action":"announce","info_hash":%q,"peer_id":%q%s}`, hash, id(name), more)
	return r.counts(c)
}

func (r *rig) counts(c *dialecttest.Client) (complete, incomplete int) {
	r.t.Helper()
	said := c.Next()
	_, err := fmt.Sscanf(said, `{"action":"announce","info_hash":"`+hash+`","interval":120,"complete":%d,"incomplete":%d}`, &complete, &incomplete)
	require.NoError(r.t, err, said)
	return complete, incomplete
}

func (r *rig) wantCounts(c *dialecttest.Client, name, more string, complete, incomplete int) {
	r.t.Helper()
	gotC, gotI := r.announce(c, name, more)
	require.Equal(r.t, []int{complete, incomplete}, []int{gotC, gotI})
}

func TestCounts(t *testing.T) {
	r := newRig(t)
	a, b, c := r.connect(), r.connect(), r.connect()
	r.wantCounts(a, "a", `,"event":"started","left":0`, 1, 0)
	r.wantCounts(b, "b", `,"event":"started","left":7`, 1, 1)
	r.wantCounts(c, "c", `,"left":null`, 1, 2)
	r.wantCounts(c, "c", `,"event":"started","left":3`, 1, 2)
	r.wantCounts(b, "b", `,"event":"completed","left":0`, 2, 1)
	r.wantCounts(b, "b", `,"event":"completed"`, 2, 1)
	c.Send(`{"action":"scrape","info_hash":%q}`, hash)
	require.Equal(t, `{"action":"scrape","files":{"`+hash+`":{"complete":2,"incomplete":1,"downloaded":1}}}`, c.Next())
	r.wantCounts(b, "b", `,"event":"stopped"`, 1, 1)
	r.wantCounts(b, "b", `,"event":"stopped"`, 1, 1)
	require.Equal(t, 2, r.sys.Stats().Members, "who has stopped is in the room no more")
	a.End()
	require.Eventually(t, func() bool { return r.sys.Stats().Members == 1 }, 1e10, 1e6)
	r.wantCounts(c, "c", ``, 0, 1)
}

func TestEachOfferGoesToAnotherPeer(t *testing.T) {
	r := newRig(t)
	others := map[string]*dialecttest.Client{}
	for _, name := range []string{"b", "c", "d"} {
		others[name] = r.connect()
		r.announce(others[name], name, "")
	}
	a := r.connect()
	offers := `,"numwant":5,"offers":[{"offer":{"type":"offer","sdp":"v=0 1"},"offer_id":"1"},{"offer":{"type":"offer","sdp":"v=0 2"},"offer_id":"2"},
		{"offer":{"type":"offer","sdp":"v=0 3"},"offer_id":"3"},{"offer":{"type":"offer","sdp":"v=0 4"},"offer_id":"4"}]`
	r.wantCounts(a, "a", offers, 0, 4)
	got := map[string]bool{}
	for _, c := range others {
		var n string
		said := c.Next()
		_, err := fmt.Sscanf(said, `{"action":"announce","info_hash":"`+hash+`","peer_id":"`+id("a")+`","offer":{"type":"offer","sdp":"v=0 %1s"},"offer_id":"`, &n)
		require.NoError(t, err, said)
		require.True(t, strings.HasSuffix(said, `"offer_id":"`+n+`"}`), said)
		got[n] = true
	}
	require.Len(t, got, 3, "each once")
	r.wantCounts(a, "a", `,"numwant":0`+strings.TrimPrefix(offers, `,"numwant":5`), 0, 4)
	for name, c := range others {
		r.wantCounts(c, name, "", 0, 4) // and no offer before it
	}
}

func TestAnswerGoesToWhoOffered(t *testing.T) {
	r := newRig(t)
	a, b, c := r.connect(), r.connect(), r.connect()
	r.announce(a, "a", "")
	r.announce(c, "c", "")
	answer := `,"to_peer_id":"` + id("a") + `","answer":{"type":"answer","sdp":"v=0"},"offer_id":"1"`
	b.Send(`{"action":"announce","info_hash":%q,"peer_id":%q%s}`, hash, id("b"), answer)
	require.Equal(t, `{"action":"announce","info_hash":"`+hash+`","peer_id":"`+id("b")+`","answer":{"type":"answer","sdp":"v=0"},"offer_id":"1"}`, a.Next())
	r.wantCounts(b, "b", "", 0, 3) // an answer is answered nothing, but announces its sender
	r.wantCounts(c, "c", "", 0, 3)
	b.Send(`{"action":"announce","info_hash":%q,"peer_id":%q%s}`, hash, id("b"), strings.Replace(answer, id("a"), id("x"), 1))
	r.wantCounts(b, "b", "", 0, 3) // to nobody
}

// Two clients of one program share a socket; two sockets may speak for one peer.
func TestSocketsAndPeersAreNotTheSame(t *testing.T) {
	r := newRig(t)
	shared, old := r.connect(), r.connect()
	r.announce(shared, "a", "")
	r.wantCounts(shared, "b", `,"offers":[{"offer":{},"offer_id":"1"}]`, 0, 2)
	require.Contains(t, shared.Next(), `"offer":{},"offer_id":"1"`, "from b to a")
	r.wantCounts(shared, "a", `,"event":"stopped"`, 0, 1)
	r.wantCounts(old, "b", "", 0, 2)
	r.wantCounts(shared, "b", `,"event":"stopped"`, 0, 1)
	r.wantCounts(shared, "c", ``, 0, 2)
	shared.Send(`{"action":"announce","info_hash":%q,"peer_id":%q,"to_peer_id":%q,"answer":{},"offer_id":"9"}`, hash, id("c"), id("b"))
	require.Contains(t, old.Next(), `"answer":{},"offer_id":"9"`)
	for i := range maxPeers - 1 {
		r.announce(old, fmt.Sprint(i), "")
	}
	old.Send(`{"action":"announce","info_hash":%q,"peer_id":%q}`, hash, id("more"))
	require.Equal(t, `{"action":"announce","info_hash":"`+hash+`","failure reason":"peer_id: at most 16 of one connection in a swarm"}`, old.Next())
}

func TestScrape(t *testing.T) {
	r := newRig(t)
	a, b := r.connect(), r.connect()
	r.announce(a, "a", `,"left":0`)
	const binary = "\x00\x01\x1f \"\\<>&/\u007f\u0080\u00ff......."
	b.Send(`{"action":"scrape","info_hash":[%q,"\u0000\u0001\u001f \"\\<>&\/\u007f\u0080\u00ff......."]}`, hash)
	files := map[string]map[string]int{}
	for range 2 { // one for each, in any order
		said := struct{ Files map[string]map[string]int }{files}
		require.NoError(t, json.Unmarshal([]byte(b.Next()), &said))
	}
	require.Equal(t, map[string]map[string]int{
		hash:   {"complete": 1, "incomplete": 0, "downloaded": 0},
		binary: {"complete": 0, "incomplete": 0, "downloaded": 0},
	}, files)
	require.Eventually(t, func() bool { return r.sys.Stats().Rooms == 1 }, 1e10, 1e6, "who asks leaves nothing behind")
}

// A client is told what is wrong, of its swarm where that is known, and its connection lives on.
func TestRefusalsAreTold(t *testing.T) {
	r := newRig(t)
	a := r.connect()
	a.Send(`{"action":"announce","info_hash":"short","peer_id":%q}`, id("a"))
	require.Equal(t, `{"failure reason":"info_hash: 5 characters, must be 20"}`, a.Next())
	a.Send(`{"action":"announce","info_hash":%q}`, hash)
	require.Equal(t, `{"action":"announce","info_hash":"`+hash+`","failure reason":"peer_id: missing"}`, a.Next())
	r.wantCounts(a, "a", "", 0, 1)
}

func TestFullSwarm(t *testing.T) {
	sys := dialecttest.NewSystem(t, actors.Options{RoomCapacity: 1})
	d, err := New(sys)
	require.NoError(t, err)
	r := &rig{t, sys, d}
	a, b := r.connect(), r.connect()
	r.announce(a, "a", "")
	b.Send(`{"action":"announce","info_hash":%q,"peer_id":%q}`, hash, id("b"))
	require.Equal(t, `{"action":"announce","info_hash":"`+hash+`","failure reason":"room: full, at most 1 members"}`, b.Next())
	r.wantCounts(a, "a", `,"event":"stopped"`, 0, 0)
	r.wantCounts(b, "b", ``, 0, 1)
}

func TestTold(t *testing.T) {
	for _, m := range []wire.Message{
		&wire.Joined{}, &wire.MemberChange{}, &wire.RoomChange{}, &wire.OK{}, &wire.ICE{}, &wire.Bye{}, &wire.Pong{},
		&wire.Error{Code: wire.AlreadyJoined}, &wire.Error{Code: wire.NotJoined},
	} {
		require.Empty(t, body(nil, m), "%T", m)
	}
}
