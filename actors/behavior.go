package actors

import (
	"errors"
	"fmt"
	"path"
)

// Behavior is sequential code that a room runs besides what every room does. It starts as the
// room comes to life, before anybody is in, and is stopped when the last member has gone: its
// blocking calls return ErrStopped, which it should return.
//
// A behaviour that returns nil leaves a plain room behind (its hooks and its coroutines stay);
// any other error, and a panic, ends the room: its members are told (bye, code 1011).
type Behavior func(co *Co, room *Room) error

type namedBehavior struct {
	pattern string
	run     Behavior
	hooks   Hooks
}

// Behavior has rooms of the native protocol whose name matches the pattern (as path.Match
// does: "lobby", "quiz-*") run b; of several patterns the first to match counts. Rooms that
// are already there stay as they are. The error is that of a bad pattern.
//
// Such rooms run on the system's own Scheduler and never on a connection's, so that code that
// does not yield holds up its own room only.
func (s *System) Behavior(pattern string, b Behavior) error {
	return s.behave(&namedBehavior{pattern: pattern, run: b})
}

// Intercept is Behavior for those who only want a callback.
func (s *System) Intercept(pattern string, h Hooks) error {
	return s.behave(&namedBehavior{pattern: pattern, hooks: h})
}

func (s *System) behave(b *namedBehavior) error {
	if _, err := path.Match(b.pattern, ""); err != nil {
		return fmt.Errorf("pattern %q: %w", b.pattern, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.behaviors = append(s.behaviors, b)
	return nil
}

// behaviorOf finds the behaviour of a new room. Under mu.
func (s *System) behaviorOf(k roomKey) *namedBehavior {
	if k.namespace != "" {
		return nil
	}
	for _, b := range s.behaviors {
		if ok, _ := path.Match(b.pattern, k.name); ok {
			return b
		}
	}
	return nil
}

// behave starts the room's behaviour where it has one and it does not run yet.
func (r *Room) behave() {
	b := r.behavior
	if b == nil || r.loop != nil || r.stopping {
		return
	}
	r.hooks = b.hooks
	r.capacity = r.sys.options.RoomCapacity
	r.loop = newLoop(r, b.pattern)
	if b.run == nil {
		return
	}
	r.loop.start(r.loop.ctx, func(co *Co) error {
		err := b.run(co, r)
		if err != nil && !errors.Is(err, ErrStopped) {
			panic(err)
		}
		return err
	})
	r.loop.run() // up to its first blocking call: its hooks are there for the first join
}

// stopLoop unwinds the room's coroutines.
func (r *Room) stopLoop() {
	l := r.loop
	if l == nil {
		return
	}
	defer func() {
		r.loop = nil
		if f := l.failure; f != nil {
			r.report(f.value, f.stack)
		}
	}()
	l.stop()
}
