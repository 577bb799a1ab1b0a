package actors

import (
	"bytes"
	"context"
	"fmt"
	"runtime/pprof"
	"time"
)

// watchdog reports a turn of a room with a behaviour that takes too long. Its code cannot be
// ended from outside, but people can be told where it hangs. Other rooms and all connections
// run on meanwhile.
type watchdog struct {
	// Static after construction
	room   *Room
	labels context.Context // of the goroutines that run the room

	// Owned by the room's turn
	timer *time.Timer // nil: not yet needed
}

func newWatchdog(r *Room, b *namedBehavior) *watchdog {
	labels := pprof.Labels("room", r.box.pid.ID, "behavior", b.pattern)
	return &watchdog{room: r, labels: pprof.WithLabels(context.Background(), labels)}
}

// watch begins a turn: on this goroutine, and on the coroutines that it starts.
func (w *watchdog) watch() {
	pprof.SetGoroutineLabels(w.labels)
	limit := w.room.sys.options.Watchdog
	switch {
	case limit < 0:
	case w.timer == nil:
		w.timer = time.AfterFunc(limit, w.bark)
	default:
		w.timer.Reset(limit)
	}
}

// rest ends it.
func (w *watchdog) rest() {
	if w.timer != nil {
		w.timer.Stop()
	}
	pprof.SetGoroutineLabels(context.Background())
}

func (w *watchdog) bark() {
	r := w.room
	r.sys.counters.stuck.Add(1)
	r.sys.log.Error("a behaviour does not yield", "room", r.key.name, "behavior", r.behavior.pattern,
		"for", r.sys.options.Watchdog, "stack", stackOf(r.box.pid.ID))
}

// stackOf finds what a room is doing in the profile of all goroutines, by the label that they
// have. Unlike runtime.Stack, the profile does not stop the world while it is taken, however
// many goroutines there are.
func stackOf(room string) string {
	var profile bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&profile, 1); err != nil {
		return err.Error()
	}
	label := fmt.Appendf(nil, `"room":%q`, room)
	turn := []byte("not found: it has ended meanwhile")
	for stack := range bytes.SplitSeq(profile.Bytes(), []byte("\n\n")) {
		switch {
		case !bytes.Contains(stack, label) || bytes.Contains(stack, []byte("actors.(*Co).park+")):
		case bytes.Contains(stack, []byte("actors.(*Co).run+")):
			return string(stack) // the coroutine that is not parked
		case bytes.Contains(stack, []byte("actors.(*Room).Run+")):
			turn = stack // a hook, if it is no coroutine
		}
	}
	return string(turn)
}
