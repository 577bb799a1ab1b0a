package actors

import (
	"errors"

	"github.com/parley-signaling/parley/actors/wire"
)

// Hooks are asked before the room does something. They run in the room's turn, must not
// block, and may be nil. An error refuses: a *wire.Error is what the client is told (its Code
// and Message), any other error is told as forbidden. What a hook does itself to the room
// (Kick, Close, SetLocked …) counts before its answer.
type Hooks struct {
	// Join is asked before somebody new comes in; a resume is not asked about. ErrHold keeps
	// the join waiting until Admit or Refuse; the behaviour hears Knocked.
	Join func(*Join) error
	// Send is asked before an event gets its number. It may replace Name, Data and To (nil:
	// everyone else in the room; empty: nobody, which its sender is told as no_such_member).
	// ErrPrivate keeps it between its sender and the behaviour, and ErrDrop from the behaviour
	// too; the sender is answered ok.
	Send func(*Event) error
	// Update is asked before a profile (Event.Data) replaces the member's. It may replace Data.
	Update func(*Event) error
	// Entered is told of a member that has come in: what the hook has the room say now, that
	// member hears right behind the answer to its join. A resume is no coming in.
	Entered func(Member)
	// Left is told of a member that has gone, for whatever reason.
	Left func(Member)
	// Carry is asked before the room goes to another node of a cluster: what it returns, up to
	// 1 MiB, travels in place of what Room.Carry was given.
	Carry func() []byte
	// State is what the hooks work on: Room.State returns it.
	State any
}

var (
	// ErrHold is a Join hook's answer: neither yes nor no, but not yet.
	ErrHold = errors.New("hold the join")
	// ErrPrivate is a Send hook's answer: the behaviour hears of it, and no member does.
	ErrPrivate = errors.New("keep the event private")
	// ErrDrop is a Send hook's answer: tell nobody, and do not complain.
	ErrDrop = errors.New("drop the event")
)

// Hook replaces the room's hooks.
func (r *Room) Hook(h Hooks) {
	r.inTurn()
	r.hooks = h
}

// asWire is what a client is told of a hook's error.
func asWire(err error) (wire.Code, string) {
	var e *wire.Error
	if errors.As(err, &e) {
		return e.Code, e.Message
	}
	return wire.Forbidden, err.Error()
}
