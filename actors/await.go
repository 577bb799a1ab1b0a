package actors

import (
	"context"
	"fmt"
	"runtime/debug"
)

// Await runs f, which may block, on a goroutine of its own (Options.Go), and parks co until it is done. Its
// context is cancelled when the coroutine is stopped: Await returns ErrStopped then, and what f
// still returns is dropped; System.Close waits for it. A panic in f, and runtime.Goexit, are
// returned as an error. f must touch neither the room nor what its coroutines share.
func Await[T any](co *Co, f func(context.Context) (T, error)) (v T, err error) {
	if err := co.ready(); err != nil {
		return v, err
	}
	w, room, ctx := co.waiter(0), co.Room(), co.Context()
	var answer T
	var failed error
	room.sys.running.Add(1)
	room.sys.options.Go(func() {
		defer room.sys.running.Done()
		shielded(ctx, f, func(got T, err error) {
			room.box.force(roomLetter{op: opCall, call: func() {
				if w.co.loop.wake(w) {
					answer, failed = got, err
				}
			}})
		})
	})
	if _, err := co.park(); err != nil {
		return v, err
	}
	return answer, failed
}

// shielded calls done with what f returns, or with how else it has ended.
func shielded[T any](ctx context.Context, f func(context.Context) (T, error), done func(T, error)) {
	var v T
	err := error(nil)
	returned := false
	defer func() {
		p := recover()
		switch {
		case p != nil:
			err = fmt.Errorf("Await: panic: %v\n%s", p, debug.Stack())
		case !returned:
			err = fmt.Errorf("Await: runtime.Goexit\n%s", debug.Stack())
		}
		done(v, err)
	}()
	v, err = f(ctx)
	returned = true
}
