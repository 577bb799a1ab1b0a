package actors

import "time"

// question is a Request that waits for its reply, as a Case.
type question struct {
	member, event string
	answer        *Event
	waiter        waiter
	gone          bool // the member has left
}

// Request tells a member an event and parks co until that member sends an event of the same
// name, which is the reply and is told to nobody else. ErrTimeout after d; ErrNoMember where
// the member is not there, or leaves meanwhile; ErrStopped. Of several Requests to one member
// under one name, the reply is the first one's. A reply that comes too late is an ordinary
// event.
func (r *Room) Request(co *Co, member, event string, data any, d time.Duration) (answer Event, err error) {
	if err := co.ready(); err != nil {
		return answer, err
	}
	if co.loop != r.loop {
		panic("actors: a Co was used in another room than its own")
	}
	if err := r.Send(member, event, data); err != nil {
		return answer, err
	}
	i, err := Select(co, &question{member: member, event: event, answer: &answer}, After(d))
	if err == nil && i == 1 {
		err = ErrTimeout
	}
	return answer, err
}

func (q *question) try(*loop) (bool, error) { return false, nil }

func (q *question) enlist(l *loop, w waiter) {
	q.waiter = w
	l.asked = append(l.asked, q)
}

func (q *question) retire(l *loop, fired bool) error {
	l.asked = without(l.asked, q)
	if fired && q.gone {
		return ErrNoMember
	}
	return nil
}

// replied hands e to the Request that waits for it, if one does.
func (r *Room) replied(e Event) bool {
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
			q.gone = r.loop.wake(q.waiter)
		}
	}
}
