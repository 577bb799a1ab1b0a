package actors

import (
	"container/heap"
	"context"
	"fmt"
	"time"
)

// Bounds of a room's coroutines.
const (
	turnSwitches = 256      // coroutines resumed in one turn of the room
	maxRoomCos   = 64 << 10 // coroutines of one room
	maxEvents    = 1024     // events that wait for a Recv; beyond, the oldest is dropped
)

// loop runs the coroutines of a room, within the room's turns. Owned by the room's turn.
type loop struct {
	room    *Room
	name    string // of the behaviour, for people
	ctx     context.Context
	cancel  context.CancelFunc
	all     map[*Co]struct{}
	ready   []*Co
	running *Co
	timers  timers
	events  []Event
	recvs   []*receiver[Event] // coroutines in a Recv
	asked   []*question        // Requests that wait for their reply
	dropped uint64
	failure *failure // what a coroutine panicked with
	dog     watchdog
}

// failure is a panic in a coroutine, with the stack it happened on.
type failure struct {
	value any
	stack []byte
}

func newLoop(r *Room, name string) *loop {
	l := &loop{room: r, name: name, all: make(map[*Co]struct{})}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	l.dog.loop = l
	return l
}

func (l *loop) fail(v any, stack []byte) {
	if l.failure == nil {
		l.failure = &failure{v, stack}
	}
}

// wake makes a parked coroutine ready to run, unless what w waited for is over.
func (l *loop) wake(w waiter) bool {
	if w.stale() {
		return false
	}
	w.co.fired = w.fired
	w.co.queued = true
	l.ready = append(l.ready, w.co)
	return true
}

// run resumes what is ready, up to a turn's worth. It panics with the failure of a coroutine,
// so that the room's own supervision deals with it.
func (l *loop) run() {
	l.expire()
	for n := 0; len(l.ready) > 0 && n < turnSwitches; n++ {
		co := l.ready[0]
		l.ready = l.ready[:copy(l.ready, l.ready[1:])]
		l.step(co)
		if l.failure != nil {
			panic(l.failure)
		}
	}
}

// step runs co until it parks or ends.
func (l *loop) step(co *Co) {
	co.queued = false
	if co.done {
		return
	}
	l.dog.watch(co)
	l.running = co
	defer func() { // also where the coroutine's Goexit passes through
		l.running = nil
		l.dog.rest()
	}()
	co.resume()
}

// expire fires the timers that are due.
func (l *loop) expire() {
	for len(l.timers) > 0 && !l.timers[0].at.After(l.room.now) {
		t := heap.Pop(&l.timers).(*timer)
		t.fire()
	}
}

// due is when the next timer fires; zero: none does.
func (l *loop) due() time.Time {
	if len(l.timers) == 0 {
		return time.Time{}
	}
	return l.timers[0].at
}

// stop unwinds every coroutine.
func (l *loop) stop() {
	defer func() {
		if len(l.all) > 0 { // one took the goroutine down with it: go on with the others
			l.stop()
		}
	}()
	l.cancel()
	for len(l.all) > 0 {
		for co := range l.all {
			co.stopping = true
			co.cancel()
			// A coroutine that has been told, and parks again, is unwound; see Co.stopped.
			for !co.done {
				l.step(co)
			}
		}
	}
	l.ready, l.timers, l.events, l.recvs, l.asked = nil, nil, nil, nil, nil
}

func (f *failure) String() string { return fmt.Sprintf("%v", f.value) }

// timer is something due at a time.
type timer struct {
	at    time.Time
	fire  func()
	index int // in the heap; -1: fired or stopped
}

// after has f called in the room's turn, d from now.
func (l *loop) after(d time.Duration, f func()) *timer {
	t := &timer{at: time.Now().Add(d), fire: f}
	heap.Push(&l.timers, t)
	return t
}

func (l *loop) cancelTimer(t *timer) {
	if t.index >= 0 {
		heap.Remove(&l.timers, t.index)
	}
}

// timers is a heap, the earliest first.
type timers []*timer

func (ts timers) Len() int           { return len(ts) }
func (ts timers) Less(i, j int) bool { return ts[i].at.Before(ts[j].at) }
func (ts timers) Swap(i, j int) {
	ts[i], ts[j] = ts[j], ts[i]
	ts[i].index, ts[j].index = i, j
}
func (ts *timers) Push(x any) {
	t := x.(*timer)
	t.index = len(*ts)
	*ts = append(*ts, t)
}
func (ts *timers) Pop() any {
	old := *ts
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*ts = old[:len(old)-1]
	t.index = -1
	return t
}
