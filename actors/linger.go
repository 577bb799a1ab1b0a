package actors

import (
	"slices"
	"time"
)

// expiriesPerTurn bounds the members whose linger ends in one turn: to tell of them costs.
const expiriesPerTurn = 64

// clock is the time of this turn, since the system's start: the wall clock may be set meanwhile.
func (r *Room) clock() time.Duration { return r.now.Sub(r.sys.start) }

// linger suspends m, or ends its suspension.
func (r *Room) linger(m *member, on bool) {
	if !on {
		if i := slices.Index(r.lingering, m); i >= 0 {
			r.lingering = slices.Delete(r.lingering, i, i+1)
		}
		return
	}
	m.until = r.clock() + r.sys.options.Linger
	r.lingering = append(r.lingering, m) // one linger for all: the list stays in its order
}

// tick lets go of what has had its time.
func (r *Room) tick() {
	for n := 0; n < expiriesPerTurn && len(r.lingering) > 0 && r.lingering[0].until <= r.clock(); n++ {
		m := r.lingering[0]
		r.depart(m, ExitTimeout)
		r.succeed(m)
	}
	if len(r.lingering) == 0 {
		r.lingering = nil
	}
	r.expiries.expire(r.now)
	r.history.forget(r.clock())
}

// earlier is the earlier of two times; zero is never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// setTimer has the room woken when the next thing is due, if any is.
func (r *Room) setTimer() {
	var due time.Time
	if len(r.lingering) > 0 {
		due = r.sys.start.Add(r.lingering[0].until)
	}
	if at := r.history.due(); at != 0 {
		due = earlier(due, r.sys.start.Add(at))
	}
	due = earlier(due, r.expiries.Next())
	if r.loop != nil {
		due = earlier(due, r.loop.timers.Next())
	}
	if due.IsZero() || !r.tickAt.IsZero() && !due.Before(r.tickAt) {
		return // nothing, or the timer fires before it
	}
	r.tickAt = due
	d := due.Sub(r.now)
	if r.timer == nil {
		r.timer = r.sys.afterFunc(d, func() { r.box.force(roomLetter{op: opTick}) })
	} else {
		r.timer.Reset(d)
	}
}
