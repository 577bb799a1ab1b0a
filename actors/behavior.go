package actors

import (
	"errors"
	"fmt"
	"path"
)

// Behavior is sequential code that a room runs besides what every room does. It starts as the
// room comes to life, before anybody is in, and is stopped when the last member has gone: its
// blocking calls return ErrStopped, which it should return. What it does before its first
// blocking call, setting hooks above all, is done before the first join is looked at.
//
// A behaviour that returns nil leaves its room behind, with its hooks and the coroutines that
// it has started. Any other error, and a panic, ends the room: its members are told (bye,
// code 1011). runtime.Goexit (t.FailNow) is taken for a panic.
type Behavior func(co *Co, room *Room) error

type namedBehavior struct {
	namespace, pattern string

	run   Behavior            // nil: only hooks
	hooks func(r *Room) Hooks // nil: none
}

// Behavior has rooms of the native protocol whose name matches the pattern (as path.Match
// does: "lobby", "quiz-*"; * stops at a /) run b; of several patterns the first to match
// counts. Rooms that are already there stay as they are. The error is that of a bad pattern.
//
// Such rooms run on the system's own Scheduler and never on a connection's, so that code that
// does not yield holds up its own room only.
func (s *System) Behavior(pattern string, b Behavior) error {
	return s.behave(&namedBehavior{pattern: pattern, run: b})
}

// Intercept is Behavior for those who only want a callback: as a room comes to life, f returns
// its hooks, and may keep its state in what they close over.
func (s *System) Intercept(pattern string, f func(room *Room) Hooks) error {
	return s.behave(&namedBehavior{pattern: pattern, hooks: f})
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
	for _, b := range s.behaviors {
		if ok, _ := path.Match(b.pattern, k.name); ok && b.namespace == k.namespace {
			return b
		}
	}
	return nil
}

// behave starts the room's behaviour, if it has one.
func (r *Room) behave() {
	b := r.behavior
	if b == nil || r.stopping {
		return
	}
	r.prepare()
	r.start()
}

// prepare makes the room as it is without its behaviour's word.
func (r *Room) prepare() {
	r.hooks, r.capacity, r.kept = Hooks{}, r.sys.options.RoomCapacity, false
}

// start runs the behaviour.
func (r *Room) start() {
	b := r.behavior
	r.loop = &loop{room: r}
	if b.hooks != nil {
		r.hooks = b.hooks(r)
		return
	}
	r.loop.start(func(co *Co) error {
		err := b.run(co, r)
		if err != nil && !errors.Is(err, ErrStopped) {
			r.loop.fail(err, nil)
		}
		return err
	})
	r.loop.run() // up to its first blocking call: its hooks are there for the first join
}

// stopLoop unwinds the room's coroutines, and reports what they failed with meanwhile.
func (r *Room) stopLoop() {
	l := r.loop
	if l == nil {
		return
	}
	l.stop()
	r.loop = nil
	if l.failure != nil {
		r.report(l.failure)
	}
}
