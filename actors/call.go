package actors

import (
	"context"
	"errors"
	"sync/atomic"
)

// ErrFailed is the error of a call that its room has failed in, or before.
var ErrFailed = errors.New("the room has failed")

// Call has f called in the turn of a living room, by the rules of Do, and waits until it has
// returned. Where ctx ends before f begins, f is not called at all and the error is ctx's; once
// it has begun it is waited for. ErrNoRoom, ErrBusy, ErrFailed,
// ErrElsewhere: a closure does not travel, as an Invoke does.
func (s *System) Call(ctx context.Context, room RoomName, f func(*Room)) error {
	r := s.room(roomKey{room.Namespace, room.Name})
	if r == nil {
		return s.missing(roomKey{room.Namespace, room.Name})
	}
	c := &call{f: f, done: make(chan struct{})}
	switch r.box.push(roomLetter{op: opAsked, call: func() { c.run(r) }}) {
	case full:
		return ErrBusy
	case shut:
		return ErrNoRoom
	}
	select {
	case <-c.done:
		return c.err
	case <-ctx.Done():
	}
	if c.begun.CompareAndSwap(false, true) {
		return ctx.Err()
	}
	<-c.done
	return c.err
}

// call is a Call under way.
type call struct {
	f     func(*Room)
	begun atomic.Bool   // f was called, or never will be
	err   error         // set before done is closed
	done  chan struct{} // closed when there is an outcome
}

// run is in the room's turn; once more, or for the first time, where the room has failed.
func (c *call) run(r *Room) {
	if !c.begun.CompareAndSwap(false, true) {
		return
	}
	defer close(c.done)
	switch {
	case r.failed:
		c.err = ErrFailed
	case !r.home():
		c.err = ErrElsewhere
	case r.empty(): // it ends with this turn
		c.err = ErrNoRoom
	default:
		c.err = ErrFailed // where f panics
		c.f(r)
		c.err = nil
	}
}

// missing is why a room is not here.
func (s *System) missing(k roomKey) error {
	n := s.node
	if n == nil {
		return ErrNoRoom
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case n.view.Number == 0:
		return errNoView
	case n.view.owner(k) != n.self:
		return ErrElsewhere
	case !n.knows(k): // it may be on its way
		return ErrBusy
	}
	return ErrNoRoom
}
