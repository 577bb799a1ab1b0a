package actors

import (
	"sync"
	"time"
)

// retryHeld is when those who wait for the lease look again whether it is good.
const retryHeld = 20 * time.Millisecond

// standstill are the rooms that have something to do and may not, because the lease is in doubt. One
// alarm looks after all of them, however long that takes.
type standstill struct {
	// Guarded by mu
	mu    sync.Mutex
	rooms map[*Room]struct{}
	alarm Alarm
}

// standStill has r woken when the lease is good again.
func (n *node) standStill(r *Room) {
	w := &n.still
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.rooms == nil {
		w.rooms = make(map[*Room]struct{})
		if w.alarm == nil {
			w.alarm = n.sys.afterFunc(retryHeld, n.lookHeld)
		} else {
			w.alarm.Reset(retryHeld)
		}
	}
	w.rooms[r] = struct{}{}
}

// lookHeld wakes the rooms if the lease is good. Where it is lost they are not to go on: lose wakes them.
func (n *node) lookHeld() {
	w := &n.still
	w.mu.Lock()
	var wake map[*Room]struct{}
	if n.Held() || n.number.Load() == 0 {
		wake, w.rooms = w.rooms, nil
	} else {
		w.alarm.Reset(retryHeld)
	}
	w.mu.Unlock()
	for r := range wake {
		r.box.nudge()
	}
}
