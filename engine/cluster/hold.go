package cluster

import (
	"sync"
	"sync/atomic"
	"time"
)

// hold is until when the lease is good, by two clocks: the monotonic one, which nobody sets, and the wall clock, which
// goes on while the machine sleeps or is suspended, as the monotonic one of Linux does not. It ends with the first of the two. Where
// the wall clock is set forward by more than the lease, that costs a pause until the next renewal.
type hold struct {
	base time.Time // static: what monotonic counts from

	monotonic atomic.Int64 // ns since base; 0: the lease is not good
	wall      atomic.Int64 // ns since 1970

	// Guarded by mu
	mu     sync.Mutex
	breaks uint64 // how often it was ended; what was asked for before that renews nothing
}

func newHold() hold { return hold{base: time.Now()} }

// good tells whether the lease is good at that moment.
func (h *hold) good(now time.Time) bool { return h.covers(now.Sub(h.base), now.UnixNano()) }

func (h *hold) covers(elapsed time.Duration, wall int64) bool {
	return int64(elapsed) < h.monotonic.Load() && wall < h.wall.Load()
}

// since is to be taken before a renewal is asked for.
func (h *hold) since() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.breaks
}

// renew makes the lease good for d from when that was asked for. It is false where the hold was ended since.
func (h *hold) renew(asked time.Time, d time.Duration, since uint64) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.breaks != since {
		return false
	}
	h.wall.Store(asked.UnixNano() + int64(d))
	h.monotonic.Store(int64(asked.Sub(h.base) + d))
	return true
}

// end makes the lease one that is not good.
func (h *hold) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.breaks++
	h.monotonic.Store(0)
}
