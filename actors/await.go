package actors

import (
	"context"
	"fmt"
	"runtime/debug"
)

// Await runs f, which may block, on a goroutine of its own, and parks co until it is done. Its
// context is cancelled when the coroutine is stopped: what f still returns then is dropped. A
// panic in f is returned as an error. f must not touch the room or its coroutines' state.
func Await[T any](co *Co, f func(context.Context) (T, error)) (T, error) {
	var (
		v   T
		err error
	)
	w := co.waiter(0)
	room, ctx := co.room, co.ctx
	room.sys.running.Add(1)
	go func() {
		defer room.sys.running.Done()
		got, failed := shielded(ctx, f)
		room.box.force(roomLetter{op: opCall, call: func() {
			if co.loop.wake(w) {
				v, err = got, failed
			}
		}})
	}()
	if _, stopped := co.park(); stopped != nil {
		var zero T
		return zero, stopped
	}
	return v, err
}

func shielded[T any](ctx context.Context, f func(context.Context) (T, error)) (v T, err error) {
	returned := false
	defer func() {
		if !returned {
			err = fmt.Errorf("Await: panic: %v\n%s", recover(), debug.Stack())
		}
	}()
	v, err = f(ctx)
	returned = true
	return v, err
}
