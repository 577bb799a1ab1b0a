package actors

import (
	"bytes"
	"fmt"
	"runtime"
	"time"
)

// watchdog reports a coroutine that holds its room's turn for too long: it cannot be ended
// from outside, but its operator can be told where it hangs. Other rooms and all connections
// run on meanwhile.
type watchdog struct {
	loop  *loop
	timer *time.Timer
}

// watch starts the clock for one step of co.
func (w *watchdog) watch(co *Co) {
	limit := co.room.sys.options.Watchdog
	if limit < 0 {
		return
	}
	room, name := co.room, w.loop.name
	w.timer = time.AfterFunc(limit, func() {
		room.sys.counters.stuck.Add(1)
		room.sys.log.Error("a behaviour does not yield", "room", room.key.name, "behavior", name,
			"for", limit, "stack", stackOf(co))
	})
}

func (w *watchdog) rest() {
	if w.timer != nil {
		w.timer.Stop()
	}
}

// stackOf finds the stack of a running coroutine among those of all goroutines: it is the one
// with co's own run in it.
func stackOf(co *Co) string {
	buf := make([]byte, 1<<20)
	for {
		n := runtime.Stack(buf, true)
		if n < len(buf) || len(buf) >= 64<<20 {
			buf = buf[:n]
			break
		}
		buf = make([]byte, 2*len(buf))
	}
	frame := fmt.Appendf(nil, "(*Co).run(%p", co)
	for stack := range bytes.SplitSeq(buf, []byte("\n\n")) {
		if bytes.Contains(stack, frame) {
			return string(stack)
		}
	}
	return "not found"
}
