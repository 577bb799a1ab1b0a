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
	// ErrCanceled is what Wait returns of a coroutine that was stopped before it was done.
	ErrCanceled = errors.New("the coroutine was cancelled")
	// ErrTimeout: nothing came in time.
	ErrTimeout = errors.New("timed out")
	// ErrChannelClosed: the channel was closed, and, for a receiver, is empty.
	ErrChannelClosed = errors.New("the channel is closed")
)

// Co is a coroutine of a room: sequential code that may block without blocking a thread. The
// coroutines of a room run one at a time, in turn with everything else that the room does, so
// they share the room's state, and each other's, without locks. One that does not block for
// long holds up its room, and only its room: work that blocks belongs into Await.
//
// A Co belongs to its own coroutine: its methods, and whatever takes a Co, may be called there
// and nowhere else, and panic where a wrong caller can be noticed (another coroutine, a hook,
// a goroutine while the coroutine is parked). A goroutine that uses a Co while its coroutine
// runs cannot be noticed, except by the race detector.
//
// A coroutine must not block while it holds its thread (runtime.LockOSThread): the Go runtime
// ends the process.
type Co struct {
	// Static after start
	loop   *loop
	f      func(*Co) error
	resume func() (struct{}, bool)

	// Owned by the room's turn
	yield    func(struct{}) bool
	parks    uint64 // so far: a wake for an earlier one is stale
	fired    int    // what ended the last park
	queued   bool   // in loop.ready
	stopping bool
	returned bool
	done     bool
	stops    int // blocking calls that were answered by the stop
	older    *Co // in loop's list
	younger  *Co
	ctx      context.Context // nil: nobody has asked for it
	cancel   context.CancelFunc
	defers   []func()
	waiters  []waiter // who waits for the end
	err      error
}

// unwind is the panic that ends a stopped coroutine.
type unwind struct{}

// maxStops is how often a stopped coroutine may go on blocking, by recovering from the panic
// that unwinds it, before its goroutine is ended.
const maxStops = 100

// byStop is what ends the park of a coroutine that is stopped.
const byStop = -1

// Room is the room that the coroutine belongs to.
func (co *Co) Room() *Room { return co.loop.room }

// Context is cancelled when the coroutine has ended or is stopped.
func (co *Co) Context() context.Context {
	co.here()
	if co.ctx == nil {
		co.ctx, co.cancel = context.WithCancel(context.Background())
		if co.stopping {
			co.cancel()
		}
	}
	return co.ctx
}

// Defer has f run when the coroutine ends, however it ends; the last one first. A panic in f
// ends the room, and the others still run.
func (co *Co) Defer(f func()) {
	co.here()
	co.defers = append(co.defers, f)
}

// Sleep parks the coroutine for d.
func (co *Co) Sleep(d time.Duration) error {
	_, err := Select(co, After(d))
	return err
}

// Yield lets the room's other coroutines have their turn.
func (co *Co) Yield() error {
	if err := co.ready(); err != nil {
		return err
	}
	co.loop.wake(co.waiter(0))
	_, err := co.park()
	return err
}

// Go starts another coroutine of the room. It first runs when this one blocks, and lives on
// when this one ends. What it returns is kept for Wait; a panic ends the room.
func (co *Co) Go(f func(*Co) error) *Coroutine {
	co.here()
	return &Coroutine{co.loop.start(f)}
}

// Coroutine is a handle on a coroutine that was started by Go. It may be used in its room's
// turn: from the room's coroutines and hooks.
type Coroutine struct{ co *Co }

// Cancel stops the coroutine: the blocking call that it is in, or makes next, returns
// ErrStopped, and the one after that unwinds it. One that has not begun will not. Cancel does
// not wait for the end.
func (c *Coroutine) Cancel() { c.co.stop() }

// Wait parks co until the coroutine has ended, and returns its error: ErrCanceled where it was
// stopped before it was done.
func (c *Coroutine) Wait(co *Co) error {
	if err := co.ready(); err != nil {
		return err
	}
	if !c.co.done {
		w := co.waiter(0)
		c.co.waiters = append(c.co.waiters, w)
		if _, err := co.park(); err != nil {
			c.co.waiters = without(c.co.waiters, w)
			return err
		}
	}
	return c.co.err
}

