package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"
)

// The garbage collector's pace, where GOGC does not set one.
//
// An engine that holds many idle connections should cost little memory, and one that is busy
// should not spend its time on collecting. So the target is low while collections are rare,
// and rises while they are not, as long as garbage takes no more than busyGarbage (or, where
// that is more, half of what lives).
const (
	idlePercent = 50 // of what lives: a third less memory of an idle connection than by Go's 100
	busyPercent = 400
	busyGarbage = 128 << 20 // bytes

	often  = 500 * time.Millisecond // collections that follow each other faster are too many
	seldom = time.Second            // without one for so long, the engine is no longer busy
)

// paceCollector sets the collector's target, now and after each collection, until the process ends.
func paceCollector() {
	if _, set := os.LookupEnv("GOGC"); set {
		return
	}
	debug.SetGCPercent(idlePercent)
	p := &pacer{percent: idlePercent, last: time.Now(), live: []metrics.Sample{{Name: "/gc/heap/live:bytes"}}}
	p.calm = time.AfterFunc(seldom, p.calmed)
	p.watch()
}

// pacer is told of each collection, and has a timer only while the target is raised.
type pacer struct {
	mu      sync.Mutex
	percent int
	last    time.Time // collection
	live    []metrics.Sample
	calm    *time.Timer
}

// watch has collected called after the next collection: its sentinel does not live that long.
func (p *pacer) watch() {
	sentinel := new([16]byte)
	runtime.AddCleanup(sentinel, (*pacer).collected, p)
}

func (p *pacer) collected() {
	p.watch()
	p.mu.Lock()
	defer p.mu.Unlock()
	metrics.Read(p.live)
	now := time.Now()
	p.set(nextPercent(p.percent, now.Sub(p.last), p.live[0].Value.Uint64()))
	p.last = now
}

// calmed lowers the target, and collects what the busy time has left behind: an engine that
// does little now would have it for minutes.
func (p *pacer) calmed() {
	p.mu.Lock()
	raised := p.percent > idlePercent
	p.set(idlePercent)
	p.mu.Unlock()
	if raised {
		debug.FreeOSMemory()
	}
}

// set is under mu.
func (p *pacer) set(percent int) {
	if percent > idlePercent {
		p.calm.Reset(seldom)
	}
	if percent != p.percent {
		p.percent = percent
		debug.SetGCPercent(percent)
	}
}

// nextPercent is the target after a collection that came so long after the one before, with a
// target of percent, and left so many bytes alive.
func nextPercent(percent int, after time.Duration, live uint64) int {
	if after < often {
		percent *= 2
	}
	most := min(busyPercent, 100*busyGarbage/max(live, 1))
	return max(idlePercent, min(percent, int(most)))
}
