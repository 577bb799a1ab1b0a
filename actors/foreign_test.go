package actors

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
)

// desk is the hooks of a namespace "desk": ids as asked for, one of each, and a log.
type desk struct {
	room *Room
	log  []string
}

func (d *desk) hooks() Hooks {
	return Hooks{
		Join: func(j *Join) error {
			if _, taken := d.room.Member(j.Wanted); taken {
				return &wire.Error{Code: wire.AlreadyJoined, Message: "taken"}
			}
			j.ID = j.Wanted
			return nil
		},
		Entered: func(m Member) {
			d.log = append(d.log, "entered "+m.ID)
			_ = d.room.SendAs("somebody", m.ID, "welcome", 1)
		},
		Left:  func(m Member) { d.log = append(d.log, "left "+m.ID) },
		State: d,
	}
}

// desks is a rig with such rooms.
func desks(t *testing.T) *rig {
	r := newRig(t, Options{})
	require.NoError(t, r.sys.InterceptIn("desk", "*", func(room *Room) Hooks { return (&desk{room: room}).hooks() }))
	require.Error(t, r.sys.InterceptIn("desk", "[", nil))
	return r
}

// at connects a bound client, and asks for an id.
func (r *rig) at(room, id, nonce string) *client {
	c := r.connectAs(ConnOptions{Namespace: "desk", Format: prefixed{wire.JSON}, Ephemeral: true, Bound: true})
	q := NewRequest()
	q.Kind, q.Room, q.Hidden, q.Member, q.Nonce = wire.KindJoin, room, true, id, nonce
	c.conn.Do(q)
	return c
}

// visit has f called in the turn of a room of that namespace.
func (r *rig) visit(room string, f func(*Room)) {
	r.t.Helper()
	require.NoError(r.t, r.sys.Visit("desk", room, f))
	r.settle()
}

func (c *client) wantClosing(code int) {
	c.t.Helper()
	cl, closing := c.conn.Closing()
	require.True(c.t, closing)
	require.Equal(c.t, code, cl.Code)
	c.conn.Ended(false)
}

func TestNamespacesHaveHooksOfTheirOwn(t *testing.T) {
	r := desks(t)
	a := r.at("room", "a", "")
	heard := a.hear()
	require.Len(t, heard, 2)
	id, _ := a.selfOf(heard[0])
	require.Equal(t, "a", id)
	require.Equal(t, object{"type": "event", "room": "room", "seq": 2.0, "from": "somebody", "event": "welcome", "data": 1.0, "to": "a"}, heard[1])

	native := r.connect()
	other, _ := native.selfOf(native.join("room", ""))
	require.Len(t, other, 12, "an id of its own")
	r.visit("room", func(room *Room) { require.Equal(t, []string{"entered a"}, room.State().(*desk).log) })
	require.ErrorIs(t, r.sys.Do("nowhere", nil), ErrNoRoom)
	a.conn.Ended(false)
	native.conn.Ended(true)
	r.settle()
	require.Zero(t, r.sys.Stats().Rooms)
}

func TestBoundConnectionsEndWithTheirRoom(t *testing.T) {
	r := desks(t)
	a := r.at("room", "a", "the nonce of a")
	require.Len(t, a.hear(), 2)
	refused := r.at("room", "a", "another nonce")
	require.Equal(t, "already_joined", refused.hearOne()["code"])
	refused.wantClosing(ClosePolicy)

	again := r.at("room", "a", "the nonce of a")
	require.Equal(t, "joined", again.hearOne()["type"], "and not welcomed twice")
	require.Equal(t, "replaced", a.hearOne()["reason"])
	a.wantClosing(CloseReplaced)
	r.settle()

	again.say(`{"type":"leave","room":"room"}`)
	require.Empty(t, again.hear())
	again.wantClosing(CloseNormal)
	r.settle()
	require.Zero(t, r.sys.Stats().Rooms)
}

func TestLeftIsToldHoweverAMemberGoes(t *testing.T) {
	r := desks(t)
	var d *desk
	r.visit("room", func(room *Room) {
		d = room.State().(*desk)
		room.Keep(true)
	})
	for _, leaves := range []func(c *client){
		func(c *client) { c.conn.Ended(false) },
		func(c *client) { c.conn.Ended(true) },
		func(c *client) {
			r.visit("room", func(room *Room) { require.NoError(t, room.Kick("a", "")) })
			c.hear()
			c.wantClosing(CloseKicked)
		},
	} {
		c := r.at("room", "a", "")
		c.hear()
		leaves(c)
		r.settle()
		require.Equal(t, []string{"entered a", "left a"}, d.log)
		d.log = nil
	}
	require.Equal(t, 1, r.sys.Stats().Rooms)
	require.NoError(t, r.closeSystem())
}

func TestKeptRoomsLiveWithoutMembers(t *testing.T) {
	r := desks(t)
	r.visit("room", func(*Room) {})
	require.Zero(t, r.sys.Stats().Rooms, "a visit alone keeps nothing")

	var first, second any
	r.visit("room", func(room *Room) {
		first = room.State()
		room.Keep(true)
	})
	r.visit("room", func(room *Room) {
		second = room.State()
		require.ErrorIs(t, room.SendAs("x", "nobody", "e", nil), ErrNoMember)
	})
	require.Same(t, first, second)
	r.visit("room", func(room *Room) { room.Keep(false) })
	require.Zero(t, r.sys.Stats().Rooms)

	r.visit("room", func(room *Room) { room.Keep(true) })
	require.NoError(t, r.closeSystem(), "closing ends it")
	require.ErrorIs(t, r.sys.Visit("desk", "room", nil), ErrClosed)
}

// closeSystem closes while it runs the rooms.
func (r *rig) closeSystem() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	closed := make(chan error, 1)
	go func() { closed <- r.sys.Close(ctx) }()
	for {
		r.settle()
		select {
		case err := <-closed:
			return err
		case <-time.After(time.Millisecond):
		}
	}
}