// start makes a coroutine that is ready to run.
func (l *loop) start(f func(*Co) error) *Co {
	if l.count >= maxRoomCos {
		panic("actors: more than 65,536 coroutines in a room")
	}
	co := &Co{loop: l, f: f, stopping: l.stopping}
	co.resume, _ = iter.Pull(co.run)
	l.enlist(co)
	l.wake(co.waiter(0))
	return co
}

// run is the coroutine's body, on its own stack.
func (co *Co) run(yield func(struct{}) bool) {
	co.yield = yield
	defer co.finish()
	defer func() {
		// Here, and not around resume, because there the culprit's frames are gone.
		co.caught(recover(), co.returned)
		co.runDeferred()
	}()
	if co.stopping {
		co.err = ErrStopped
	} else {
		co.err = co.f(co)
	}
	co.returned = true
}

// caught deals with how a function of the coroutine has ended.
func (co *Co) caught(v any, returned bool) {
	switch v.(type) {
	case unwind:
	case nil:
		switch {
		case returned:
		case co.stops > maxStops:
			co.loop.fail("a stopped coroutine went on", debug.Stack())
		default:
			co.loop.fail("runtime.Goexit in a coroutine", debug.Stack())
		}
	default:
		co.loop.fail(v, debug.Stack())
	}
}

func (co *Co) runDeferred() {
	for n := len(co.defers); n > 0; n = len(co.defers) {
		f := co.defers[n-1]
		co.defers = co.defers[:n-1]
		co.deferred(f)
	}
}

func (co *Co) deferred(f func()) {
	returned := false
	defer func() {
		co.caught(recover(), returned)
		if !returned {
			co.runDeferred() // in a Goexit nothing comes after this
		}
	}()
	f()
	returned = true
}

// finish tells who waits for the end.
func (co *Co) finish() {
	co.done = true
	if co.cancel != nil {
		co.cancel()
	}
	if !co.returned || co.stopping && errors.Is(co.err, ErrStopped) {
		co.err = ErrCanceled
	}
	co.loop.strike(co)
	for _, w := range co.waiters {
		co.loop.wake(w)
	}
	co.waiters, co.defers, co.f = nil, nil, nil
}

// stop has the coroutine's blocking calls fail. What it was already woken for, it still gets.
func (co *Co) stop() {
	if co.done || co.stopping {
		return
	}
	co.stopping = true
	if co.cancel != nil {
		co.cancel()
	}
	if co.loop.running.Load() != co {
		co.loop.wake(co.waiter(byStop))
	}
}

// here panics where it is noticed that the caller is not the coroutine itself.
func (co *Co) here() {
	if co.loop.running.Load() != co {
		panic("actors: a Co was used outside of its own coroutine")
	}
}

// ready begins a blocking call.
func (co *Co) ready() error {
	co.here()
	if co.stopping {
		return co.stopped()
	}
	return nil
}

// park hands the room back until a waiter of this park is woken, and returns which one. What
// it registered elsewhere, the caller takes back.
func (co *Co) park() (fired int, err error) {
	co.yield(struct{}{})
	co.parks++
	if co.fired == byStop {
		return byStop, co.stopped()
	}
	return co.fired, nil
}

// stopped is the answer of every blocking call after a stop: an error for the first, so that
// the coroutine can end in good order, and the end of it for those that did not listen.
func (co *Co) stopped() error {
	co.stops++
	switch {
	case co.stops == 1:
		return ErrStopped
	case co.stops > maxStops:
		runtime.Goexit()
	}
	panic(unwind{})
}

// waiter is a claim to be woken from one park, as one of several that wait at once.
type waiter struct {
	co    *Co
	park  uint64
	fired int
}

func (co *Co) waiter(fired int) waiter { return waiter{co, co.parks, fired} }

// stale tells whether the park that w belongs to is over, or about to be.
func (w waiter) stale() bool { return w.co.done || w.co.parks != w.park || w.co.queued }
