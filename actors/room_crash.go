package actors

import (
	"fmt"
	"runtime/debug"

	"github.com/parley-signaling/parley/actors/wire"
)

// guarded runs f and recovers what it panics with. It is false where f panicked.
func (r *Room) guarded(f func()) (ok bool) {
	defer func() {
		if ok {
			return
		}
		v := recover()
		r.sys.counters.panics.Add(1)
		r.sys.log.Error("room panicked", "room", r.key.name, "namespace", r.key.namespace,
			"panic", fmt.Sprint(v), "stack", string(debug.Stack()))
	}()
	f()
	return true
}

// crash ends the room after a panic: what it has not answered is answered with internal, its
// members are told, and the name is free for a new room with a new epoch.
func (r *Room) crash() {
	r.stopping = true
	p := r.pass
	p.items = p.items[:0] // what was half said stays unsaid: the epoch ends here
	p.unmark()
	members := r.members
	r.members = nil
	r.sys.members.Add(-int64(len(members)))
	for _, m := range members {
		r.guarded(func() {
			if s := m.seat; s != nil {
				s.conn.Tell(&wire.Bye{Code: CloseInternal, Reason: "internal", Room: r.key.name})
			}
		})
		r.unseat(m, Close{Code: CloseInternal, Reason: "internal"})
	}
	// Only now, with no seat of this room left: a connection that finds the mailbox shut takes
	// its seat to the next room of that name.
	r.box.close(false)
	r.guarded(func() {
		// The letter that panicked is behind p.done already.
		for i := max(p.done-1, 0); i < len(p.letters); i++ {
			r.apologize(&p.letters[i])
		}
		for {
			n := r.box.take(p.letters[:], turnBytes)
			if n == 0 {
				break
			}
			for i := range n {
				r.apologize(&p.letters[i])
			}
		}
	})
}

// apologize answers a letter that will not be carried out.
func (r *Room) apologize(l *roomLetter) {
	s, q := l.seat, l.req
	*l = roomLetter{}
	if s == nil || q == nil {
		return
	}
	if q.ID != 0 || q.Kind == wire.KindJoin {
		s.conn.Tell(&wire.Error{ID: q.ID, Room: r.key.name, Code: wire.Internal, Message: "the room failed"})
	}
	if asks(q) {
		s.note(noteRefused, Close{})
	}
}

// asks tells whether the connection counts q among those whose outcome it waits for.
func asks(q *wire.Request) bool {
	return q.Kind == wire.KindJoin || q.Kind == wire.KindLeave && q.Resume != nil
}
