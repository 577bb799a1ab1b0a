package actors

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
)

func TestTwoMembersExchangeSignals(t *testing.T) {
	r := newRig(t, Options{})
	a, b := r.connect(), r.connect()
	ja := a.join("r", `,"profile":{"name":"Ann"}`)
	jb := b.join("r", "")
	ida, _ := a.selfOf(ja)
	idb, _ := b.selfOf(jb)
	require.Equal(t, "moderator", ja["self"].(object)["role"])
	require.Equal(t, "member", jb["self"].(object)["role"])
	require.Equal(t, []any{object{
		"member": ida, "profile": object{"name": "Ann"}, "since": 1.0, "role": "moderator",
	}}, jb["members"])
	require.Equal(t, object{
		"type": "member", "room": "r", "seq": 2.0, "change": "joined", "member": idb,
		"profile": nil, "since": 2.0, "role": "member",
	}, a.hearOne())

	a.say(`{"type":"send","id":2,"room":"r","event":"offer","to":"` + idb + `","data":{"sdp":"v=0"}}`)
	require.Equal(t, object{"type": "ok", "id": 2.0, "seq": 3.0}, a.hearOne())
	require.Equal(t, object{
		"type": "event", "room": "r", "seq": 3.0, "from": ida, "event": "offer",
		"data": object{"sdp": "v=0"}, "to": idb,
	}, b.hearOne())

	b.say(`{"type":"leave","id":2,"room":"r"}`)
	require.Equal(t, object{"type": "ok", "id": 2.0, "seq": 4.0}, b.hearOne())
	require.Equal(t, object{
		"type": "member", "room": "r", "seq": 4.0, "change": "left", "member": idb, "reason": "leave",
	}, a.hearOne())
	a.conn.Ended(true)
	b.conn.Ended(true)
	r.settle()
	require.Equal(t, Stats{}, r.sys.Stats())
}

func TestEmptyRoomsVanish(t *testing.T) {
	r := newRig(t, Options{})
	a := r.connect()
	first := a.join("r", "")["epoch"]
	a.say(`{"type":"leave","room":"r"}`)
	a.hear()
	require.Zero(t, r.sys.Stats().Rooms)
	require.Nil(t, r.sys.engine.Registry.GetPID("room", "2"))
	require.NotEqual(t, first, a.join("r", "")["epoch"])

	// Also where the last leave and the next join arrive together: nothing of the old room is left.
	a.say(`{"type":"lock","room":"r","locked":true}`)
	a.hear()
	a.say(`{"type":"leave","room":"r"}`)
	a.say(`{"type":"join","id":9,"room":"r"}`)
	j := a.hearOne()
	require.Equal(t, "joined", j["type"])
	require.Equal(t, 1.0, j["seq"])
	require.Equal(t, false, j["locked"])
	a.conn.Ended(true)
	r.settle()
}

func TestPanickingRoomEndsAlone(t *testing.T) {
	r := newRig(t, Options{})
	bad := r.connectAs(ConnOptions{Format: poisonous{}})
	a, other := r.connect(), r.connect()
	a.join("r", "")
	bad.say(`{"type":"join","room":"r"}`)
	other.join("elsewhere", "")
	r.settle()
	require.EqualValues(t, 1, r.sys.Stats().Panics)
	heard := a.hear()
	require.Equal(t, object{"type": "bye", "code": 1011.0, "reason": "internal", "room": "r"}, heard[len(heard)-1])
	cl, closing := a.conn.Closing()
	require.True(t, closing, "the room was the connection's last")
	require.Equal(t, CloseInternal, cl.Code)
	other.say(`{"type":"send","id":2,"room":"elsewhere","event":"e"}`)
	require.Equal(t, "ok", other.hearOne()["type"])
	require.Equal(t, 1, r.sys.Stats().Rooms)
	c := r.connect()
	c.join("r", "")
	for _, x := range []*client{bad, a, other, c} {
		x.conn.Ended(true)
	}
	r.settle()
	require.Zero(t, r.sys.Stats().Rooms)
}

// poisonous is a format that panics when a room welcomes somebody.
type poisonous struct{}

func (poisonous) Append(dst []byte, m wire.Message) []byte {
	if _, ok := m.(*wire.Joined); ok {
		panic("poison")
	}
	return dst
}

func TestQuietRoomForgetsItsHistory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Options{})
		a, b := r.connect(), r.connect()
		a.join("r", "")
		b.join("r", "")
		for i := range 100 {
			a.say(fmt.Sprintf(`{"type":"send","room":"r","event":"e","data":%d}`, i))
		}
		r.settle()
		room := r.sys.room(roomKey{name: "r"})
		require.Len(t, room.history.records, 102)
		time.Sleep(71 * time.Second)
		synctest.Wait()
		r.settle()
		require.Nil(t, room.history.records)
		require.Zero(t, room.history.text)
		require.Zero(t, room.history.bytes)
		require.True(t, room.tickAt.IsZero())
		require.NoError(t, closeRig(r))
		a.conn.Ended(false)
		b.conn.Ended(false)
	})
}

func TestClosedSystemRefuses(t *testing.T) {
	r := newRig(t, Options{})
	a := r.connect()
	a.join("r", "")
	require.NoError(t, closeRig(r))
	require.Equal(t, object{"type": "bye", "code": 1000.0, "reason": "closed", "room": "r"}, a.hearOne())
	b := r.connect()
	b.say(`{"type":"join","id":1,"room":"r"}`)
	require.Equal(t, "unavailable", b.hearOne()["code"])
	a.conn.Ended(false)
	b.conn.Ended(false)
}

// closeRig closes the system while the test goes on running its rooms.
func closeRig(r *rig) error {
	done := make(chan error)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_ = r.sys.Close(ctx) // asks the rooms to stop
	r.settle()
	go func() { done <- r.sys.Close(context.Background()) }()
	return <-done
}
