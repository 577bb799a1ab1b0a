package actors

import (
	"time"

	"github.com/parley-signaling/parley/actors/wire"
)

// EventKind tells events apart.
type EventKind uint8

const (
	Joined    EventKind = iota + 1 // a member has come
	Sent                           // a member has sent Name and Data to the room, or to To
	Updated                        // a member's profile has changed
	Suspended                      // a member's socket has ended; it may come back
	Resumed                        // it has come back
	Left                           // a member has gone, for Reason
)

// String returns the kind's name.
func (k EventKind) String() string {
	return [...]string{"", "joined", "sent", "updated", "suspended", "resumed", "left"}[k]
}

// Event is something that happened in the room, as a behaviour hears of it.
type Event struct {
	Kind   EventKind
	Member Member
	Seq    uint64     // the number it was told under
	Name   string     // Sent: the event's name
	Data   wire.Value // Sent
	To     []string   // Sent: member ids; nil: everyone else in the room
	Reason string     // Left: leave, timeout, kicked, drain or error
}

// Member is a member of the room, as it is at this moment.
type Member struct {
	ID        string
	Since     uint64 // orders any two members
	Role      wire.Role
	Profile   wire.Value
	Hidden    bool // presence:false
	Suspended bool
}

func (m *member) view() Member {
	return Member{
		ID: m.id, Since: m.since, Role: m.role, Profile: m.profile, Hidden: m.hidden, Suspended: m.seat == nil,
	}
}

// Recv takes the oldest event that nobody has taken, and parks the coroutine until there is
// one. Up to 1,024 wait; beyond, the oldest is dropped.
func (co *Co) Recv() (Event, error) { return co.RecvMatch(nil) }

// RecvMatch is Recv for the oldest event that match likes; the others stay. match must not block.
func (co *Co) RecvMatch(match func(Event) bool) (e Event, err error) {
	_, err = Select(co, OnEvent(&e, match))
	return e, err
}

// RecvTimeout is RecvMatch that waits no longer than d, and returns ErrTimeout then.
func (co *Co) RecvTimeout(d time.Duration, match func(Event) bool) (e Event, err error) {
	i, err := Select(co, OnEvent(&e, match), After(d))
	if err == nil && i == 1 {
		err = ErrTimeout
	}
	return e, err
}

type eventCase struct {
	to    *Event
	match func(Event) bool
	r     *receiver[Event]
}

// OnEvent is done when an event that match likes (nil: any) was put into *to.
func OnEvent(to *Event, match func(Event) bool) Case { return &eventCase{to: to, match: match} }

func (k *eventCase) try(l *loop) (bool, error) {
	for i, e := range l.events {
		if k.match == nil || k.match(e) {
			*k.to = e
			copy(l.events[i:], l.events[i+1:])
			l.events[len(l.events)-1] = Event{}
			l.events = l.events[:len(l.events)-1]
			return true, nil
		}
	}
	return false, nil
}

func (k *eventCase) enlist(l *loop, w waiter) {
	k.r = &receiver[Event]{waiter: w, to: k.to, match: k.match}
	l.recvs = append(l.recvs, k.r)
}

func (k *eventCase) retire(l *loop, _ bool) error {
	l.recvs = without(l.recvs, k.r)
	return nil
}

// tell brings an event to the behaviour: to a Request that waits for it, to a coroutine in a
// Recv, or to the queue.
func (r *Room) tell(e Event) {
	l := r.loop
	if l == nil {
		return
	}
	for i, w := range l.recvs {
		if (w.match == nil || w.match(e)) && l.wake(w.waiter) {
			*w.to = e
			l.recvs = append(l.recvs[:i:i], l.recvs[i+1:]...)
			return
		}
	}
	if len(l.events) >= maxEvents {
		l.events = l.events[:copy(l.events, l.events[1:])]
		l.dropped++
	}
	l.events = append(l.events, e)
}
