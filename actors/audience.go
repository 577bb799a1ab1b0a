package actors

import (
	"slices"

	"github.com/parley-signaling/parley/actors/wire"
)

// audience is who may see a message.
type audience uint8

const (
	toOthers    audience = iota // everyone but about
	toListed                    // everyone who is told of others, but about
	toAll                       // everyone
	toThese                     // those named
	toListedAll                 // everyone who is told of others, and about itself
	toAbout                     // about alone
)

// sees tells whether m may see a message to that audience; is tells whether m is who it is
// about, or one of those named.
func (k audience) sees(m *member, is bool) bool {
	switch k {
	case toOthers:
		return !is
	case toListed:
		return !m.hidden && !is
	case toAll:
		return true
	case toListedAll:
		return !m.hidden || is
	}
	return is
}

// entry is one message of a pass, with who may see it.
type entry struct {
	msg   wire.Message
	about *member    // whoever caused it, or is its subject, or (toAbout) its only receiver
	to    *[]*member // toThese: in the order of since
	seq   uint64     // 0: not numbered
	size  int32      // what it is reckoned with, in bytes
	kind  audience
}

// sees tells whether m may see the message.
func (e *entry) sees(m *member) bool {
	is := m == e.about
	if e.kind == toThese {
		_, is = slices.BinarySearchFunc(*e.to, m.since, compareSince)
	}
	return e.kind.sees(m, is)
}
