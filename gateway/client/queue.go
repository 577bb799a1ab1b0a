package client

import "maps"

// The events of a room wait in a bounded queue until its pump has handed them to the reader.
// Where the queue is full, what follows is left out until the reader has emptied it; then a
// Gap says so, and what the reader can know from the roster is made up for.

// queue is that of one room. Guarded by the client's mu.
type queue struct {
	limit int
	items []Event
	more  chan struct{} // there is something in it, or nothing ever will be

	// What the reader knows, or will from what is queued.
	self   string // the member that the client was when last Resumed
	down   bool
	locked bool

	// Of the events that are left out.
	lost    int    // 0: none
	unknown bool   // a Gap was among them
	before  roster // as it was when the first of them was
}

func newQueue(limit int) queue { return queue{limit: limit, more: make(chan struct{}, 1)} }

// brace is called before the roster changes: if the change cannot be told, it will be found by
// comparison.
func (q *queue) brace(now roster) {
	switch {
	case len(q.items) < q.limit && q.lost == 0:
		q.before = nil
	case q.before == nil:
		q.before = maps.Clone(now)
	}
}

// push queues events that belong together: all of them, or none where the queue is full.
func (q *queue) push(events ...Event) {
	if len(q.items) < q.limit && q.lost == 0 {
		q.append(events...)
		return
	}
	q.lost += len(events)
	for _, e := range events {
		if _, is := e.(Gap); is {
			q.unknown = true
		}
	}
}

// append queues beyond the limit.
func (q *queue) append(events ...Event) {
	for _, e := range events {
		switch e := e.(type) {
		case Suspended:
			q.down = true
		case Resumed:
			q.down, q.self = false, e.Self
		case RoomChange:
			q.locked = e.Locked
		}
	}
	q.items = append(q.items, events...)
	q.nudge()
}

func (q *queue) nudge() {
	select {
	case q.more <- struct{}{}:
	default:
	}
}

// tell queues events for the room's reader.
func (r *Room) tell(events ...Event) {
	r.queue.brace(r.members)
	r.queue.push(events...)
}

// back is what the reader is to be told of a return.
func (r *Room) back() Resumed { return Resumed{Self: r.self.ID, Same: r.self.ID == r.queue.self} }

// pump hands a room's events to its reader.
func (r *Room) pump() {
	defer close(r.events)
	for {
		e, over := r.nextEvent()
		switch {
		case e != nil:
			select {
			case r.events <- e:
			case <-r.dropped:
				return
			}
		case over:
			return
		default:
			select {
			case <-r.queue.more:
			case <-r.dropped:
				return
			}
		}
	}
}

// nextEvent returns nil where nothing waits; over: nothing ever will.
func (r *Room) nextEvent() (e Event, over bool) {
	r.c.mu.Lock()
	defer r.c.mu.Unlock()
	q := &r.queue
	if len(q.items) == 0 && q.lost > 0 {
		r.fillGap()
	}
	if len(q.items) == 0 {
		q.items = nil
		return nil, r.state == roomOver
	}
	e, q.items[0] = q.items[0], nil
	q.items = q.items[1:]
	return e, false
}

// fillGap tells the reader that it was too late, and what has become of the room meanwhile.
func (r *Room) fillGap() {
	q := &r.queue
	gap := Gap{Cause: Overflow, Lost: q.lost}
	if q.unknown {
		gap.Lost = -1
	}
	events := []Event{gap}
	if r.state == roomJoined && (q.down || q.self != r.self.ID) {
		events = append(events, r.back())
	}
	events = append(events, difference(q.before, r.members)...)
	if q.locked != r.locked {
		events = append(events, RoomChange{Locked: r.locked})
	}
	if r.state == roomSuspended && !q.down {
		events = append(events, Suspended{Err: r.lost})
	}
	q.lost, q.unknown, q.before = 0, false, nil
	q.append(events...)
}
