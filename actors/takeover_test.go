package actors

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
)

// A membership that moves from one connection to another, or ends, while the old connection
// still has something to say.

func resumeOf(joined object, seq int) string {
	self := joined["self"].(object)
	return fmt.Sprintf(`"resume":{"member":"%s","key":"%s","epoch":"%s","seq":%d}`,
		self["member"], self["key"], joined["epoch"], seq)
}

func TestKickedMemberStaysOut(t *testing.T) {
	r := newRig(t, Options{})
	a, b, c := r.connect(), r.connect(), r.connect()
	a.join("r", "")
	jb := b.join("r", "")
	m, _ := b.selfOf(jb)
	a.say(fmt.Sprintf(`{"type":"kick","id":2,"room":"r","member":"%s"}`, m))
	b.hear()
	require.Equal(t, "forbidden", c.join("r", ","+resumeOf(jb, 2))["code"])
	for _, x := range []*client{a, b, c} {
		x.end()
	}
}

// Unread input of a replaced socket is discarded; what its client sends once it has read the
// bye is not.
func TestJoinAfterBeingReplacedIsAnswered(t *testing.T) {
	r := newRig(t, Options{})
	a, b := r.connect(), r.connect()
	a.join("elsewhere", "")
	ja := a.join("r", "")
	b.say(`{"type":"join","id":1,"room":"r",` + resumeOf(ja, 1) + `}`)
	r.settle()
	iov := a.conn.Pending(make([][]byte, 0, 8))
	n := 0
	for _, p := range iov {
		n += len(p)
	}
	require.Contains(t, string(iov[len(iov)-1]), "replaced")
	a.conn.Wrote(n) // now the client has its bye
	a.say(`{"type":"join","id":2,"room":"r"}`)
	require.Equal(t, "joined", a.hearOne()["type"])
	require.Equal(t, 2, a.conn.Rooms())
	a.end()
	b.end()
}

func TestReplacedConnectionCloses(t *testing.T) {
	r := newRig(t, Options{})
	a, b := r.connect(), r.connect()
	ja := a.join("r", "")
	b.say(`{"type":"join","id":1,"room":"r",` + resumeOf(ja, 1) + `}`)
	a.say(`{"type":"join","id":2,"room":"r","token":"fresh"}`) // unread input
	a.hear()
	cl, closing := a.conn.Closing()
	require.True(t, closing)
	require.Equal(t, CloseReplaced, cl.Code)
	a.end()
	b.end()
}

func TestReplacedConnectionCannotGrow(t *testing.T) {
	r := newRig(t, Options{})
	a, b := r.connect(), r.connect()
	ja := a.join("r", "")
	a.say(`{"type":"ping"}`) // stands before the bye, and is not written
	b.say(`{"type":"join","id":1,"room":"r",` + resumeOf(ja, 1) + `}`)
	r.settle()
	for range 10_000 {
		a.say(`{"type":"join","room":"r"}`)
		if a.conn.Blocked() {
			r.settle()
			a.conn.Pending(make([][]byte, 0, 3))
		}
	}
	r.settle()
	require.Less(t, a.conn.box.len(), 10)
	a.end()
	b.end()
}

// poisonedOnce panics as the first member is welcomed.
type poisonedOnce struct{ welcomes *int }

func (p poisonedOnce) Append(dst []byte, m wire.Message) []byte {
	if _, ok := m.(*wire.Joined); ok {
		if *p.welcomes++; *p.welcomes == 1 {
			panic("poison")
		}
	}
	return prefixed{wire.JSON}.Append(dst, m)
}

func TestNoGhostsAfterAPanic(t *testing.T) {
	r := newRig(t, Options{Linger: -1})
	a, w := r.connectAs(ConnOptions{Format: poisonedOnce{new(int)}}), r.connect()
	w.join("r", "")
	a.say(`{"type":"join","id":1,"room":"r"}`)
	r.settle()                                 // the room fails
	a.say(`{"type":"join","id":2,"room":"r"}`) // before the connection has looked
	heard := a.hear()
	require.Equal(t, "joined", heard[len(heard)-1]["type"], "%v", heard)
	a.say(`{"type":"send","id":3,"room":"r","event":"e"}`)
	require.Equal(t, "ok", a.hearOne()["type"])
	a.conn.Ended(false)
	w.conn.Ended(false)
	r.settle()
	require.Zero(t, r.sys.Stats().Members)
	require.Zero(t, r.sys.Stats().Rooms)
}

func TestHeldJoinIsNotDoubled(t *testing.T) {
	r := newRig(t, Options{Linger: time.Hour})
	var held []*Join
	hold := false
	require.NoError(t, r.sys.Intercept("r", func(*Room) Hooks {
		return Hooks{
			Join: func(j *Join) error {
				if hold {
					held = append(held, j)
					return ErrHold
				}
				return nil
			},
			Send: func(*Event) error {
				for _, j := range held {
					j.Admit()
				}
				return nil
			},
		}
	}))
	w, a, b := r.connect(), r.connect(), r.connect()
	w.join("r", "")
	ja := a.join("r", "")
	a.conn.Ended(false)
	hold = true
	b.say(`{"type":"join","id":1,"room":"r"}`)
	b.say(`{"type":"join","id":2,"room":"r",` + resumeOf(ja, 2) + `}`)
	require.Equal(t, "already_joined", b.hearOne()["code"], "a connection is one member of a room")
	w.say(`{"type":"send","id":2,"room":"r","event":"e"}`)
	b.hear()
	b.end()
	room := r.sys.room(roomKey{name: "r"})
	for _, m := range room.members {
		require.True(t, m.seat == nil || m.seat.member == m)
	}
	require.Len(t, room.members, 2, "w, and a, suspended")
	w.end()
	require.NoError(t, closeRig(r))
}
