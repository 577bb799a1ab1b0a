package server

import (
	"log/slog"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"time"
)

// The memory budget: near it, nobody new is let in and no room is brought to life, and whoever
// is there goes on.

const (
	budgetFull  = 0.85 // of the limit: from here on it is near
	budgetSpare = 0.75 // and until it is less than this

	// recheck is how often an engine near its budget collects to see whether it still is: where
	// little happens, no collection comes by itself.
	recheck = 5 * time.Second
)

// budget looks, after each collection, at what has survived it: memory that the next one will
// not give back. It has a timer only while that is too much.
type budget struct {
	// Static after newBudget
	limit uint64
	log   *slog.Logger
	used  func() uint64

	over atomic.Bool

	// Guarded by mu
	mu     sync.Mutex
	again  *time.Timer
	closed bool
}

// newBudget watches over limit bytes of Go's memory; 0: over nothing.
func newBudget(limit int64, log *slog.Logger) *budget {
	b := &budget{limit: uint64(max(limit, 0)), log: log, used: survived}
	if b.limit > 0 {
		b.watch()
	}
	return b
}

// full reports that the limit is near. From anywhere.
func (b *budget) full() bool { return b.over.Load() }

// survived is what the last collection has left, in bytes, with what is not on the heap.
func survived() uint64 {
	s := []metrics.Sample{
		{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"},
		{Name: "/memory/classes/heap/free:bytes"}, {Name: "/memory/classes/heap/released:bytes"},
	}
	metrics.Read(s)
	live, other := s[0].Value.Uint64(), s[1].Value.Uint64()
	for _, heap := range s[2:] {
		other -= min(other, heap.Value.Uint64())
	}
	return live + other
}

// watch has checked called after the next collection: its sentinel does not live that long.
func (b *budget) watch() {
	sentinel := new([16]byte)
	runtime.AddCleanup(sentinel, (*budget).collected, b)
}

func (b *budget) collected() {
	b.mu.Lock()
	closed := b.closed
	b.mu.Unlock()
	if !closed {
		b.watch()
		b.check()
	}
}

// check compares. Between the two marks it stays as it is.
func (b *budget) check() {
	used := b.used()
	b.mu.Lock()
	defer b.mu.Unlock()
	switch share := float64(used) / float64(b.limit); {
	case b.closed:
	case share >= budgetFull && !b.over.Swap(true):
		b.log.Warn("memory is short: new connections and rooms are refused", "used", used, "limit", b.limit)
		b.again = time.AfterFunc(recheck, b.collect)
	case share < budgetSpare && b.over.Swap(false):
		b.log.Info("memory is no longer short", "used", used, "limit", b.limit)
		b.again.Stop()
	}
}

// collect finds out whether the budget is still full.
func (b *budget) collect() {
	debug.FreeOSMemory() // its cleanup, and check, come after it
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over.Load() && !b.closed {
		b.again.Reset(recheck)
	}
}

func (b *budget) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	if b.again != nil {
		b.again.Stop()
	}
}
