package gateway

import "time"

// The time limits that a socket can be under, one at a time.
const (
	limitNone uint8 = iota
	limitHead       // for the request's head
	limitRoom       // for being in a room
	limitEnd        // for the last bytes to go out, and for the peer's answer to them
	limits
)

// deadline is a socket's place in its shard's queue for one limit.
type deadline struct {
	next, prev *socket
	at         time.Duration // on the shard's clock
	limit      uint8
}

// deadlines are the sockets under one limit, the first due in front: as the limit is the same
// for all of them, a new one is always the last, and nothing need be sorted.
type deadlines struct {
	limit       uint8
	after       time.Duration
	first, last *socket
}

func (q *deadlines) push(k *socket, now time.Duration) {
	k.timer = deadline{prev: q.last, at: now + q.after, limit: q.limit}
	if q.last != nil {
		q.last.timer.next = k
	} else {
		q.first = k
	}
	q.last = k
}

func (q *deadlines) remove(k *socket) {
	t := k.timer
	if t.prev != nil {
		t.prev.timer.next = t.next
	} else {
		q.first = t.next
	}
	if t.next != nil {
		t.next.timer.prev = t.prev
	} else {
		q.last = t.prev
	}
	k.timer = deadline{}
}

// limit puts k under a limit from now on, and under no other.
func (s *shard) limit(k *socket, limit uint8) {
	if old := k.timer.limit; old != limitNone {
		s.deadlines[old].remove(k)
	}
	if limit == limitNone || s.deadlines[limit].after < 0 {
		return
	}
	s.deadlines[limit].push(k, s.now())
	s.arm(k.timer.at)
}

// due ends the sockets whose time is up.
func (s *shard) due(now time.Duration) {
	for i := range s.deadlines {
		q := &s.deadlines[i]
		for q.first != nil && q.first.timer.at <= now {
			k := q.first
			q.remove(k)
			s.guarded(k, (*shard).expired)
		}
	}
}
