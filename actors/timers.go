package actors

import (
	"container/heap"
	"time"
)

// timers are what is due at a time in one room. The zero timers are empty.
type timers struct {
	heap   timerHeap
	serial uint64
}

// timer is something due at a time.
type timer struct {
	at     time.Time
	serial uint64 // of those due at the same time, the one set first goes first
	fire   func()
	index  int // in the heap; -1: fired or stopped
}

// set has fire called in the room's turn, at that time.
func (ts *timers) set(at time.Time, fire func()) *timer {
	ts.serial++
	t := &timer{at: at, serial: ts.serial, fire: fire}
	heap.Push(&ts.heap, t)
	return t
}

// cancel is false where t has fired or was cancelled.
func (ts *timers) cancel(t *timer) bool {
	if t.index < 0 {
		return false
	}
	heap.Remove(&ts.heap, t.index)
	return true
}

// expire fires what is due.
func (ts *timers) expire(now time.Time) {
	for len(ts.heap) > 0 && !ts.heap[0].at.After(now) {
		heap.Pop(&ts.heap).(*timer).fire()
	}
}

// clear cancels all.
func (ts *timers) clear() {
	for _, t := range ts.heap {
		t.index = -1
	}
	ts.heap = nil
}

// due is when the next one fires; zero: none does.
func (ts *timers) due() time.Time {
	if len(ts.heap) == 0 {
		return time.Time{}
	}
	return ts.heap[0].at
}

// timerHeap is for container/heap.
type timerHeap []*timer

func (h timerHeap) Len() int { return len(h) }
func (h timerHeap) Less(i, j int) bool {
	if h[i].at.Equal(h[j].at) {
		return h[i].serial < h[j].serial
	}
	return h[i].at.Before(h[j].at)
}
func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}
func (h *timerHeap) Push(x any) {
	t := x.(*timer)
	t.index = len(*h)
	*h = append(*h, t)
}
func (h *timerHeap) Pop() any {
	last := len(*h) - 1
	t := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	t.index = -1
	return t
}
