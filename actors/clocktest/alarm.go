package clocktest

import (
	"container/heap"
	"time"

	"github.com/parley-signaling/parley/actors"
)

// alarm is something to do at a time.
type alarm struct {
	clock *Clock // static
	f     func() // static

	// Guarded by the clock's mu
	at     time.Time
	serial uint64 // of those due at the same time, the one set first goes first
	index  int    // in the heap; -1: it is not set
}

// AfterFunc implements actors.Clock: f is called by Advance, once the clock has moved on by d.
// Where d is not positive it is called at once, on a goroutine of its own.
func (c *Clock) AfterFunc(d time.Duration, f func()) actors.Alarm {
	a := &alarm{clock: c, f: f, index: -1}
	a.Reset(d)
	return a
}

// Reset implements actors.Alarm.
func (a *alarm) Reset(d time.Duration) bool {
	c := a.clock
	c.mu.Lock()
	defer c.mu.Unlock()
	was := a.stop()
	if d <= 0 {
		c.begin(a.f)
		return was
	}
	c.serial++
	a.at, a.serial = c.now.Add(d), c.serial
	heap.Push(&c.alarms, a)
	return was
}

// Stop implements actors.Alarm.
func (a *alarm) Stop() bool {
	a.clock.mu.Lock()
	defer a.clock.mu.Unlock()
	return a.stop()
}

// stop is under the clock's mu.
func (a *alarm) stop() bool {
	if a.index < 0 {
		return false
	}
	heap.Remove(&a.clock.alarms, a.index)
	return true
}

// alarms are for container/heap: the next to ring first.
type alarms []*alarm

func (h alarms) Len() int { return len(h) }
func (h alarms) Less(i, j int) bool {
	if h[i].at.Equal(h[j].at) {
		return h[i].serial < h[j].serial
	}
	return h[i].at.Before(h[j].at)
}
func (h alarms) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}
func (h *alarms) Push(x any) {
	a := x.(*alarm)
	a.index = len(*h)
	*h = append(*h, a)
}
func (h *alarms) Pop() any {
	last := len(*h) - 1
	a := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	a.index = -1
	return a
}
