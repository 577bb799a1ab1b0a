package behaviours

import (
	"crypto/rand"
	"slices"
	"time"

	"github.com/parley-signaling/parley/actors"
)

// object is the data of an event.
type object = map[string]any

// private is a Send hook that keeps the events of these names between sender and behaviour.
func private(names ...string) func(*actors.Event) error {
	return func(e *actors.Event) error {
		if slices.Contains(names, e.Name) {
			return actors.ErrPrivate
		}
		return nil
	}
}

// freshRoom is a room name that nobody can guess: 130 random bits after the prefix.
func freshRoom(prefix string) string { return prefix + rand.Text() }

// field reads one field of an event's data; "" where it is not there.
func field(e actors.Event, name string) string {
	var data map[string]any
	if e.Data.Unmarshal(&data) != nil {
		return ""
	}
	s, _ := data[name].(string)
	return s
}

// within is done after d; where d is negative, never.
func within(d time.Duration) actors.Case {
	if d < 0 {
		return nil
	}
	return actors.After(d)
}
