package actors

import (
	"time"

	"github.com/parley-signaling/parley/actors/internal/due"
)

// timers are what is due at a time in one room. The zero timers are empty.
type timers struct{ due.Queue[func()] }

// timer is something due at a time.
type timer = due.Item[func()]

// expire fires what is due, in the room's turn.
func (ts *timers) expire(now time.Time) {
	for t := ts.Pop(now); t != nil; t = ts.Pop(now) {
		t.What()
	}
}
