package actors

import (
	"errors"
	"fmt"

	"github.com/anthdm/hollywood/actor"
)

// What other code of the program may ask of a room, from any goroutine.

var (
	// ErrNoRoom: there is no room of that name at this moment.
	ErrNoRoom = errors.New("no such room")
	// ErrBusy: the room's mailbox is full.
	ErrBusy = errors.New("the room is busy")
)

// Do has f called in the turn of a room of the native protocol, and does not wait for it: f
// may use the room's methods and must not block; a panic in it ends the room. It is not called
// where the room ends before. ErrNoRoom, ErrBusy, ErrElsewhere: a closure does not travel, as an
// Invoke does.
func (s *System) Do(room string, f func(*Room)) error {
	r := s.room(roomKey{name: room})
	if r == nil {
		return ErrNoRoom
	}
	if err := s.elsewhere(r.key); err != nil {
		return err
	}
	do := func() {
		if r.home() {
			f(r)
		}
	}
	switch r.box.push(roomLetter{op: opCall, call: do}) {
	case taken:
		return nil
	case full:
		return ErrBusy
	}
	return ErrNoRoom
}

// elsewhere is an error that names the node that a room lives on, where that is not this one.
func (s *System) elsewhere(k roomKey) error {
	if s.node == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if owner := s.node.view.owner(k); owner != s.node.self {
		return fmt.Errorf("%w: %s", ErrElsewhere, owner)
	}
	return nil
}

// PID is the Hollywood address of a room of the native protocol; nil where there is none. Its
// behaviour hears what is sent there as Told events; Engine.Stop and Engine.Poison end it.
func (s *System) PID(room string) *actor.PID {
	if r := s.room(roomKey{name: room}); r != nil {
		return r.box.pid
	}
	return nil
}

// PID is the room's Hollywood address.
func (r *Room) PID() *actor.PID { return r.box.pid }

// Reply answers a Told event whose sender wants an answer, as Engine.Request does.
func (r *Room) Reply(e Event, msg any) { reply(r.sys.engine, e.Sender, msg) }

// told is false where a Hollywood actor's message has nobody to hear it.
func (r *Room) told(msg any, sender *actor.PID) bool {
	if r.behavior == nil || r.behavior.run == nil {
		return false
	}
	e := Event{Kind: Told, Message: msg, Sender: sender}
	return r.box.push(roomLetter{op: opCall, call: func() { r.tell(e) }}) == taken
}
