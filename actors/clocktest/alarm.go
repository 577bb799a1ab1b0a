package clocktest

import (
	"time"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/internal/due"
)

// alarm is something to do at a time.
type alarm struct {
	clock *Clock // static
	f     func() // static

	// Guarded by the clock's mu
	set *due.Item[func()] // nil: never yet
}

// AfterFunc implements actors.Clock: f is called by Advance, once the clock has moved on by d.
// Where d is not positive it is called at once, on a goroutine of its own.
func (c *Clock) AfterFunc(d time.Duration, f func()) actors.Alarm {
	a := &alarm{clock: c, f: f}
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
	a.set = c.alarms.Add(c.now.Add(d), a.f)
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
	return a.set != nil && a.clock.alarms.Remove(a.set)
}
