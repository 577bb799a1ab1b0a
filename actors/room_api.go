package actors

import (
	"errors"
	"fmt"
	"time"

	"github.com/parley-signaling/parley/actors/wire"
)

// The methods in this file are for behaviours: they may be called in the room's turn and
// nowhere else, that is, from its coroutines and hooks.

// ErrNoMember is the error of a call that names a member who is not there.
var ErrNoMember = errors.New("no such member in this room")

// Name is the room's name.
func (r *Room) Name() string { return r.key.name }

// Len is how many members the room has, suspended and hidden ones included.
func (r *Room) Len() int { return len(r.members) }

// Members lists them, in the order of Since.
func (r *Room) Members() []Member {
	list := make([]Member, len(r.members))
	for i, m := range r.members {
		list[i] = m.view()
	}
	return list
}

// Member finds one by id.
func (r *Room) Member(id string) (Member, bool) {
	if m := r.byID(id); m != nil {
		return m.view(), true
	}
	return Member{}, false
}

// Broadcast tells everyone an event from the room itself (its from is empty). data is a
// wire.Value, or anything that encoding/json can encode.
func (r *Room) Broadcast(event string, data any) error { return r.speak(event, data, nil) }

// Send tells one member an event from the room itself. ErrNoMember. A suspended member hears
// it when it resumes.
func (r *Room) Send(member, event string, data any) error {
	m := r.byID(member)
	if m == nil {
		return ErrNoMember
	}
	return r.speak(event, data, m)
}

func (r *Room) speak(event string, data any, to *member) error {
	if n := len(event); n < 1 || n > wire.MaxEvent {
		return fmt.Errorf("event: %d bytes, 1 to %d", n, wire.MaxEvent)
	}
	v, ok := data.(wire.Value)
	if !ok {
		var err error
		if v, err = wire.NewValue(wire.JSON, data); err != nil {
			return fmt.Errorf("data: %w", err)
		}
	}
	if n := len(v.Bytes); n > wire.MaxMessage {
		return fmt.Errorf("data: %d bytes, at most %d", n, wire.MaxMessage)
	}
	r.seq++
	msg := &wire.Event{Room: r.key.name, Seq: r.seq, Event: event, Data: v}
	e := entry{msg: msg, seq: r.seq, size: int32(2*eventSize + len(r.key.name) + len(event) + len(v.Bytes))}
	if to != nil {
		msg.To = []string{to.id}
		e.kind, e.about = toAbout, to
	}
	r.say(e)
	return nil
}

// Kick ends a membership, as a moderator's kick does. ErrNoMember.
func (r *Room) Kick(member, reason string) error {
	m := r.byID(member)
	if m == nil {
		return ErrNoMember
	}
	r.expel(m, reason)
	return nil
}

// SetRole gives a member another role; everyone is told. ErrNoMember. To make somebody
// moderator does not take the role from another.
func (r *Room) SetRole(member string, role wire.Role) error {
	m := r.byID(member)
	if m == nil {
		return ErrNoMember
	}
	if m.role != role {
		m.role = role
		r.tellRole(m)
	}
	return nil
}

// SetLocked lets nobody new in, or lets them in again; everyone is told.
func (r *Room) SetLocked(locked bool) { r.setLocked(locked) }

// SetCapacity bounds the room's members; 0: the system's RoomCapacity, which is also the most
// there can be. Those who are in stay in.
func (r *Room) SetCapacity(n int) {
	r.capacity = r.sys.options.RoomCapacity
	if n > 0 {
		r.capacity = min(n, r.capacity)
	}
}

// Close ends every membership (bye, closed, with the text), and so the room.
func (r *Room) Close(text string) {
	r.stopping = true
	r.dismissAll(Close{Code: CloseNormal, Reason: "closed"}, text)
}

// question is a Request that waits for its reply.
type question struct {
	waiter
	member, event string
	answer        *Event
}

// Request tells a member an event and parks co until that member sends an event of the same
// name, which is the reply and is told to nobody else. ErrTimeout after d; ErrNoMember where
// the member is not there, or leaves meanwhile; ErrStopped.
func (r *Room) Request(co *Co, member, event string, data any, d time.Duration) (Event, error) {
	if err := r.Send(member, event, data); err != nil {
		return Event{}, err
	}
	var answer Event
	q := &question{waiter: co.waiter(1), member: member, event: event, answer: &answer}
	co.loop.asked = append(co.loop.asked, q)
	timeout := co.loop.after(d, func() { co.loop.wake(co.waiterOf(q, 2)) })
	fired, err := co.park()
	co.loop.cancelTimer(timeout)
	co.loop.asked = without(co.loop.asked, q)
	switch {
	case err != nil:
		return Event{}, err
	case fired == 2:
		return Event{}, ErrTimeout
	case fired == 3:
		return Event{}, ErrNoMember
	}
	return answer, nil
}

// waiterOf is q's claim with another outcome.
func (co *Co) waiterOf(q *question, fired int) waiter { return waiter{co, q.wakeup, fired} }

// replied hands e to the Request that waits for it, if one does.
func (r *Room) replied(e Event) bool {
	if r.loop == nil {
		return false
	}
	for _, q := range r.loop.asked {
		if q.member == e.Member.ID && q.event == e.Name && r.loop.wake(q.waiter) {
			*q.answer = e
			return true
		}
	}
	return false
}

// askedInVain ends the Requests to a member who has gone.
func (r *Room) askedInVain(member string) {
	if r.loop == nil {
		return
	}
	for _, q := range r.loop.asked {
		if q.member == member {
			r.loop.wake(q.co.waiterOf(q, 3))
		}
	}
}
