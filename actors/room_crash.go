package actors

import (
	"fmt"
	"runtime/debug"

	"github.com/parley-signaling/parley/actors/wire"
)

// supervise is deferred by a turn: where the turn did not get to its end, because something
// in it panicked or ended the goroutine, it reports that and ends the room.
func (r *Room) supervise(ok *bool) {
	if *ok {
		return
	}
	v := recover()
	f, is := v.(*failure)
	switch {
	case is:
	case r.loop != nil && r.loop.failure != nil: // a coroutine's Goexit has come through
		f = r.loop.failure
	case v == nil:
		f = &failure{"runtime.Goexit", debug.Stack()}
	default:
		f = &failure{v, debug.Stack()}
	}
	if r.loop != nil {
		r.loop.failure = nil
	}
	r.report(f)
	r.crash()
}

// report counts and logs what a room has failed with, and the stack that it happened on.
func (r *Room) report(f *failure) {
	r.sys.counters.panics.Add(1)
	if f.stack == nil {
		r.sys.log.Error("room failed", "room", r.key.name, "namespace", r.key.namespace, "error", f.value)
		return
	}
	r.sys.log.Error("room panicked", "room", r.key.name, "namespace", r.key.namespace,
		"panic", fmt.Sprint(f.value), "stack", string(f.stack))
}

// guarded runs f and reports what it panics with.
func (r *Room) guarded(f func()) {
	defer func() {
		if v := recover(); v != nil {
			r.report(&failure{v, debug.Stack()})
		}
	}()
	f()
}

// crash ends the room after a panic: its members are told, what it has not answered is
// answered with internal, and the name is free for a new room with a new epoch.
func (r *Room) crash() {
	r.stopping, r.failed = true, true
	r.stopLoop()
	if !r.home() {
		r.pass.reset()
		r.cutRelay()
		r.link.relay.kept, r.link.late = nil, nil
	}
	p := r.pass
	p.reset() // what was half said stays unsaid: the epoch ends here
	members := r.members
	r.roster, r.lingering, r.parted = roster{}, nil, nil
	r.sys.members.Add(-int64(len(members)))
	r.sys.flow.left[ExitClosed].Add(uint64(len(members)))
	for _, m := range members {
		r.guarded(func() { r.observe(MemberLeft, m, "error") })
		r.guarded(func() {
			if s := m.seat; s != nil {
				s.tell(&wire.Bye{Code: CloseInternal, Reason: "internal", Room: r.key.name})
			}
		})
		r.unseat(m, Close{Code: CloseInternal, Reason: "internal"})
	}
	for len(r.held) > 0 { // each time one less
		r.guarded(func() { r.refuseHeld(wire.Internal, roomFailed) })
	}
	r.guarded(r.observeEnd)
	// Only now, with no seat of this room left: a connection that finds the mailbox shut takes
	// its seat to the next room of that name.
	r.box.close(false)
	r.apologize(&p.letter) // it panicked
	for r.takeLast(&p.letter) {
		p.settled = false
		r.apologize(&p.letter)
	}
	if k := r.link; k != nil {
		for len(k.late) > 0 { // each time one less
			r.guarded(k.retryLate)
		}
		r.guarded(r.flush)
	}
}

// takeLast takes what will not be carried out any more.
func (r *Room) takeLast(l *roomLetter) bool {
	if k := r.link; k != nil && k.backlog.len() > 0 {
		*l = k.backlog.pop()
		return true
	}
	return r.box.take(l)
}

const roomFailed = "the room failed"

// apologize answers a letter that will not be carried out.
func (r *Room) apologize(l *roomLetter) {
	if l.op == opAsked {
		l.call()
	}
	s, q := l.seat, l.req
	*l = roomLetter{}
	if s == nil || q == nil {
		return
	}
	if q.ID != 0 || q.Kind == wire.KindJoin {
		r.guarded(func() {
			s.tell(&wire.Error{ID: q.ID, Room: r.key.name, Code: wire.Internal, Message: roomFailed})
			r.sys.counters.refuse(wire.Internal)
		})
	}
	if asks(q) && !r.pass.settled {
		r.settle(s, noteRefused)
	}
}

// asks tells whether the connection counts q among those whose outcome it waits for.
func asks(q *wire.Request) bool {
	return q.Kind == wire.KindJoin || q.Kind == wire.KindLeave && q.Resume != nil
}
