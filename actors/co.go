package actors

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"runtime/debug"
	"time"
)

// Errors of blocking calls in a coroutine.
var (
	// ErrStopped: the coroutine was cancelled, or its room has ended. A coroutine should
	// return it; the next blocking call after it unwinds the coroutine.
	ErrStopped = errors.New("the coroutine was stopped")
	// ErrTimeout: nothing came in time.
	ErrTimeout = errors.New("timed out")
	// ErrChannelClosed: the channel was closed, and, for a receiver, is empty.
	ErrChannelClosed = errors.New("the channel is closed")
)

// Co is a coroutine of a room: sequential code that may block without blocking a thread. The
// coroutines of a room run one at a time, in turn with everything else that the room does, so
// they share the room's state, and each other's, without locks.
//
// A Co belongs to its own coroutine: its methods, and whatever takes a Co, may be called there
// and nowhere else. Where that can be noticed, it panics.
type Co struct {
	// Static after start
	loop   *loop
	room   *Room
	f      func(*Co) error
	resume func() (struct{}, bool)
	unpull func()
	ctx    context.Context
	cancel context.CancelFunc

	// Owned by the room's turn
	yield    func(struct{}) bool
	wakeup   uint64 // parks so far: a wake for an earlier one is stale
	fired    int    // what ended the last park
	queued   bool   // in loop.ready
	stopping bool
	unwinds  int // blocking calls after the stop
	done     bool
	defers   []func()
	waiters  []waiter // who waits for the end
	err      error
}

// unwind is the panic that ends a stopped coroutine.
type unwind struct{}

// maxUnwinds is how often a stopped coroutine may recover from being unwound before its
// goroutine is ended.
const maxUnwinds = 100

// Room is the room that the coroutine belongs to.
func (co *Co) Room() *Room { return co.room }

// Context is cancelled when the coroutine ends or is stopped.
func (co *Co) Context() context.Context { return co.ctx }

// Defer has f run when the coroutine ends, however it ends; the last one first.
func (co *Co) Defer(f func()) { co.defers = append(co.defers, f) }

// Sleep parks the coroutine for d.
func (co *Co) Sleep(d time.Duration) error {
	_, err := Select(co, After(d))
	return err
}

// Yield lets the room's other coroutines, and the room, have their turn.
func (co *Co) Yield() error {
	co.loop.wake(co.waiter(0))
	_, err := co.park()
	return err
}

// Go starts another coroutine of the room. It first runs when this one blocks. What it returns
// is kept for Wait; a panic ends the room.
func (co *Co) Go(f func(*Co) error) *Coroutine {
	return &Coroutine{co.loop.start(co.ctx, f)}
}

// Coroutine is a handle on a coroutine that Go started.
type Coroutine struct{ co *Co }

// Cancel stops the coroutine: the blocking call that it is in, or makes next, returns
// ErrStopped, and the one after that unwinds it.
func (c *Coroutine) Cancel() { c.co.stop() }

// Wait parks co until the coroutine has ended, and returns its error.
func (c *Coroutine) Wait(co *Co) error {
	if !c.co.done {
		c.co.waiters = append(c.co.waiters, co.waiter(0))
		if _, err := co.park(); err != nil {
			return err
		}
	}
	return c.co.err
}

// start makes a coroutine that is ready to run.
func (l *loop) start(parent context.Context, f func(*Co) error) *Co {
	co := &Co{loop: l, room: l.room, f: f}
	co.ctx, co.cancel = context.WithCancel(parent)
	co.resume, co.unpull = iter.Pull(co.run)
	co.stopping = l.ctx.Err() != nil
	l.all[co] = struct{}{}
	l.wake(co.waiter(0))
	return co
}

// run is the coroutine's body, on its own stack.
func (co *Co) run(yield func(struct{}) bool) {
	co.yield = yield
	returned := false
	defer func() {
		// Here, and not in resume's caller, because there the culprit's frames are gone.
		v := recover()
		if _, ok := v.(unwind); ok || v == nil && returned {
			v = nil
		} else if v == nil {
			co.loop.fail("runtime.Goexit in a behaviour", debug.Stack())
		} else {
			co.loop.fail(v, debug.Stack())
		}
		co.end()
	}()
	if !co.stopping {
		co.err = co.f(co)
	}
	returned = true
}

// end runs what was deferred and tells who waits.
func (co *Co) end() {
	co.cancel()
	for len(co.defers) > 0 {
		f := co.defers[len(co.defers)-1]
		co.defers = co.defers[:len(co.defers)-1]
		co.deferred(f)
	}
	co.done = true
	if co.stopping && co.err == nil {
		co.err = ErrStopped
	}
	delete(co.loop.all, co)
	for _, w := range co.waiters {
		co.loop.wake(w)
	}
	co.waiters = nil
}

func (co *Co) deferred(f func()) {
	defer func() {
		if v := recover(); v != nil {
			if _, ok := v.(unwind); !ok {
				co.loop.fail(v, debug.Stack())
			}
		}
	}()
	f()
}

// stop has the coroutine's blocking calls fail.
func (co *Co) stop() {
	if co.done || co.stopping {
		return
	}
	co.stopping = true
	co.cancel()
	co.loop.wake(co.waiter(0))
}

// park hands the room back until a waiter of this park is woken, and returns which one. What
// it registered elsewhere, the caller takes back.
func (co *Co) park() (fired int, err error) {
	if co.loop.running != co {
		panic("actors: a Co was used outside of its own coroutine")
	}
	if co.stopping {
		return 0, co.stopped()
	}
	co.yield(struct{}{})
	co.wakeup++
	if co.stopping {
		return 0, co.stopped()
	}
	return co.fired, nil
}

// stopped is the answer of every blocking call after a stop: an error for the first, so that
// the coroutine can end in good order, and the end of it for those that did not listen.
func (co *Co) stopped() error {
	co.unwinds++
	switch {
	case co.unwinds == 1:
		return ErrStopped
	case co.unwinds > maxUnwinds:
		runtime.Goexit()
	}
	panic(unwind{})
}

// waiter is a claim to be woken from one park, as one of several that wait at once.
type waiter struct {
	co     *Co
	wakeup uint64
	fired  int
}

func (co *Co) waiter(fired int) waiter { return waiter{co, co.wakeup, fired} }

// stale tells whether the park that w belongs to is over, or about to be.
func (w waiter) stale() bool { return w.co.done || w.co.wakeup != w.wakeup || w.co.queued }
