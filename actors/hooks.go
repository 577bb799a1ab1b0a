package actors

import (
	"errors"

	"github.com/parley-signaling/parley/actors/wire"
)

// Hooks are asked before the room does something. They run in the room's turn, must not
// block, and may be nil. An error refuses: a *wire.Error is what the client is told (its Code
// and Message), any other error is told as forbidden.
type Hooks struct {
	// Join is asked before somebody new comes in; a resume is not asked about. ErrHold keeps
	// the join waiting until Admit or Refuse.
	Join func(*Join) error
	// Send is asked before an event gets its number. It may change Name, Data and To. ErrDrop
	// has it told to nobody; its sender is answered ok.
	Send func(*Event) error
	// Update is asked before a profile (Event.Data) replaces the member's. It may change Data.
	Update func(*Event) error
}

var (
	// ErrHold is a Join hook's answer: neither yes nor no, but not yet.
	ErrHold = errors.New("hold the join")
	// ErrDrop is a Send hook's answer: tell nobody, and do not complain.
	ErrDrop = errors.New("drop the event")
)

// Hook replaces the room's hooks.
func (r *Room) Hook(h Hooks) { r.hooks = h }

// Join is somebody who wants to come in. It is valid until it was admitted or refused, or its
// connection ended.
type Join struct {
	// ID is the member id that it will have.
	ID      string
	Profile wire.Value
	Hidden  bool

	room *Room
	seat *seat
	req  wire.Request
}

// Waiting tells whether a held join still waits for an answer.
func (j *Join) Waiting() bool { return j.room.held[j.seat] == j }

// Admit lets a held join in, if the room has a place: its client is told either way. It is
// false where the join does not wait any more, or was refused for want of a place.
func (j *Join) Admit() bool {
	if !j.Waiting() {
		return false
	}
	delete(j.room.held, j.seat)
	if !j.room.hasPlace(j.seat, &j.req) {
		return false
	}
	j.room.enter(j)
	return true
}

// Refuse tells a held join's client no.
func (j *Join) Refuse(code wire.Code, message string) {
	if j.Waiting() {
		delete(j.room.held, j.seat)
		j.room.refuseJoin(j.seat, &j.req, code, message)
	}
}

// asWire is what a client is told of a hook's error.
func asWire(err error) (wire.Code, string) {
	var e *wire.Error
	if errors.As(err, &e) {
		return e.Code, e.Message
	}
	return wire.Forbidden, err.Error()
}
