package clocktest

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/internal/due"
)

// patience is how long, in real time, one step may take to settle.
const patience = 10 * time.Second

// Clock is a clock that a test moves, and the scheduler that goes with it. It is safe for
// concurrent use.
type Clock struct {
	patience time.Duration // static

	moving sync.Mutex // held by Advance

	// Guarded by mu
	mu     sync.Mutex
	now    time.Time
	alarms due.Queue[func()]
	busy   int           // turns and goroutines that run, or will
	calm   chan struct{} // closed when nothing is busy any more; nil: nobody waits for that
}

var (
	_ actors.Clock     = (*Clock)(nil)
	_ actors.Scheduler = (*Clock)(nil)
)

// New returns a clock that stands at midnight UTC 2000-01-01, as one of testing/synctest does.
func New() *Clock {
	return &Clock{patience: patience, now: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)}
}

// Options returns o for a system that lives by the clock: with its Clock, Scheduler and Go.
func (c *Clock) Options(o actors.Options) actors.Options {
	o.Clock, o.Scheduler, o.Go = c, c, c.Go
	return o
}

// Now is the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock on by d. It first settles; then, for each alarm that is due on the
// way, in the order of their times (of the same time: in the order in which they were set), it
// puts the clock at its time, lets it ring, and settles again; alarms that are set meanwhile
// take their place. At the end the clock stands d later than before. Advances wait for each
// other; a room must not call it. A negative d panics.
func (c *Clock) Advance(d time.Duration) {
	if d < 0 {
		panic(fmt.Sprintf("clocktest: Advance by %v: time does not go back", d))
	}
	c.moving.Lock()
	defer c.moving.Unlock()
	c.Settle()
	end := c.Now().Add(d)
	for f := c.next(end); f != nil; f = c.next(end) {
		f()
		c.Settle()
	}
}

// next puts the clock at the next alarm up to end, and returns what that does; where there is
// none, it puts the clock at end.
func (c *Clock) next(end time.Time) (ring func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := c.alarms.Pop(end)
	if a == nil {
		c.now = end
		return nil
	}
	c.now = a.At()
	return a.What
}

// Settle waits until nothing runs that the clock knows of (see the package's documentation). It
// panics, with the stacks of all goroutines, where that takes more than 10 s of real time: a
// behaviour does not yield, or an Await waits for something that does not come.
func (c *Clock) Settle() {
	calm := c.calmness()
	if calm == nil {
		return
	}
	late := time.NewTimer(c.patience)
	defer late.Stop()
	select {
	case <-calm:
	case <-late.C:
		stacks := make([]byte, 64<<10)
		stacks = stacks[:runtime.Stack(stacks, true)]
		panic(fmt.Sprintf("clocktest: not settled after %v\n\n%s", c.patience, stacks))
	}
}

// calmness is closed when nothing is busy; nil: nothing is.
func (c *Clock) calmness() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy == 0 {
		return nil
	}
	if c.calm == nil {
		c.calm = make(chan struct{})
	}
	return c.calm
}

// count adds n to what is busy.
func (c *Clock) count(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy += n
	if c.busy == 0 && c.calm != nil {
		close(c.calm)
		c.calm = nil
	}
}

// Schedule implements actors.Scheduler: every turn on a goroutine of its own.
func (c *Clock) Schedule(t actors.Task) { c.Go(t.Run) }

// Go calls f on a goroutine of its own, which Settle waits for.
func (c *Clock) Go(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.begin(f)
}

// begin is Go under mu.
func (c *Clock) begin(f func()) {
	c.busy++
	go func() {
		defer c.count(-1) // also in a Goexit
		f()
	}()
}

// Sleep waits until the clock has moved on by d, or ctx is done, whose error it returns then.
// It is for what Await was given, and goroutines that were started by Go: Advance does not
// wait for them meanwhile.
func (c *Clock) Sleep(ctx context.Context, d time.Duration) error {
	over := make(chan struct{})
	a := c.AfterFunc(d, func() {
		c.count(1) // on behalf of the sleeper, who is busy from now on
		close(over)
	})
	c.count(-1)
	select {
	case <-over:
		return nil
	case <-ctx.Done():
		if a.Stop() {
			c.count(1)
		} else {
			<-over // it has been counted
		}
		return ctx.Err()
	}
}
