package actors

import (
	"slices"
	"time"

	"github.com/anthdm/hollywood/actor"

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
	Knocked                        // a Join hook holds Join
	Withdrawn                      // the client of a held Join has gone, or has changed its mind
	Told                           // a Hollywood actor has sent Message to the room's PID
)

// String returns the kind's name.
func (k EventKind) String() string {
	names := [...]string{
		"", "joined", "sent", "updated", "suspended", "resumed", "left", "knocked", "withdrawn", "told",
	}
	if int(k) < len(names) {
		return names[k]
	}
	return "unknown"
}

// Event is something that happened in the room, as a behaviour hears of it. Data, and what To
// holds, are shared with the room's members and must not be changed.
type Event struct {
	Kind    EventKind
	Member  Member     // who it is about; none in Knocked, Withdrawn and Told
	Seq     uint64     // the number it was told under
	Name    string     // Sent: the event's name
	Data    wire.Value // Sent
	To      []string   // Sent: member ids; nil: everyone else in the room
	Reason  string     // Left: leave, timeout, kicked, drain or error
	Join    *Join      // Knocked, Withdrawn
	Message any        // Told
	Sender  *actor.PID // Told; nil: nobody to answer
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

// Named is a filter for what members send under one of these names.
func Named(names ...string) func(Event) bool {
	return func(e Event) bool { return e.Kind == Sent && slices.Contains(names, e.Name) }
}

// OfKind is a filter for events of these kinds.
func OfKind(kinds ...EventKind) func(Event) bool {
	return func(e Event) bool { return slices.Contains(kinds, e.Kind) }
}

// Recv takes the oldest event that nobody has taken, and parks the coroutine until there is
// one. With filters it is the oldest that any of them likes, and the others stay; a filter
// must not block. ErrStopped.
//
// Up to 1,024 events wait, and up to 256 KiB of their data; beyond, the oldest are dropped and
// counted (Stats). So a behaviour that only ever asks for some should say so with Room.Listen.
func (co *Co) Recv(filters ...func(Event) bool) (e Event, err error) {
	_, err = Select(co, OnEvent(&e, filters...))
	return e, err
}

// RecvTimeout is Recv that waits no longer than d, and returns ErrTimeout then.
func (co *Co) RecvTimeout(d time.Duration, filters ...func(Event) bool) (e Event, err error) {
	i, err := Select(co, OnEvent(&e, filters...), After(d))
	if err == nil && i == 1 {
		err = ErrTimeout
	}
	return e, err
}

func likes(filters []func(Event) bool, e *Event) bool {
	for _, f := range filters {
		if f(*e) {
			return true
		}
	}
	return len(filters) == 0
}

type eventCase struct {
	to      *Event
	filters []func(Event) bool
	r       *receiver[Event]
}

// OnEvent is done when an event that one of the filters likes (none: any) was put into *to.
func OnEvent(to *Event, filters ...func(Event) bool) Case {
	return &eventCase{to: to, filters: filters}
}

func (k *eventCase) try(l *loop) (bool, error) {
	for i := range l.events.len() {
		if likes(k.filters, l.events.at(i)) {
			*k.to = l.events.cut(i)
			l.eventData -= len(k.to.Data.Bytes)
			return true, nil
		}
	}
	return false, nil
}

func (k *eventCase) enlist(l *loop, w waiter) {
	k.r = &receiver[Event]{waiter: w, to: k.to, match: k.filters}
	l.recvs.push(k.r)
}

func (k *eventCase) retire(l *loop, fired bool) error {
	if !fired {
		l.recvs.remove(func(r *receiver[Event]) bool { return r == k.r })
	}
	return nil
}

// tell brings an event to the behaviour: to a coroutine in a Recv, or to the queue.
func (r *Room) tell(e Event) {
	l := r.loop
	if l == nil || l.count == 0 || !likes(l.listens, &e) {
		return
	}
	for i := 0; i < l.recvs.len(); {
		w := *l.recvs.at(i)
		switch {
		case w.stale(): // its coroutine takes it back
			i++
		case likes(w.match, &e):
			l.recvs.cut(i)
			l.wake(w.waiter)
			*w.to = e
			return
		default:
			i++
		}
	}
	for l.events.len() >= maxEvents || l.events.len() > 0 && l.eventData+len(e.Data.Bytes) > maxEventData {
		l.eventData -= len(l.events.pop().Data.Bytes)
		r.sys.counters.dropped[DropUnheard].Add(1)
	}
	l.events.push(e)
	l.eventData += len(e.Data.Bytes)
}
