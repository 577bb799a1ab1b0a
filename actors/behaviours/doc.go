// Package behaviours holds behaviours that are useful as they are: [Matchmaker], [Call],
// [Moderated] and [Talking]. Each is a function that takes options, whose zero value works,
// and returns an [actors.Behavior] for [actors.System.Behavior]; each is sequential code of
// about a page, to be read as an example, too.
//
// What members tell a behaviour are events of theirs (send), and what it tells them are events
// from the room itself, whose from is empty. The doc comment of each behaviour lists both,
// with the shape of their data. An event that is for the behaviour is not told to the other
// members.
package behaviours

import (
	"maps"
	"slices"

	"github.com/parley-signaling/parley/actors"
)

var byName = map[string]func() actors.Behavior{
	"call":       func() actors.Behavior { return Call(CallOptions{}) },
	"matchmaker": func() actors.Behavior { return Matchmaker(MatchmakerOptions{}) },
	"moderated":  func() actors.Behavior { return Moderated(ModeratedOptions{}) },
	"talking":    func() actors.Behavior { return Talking(TalkingOptions{}) },
}

// Names lists the behaviours of this package.
func Names() []string { return slices.Sorted(maps.Keys(byName)) }

// ByName returns the behaviour of that name, with its default options; nil: there is none.
func ByName(name string) actors.Behavior {
	if f := byName[name]; f != nil {
		return f()
	}
	return nil
}
