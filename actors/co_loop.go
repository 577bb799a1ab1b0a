package actors

import (
	"sync/atomic"
	"time"
)

// Bounds of a room's coroutines.
const (
	turnSwitches = 256       // coroutines resumed in one turn of the room
	maxRoomCos   = 64 << 10  // coroutines of one room
	maxEvents    = 1024      // events that wait for a Recv; beyond, the oldest is dropped
	maxEventData = 256 << 10 // bytes of their data
)

// loop runs the coroutines of a room, within the room's turns.
type loop struct {
	// Static after construction
	room *Room

	// Shared, for reading
	running atomic.Pointer[Co]

	// Owned by the room's turn
	oldest, youngest *Co // those that have not ended
	count            int
	ready            fifo[*Co]
	timers           timers
	events           fifo[Event]
	eventData        int                    // bytes of Data in events
	recvs            fifo[*receiver[Event]] // coroutines in a Recv
	listens          []func(Event) bool     // what the behaviour hears of; none: all
	asked            []*question            // Requests that wait for their reply
	stopping         bool
	failure          *failure // what a coroutine panicked with
}

// failure is how a coroutine has failed its room.
type failure struct {
	value any
	stack []byte // nil: it returned value, an error
}

// fail ends the room after this step; of several failures the first counts.
func (l *loop) fail(v any, stack []byte) {
	if l.failure == nil {
		l.failure = &failure{v, stack}
	}
}

// enlist puts co at the end of the list of those that have not ended.
func (l *loop) enlist(co *Co) {
	l.count++
	co.older = l.youngest
	if co.older != nil {
		co.older.younger = co
	} else {
		l.oldest = co
	}
	l.youngest = co
}

// strike takes co off that list.
func (l *loop) strike(co *Co) {
	l.count--
	if co.older != nil {
		co.older.younger = co.younger
	} else {
		l.oldest = co.younger
	}
	if co.younger != nil {
		co.younger.older = co.older
	} else {
		l.youngest = co.older
	}
	co.older, co.younger = nil, nil
}

// wake makes a parked coroutine ready to run, and is false where what w waited for is over.
func (l *loop) wake(w waiter) bool {
	if w.stale() {
		return false
	}
	w.co.fired = w.fired
	w.co.queued = true
	l.ready.push(w.co)
	return true
}

// run resumes what is ready, in the order in which it became so, up to a turn's worth. It
// panics with the failure of a coroutine, so that the room's own supervision deals with it.
func (l *loop) run() {
	l.timers.expire(l.room.now)
	for n := 0; l.ready.len() > 0 && n < turnSwitches; n++ {
		l.step(l.ready.pop())
		if l.failure != nil {
			panic(l.failure)
		}
	}
}

// after has fire called in the room's turn, d from now.
func (l *loop) after(d time.Duration, fire func()) *timer {
	return l.timers.Add(l.room.sys.Now().Add(d), fire)
}

// step runs co until it parks or ends.
func (l *loop) step(co *Co) {
	co.queued = false
	if co.done {
		return
	}
	l.running.Store(co)
	defer l.running.Store(nil) // also where the coroutine's Goexit passes through
	co.resume()
}

// stop unwinds every coroutine, the youngest first, on a goroutine of its own: one that ends
// by Goexit takes that goroutine with it, and not the room's turn.
func (l *loop) stop() {
	l.stopping = true
	for l.count > 0 {
		done := make(chan struct{})
		go func() {
			defer close(done)
			for l.count > 0 {
				co := l.youngest
				co.stop()
				l.step(co) // to its end: nothing parks any more
			}
		}()
		<-done
	}
	l.ready, l.events = fifo[*Co]{}, fifo[Event]{}
	l.timers.Clear()
	l.recvs, l.asked = fifo[*receiver[Event]]{}, nil
}
