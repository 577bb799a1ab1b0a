package client

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/parley-signaling/parley/actors/wire"
)

// Member is somebody in a room, at one moment.
type Member struct {
	ID        string
	Profile   wire.Value
	Since     uint64 // the room's count of joins: orders any two members, and is kept over a resume
	Role      wire.Role
	Suspended bool // its connection is down; it may come back
}

// roster is everybody else in a room, by id. Members are replaced, never changed.
type roster map[string]Member

func newRoster(list []wire.Member) roster {
	r := make(roster, len(list))
	for _, m := range list {
		id := strings.Clone(m.Member)
		r[id] = Member{id, own(m.Profile), m.Since, m.Role, m.Suspended}
	}
	return r
}

// own copies a value out of the frame it came in, which would stay in memory with it.
func own(v wire.Value) wire.Value {
	v.Bytes = bytes.Clone(v.Bytes)
	return v
}

func (r roster) list() []Member {
	return slices.SortedFunc(maps.Values(r), bySince)
}

func bySince(a, b Member) int { return cmp.Compare(a.Since, b.Since) }

// apply carries out a message of type member. Doing so twice does no harm. It is false where
// the message is about nobody here.
func (r roster) apply(c *wire.MemberChange) (Member, bool) {
	m, there := r[c.Member]
	switch c.Change {
	case wire.ChangeJoined:
		m = Member{strings.Clone(c.Member), own(c.Profile), c.Since, c.Role, false}
	case wire.ChangeUpdated:
		if !c.Profile.IsAbsent() {
			m.Profile = own(c.Profile)
		}
		if c.HasRole {
			m.Role = c.Role
		}
	case wire.ChangeSuspended:
		m.Suspended = true
	case wire.ChangeResumed:
		m.Suspended = false
	case wire.ChangeLeft:
		delete(r, c.Member)
		return m, there
	}
	if !there && c.Change != wire.ChangeJoined {
		return m, false
	}
	r[m.ID] = m
	return m, true
}

// difference tells what has happened between two rosters: who left, then, by Since, who is
// new or has changed.
func difference(before, after roster) []Event {
	var events []Event
	tell := func(c wire.Change, m Member, reason string) {
		events = append(events, MemberChange{Change: c, Member: m, Reason: reason})
	}
	for _, m := range before.list() {
		if _, ok := after[m.ID]; !ok {
			tell(wire.ChangeLeft, m, "missed")
		}
	}
	for _, m := range after.list() {
		old, ok := before[m.ID]
		switch {
		case !ok:
			tell(wire.ChangeJoined, m, "")
			continue
		case old.Role != m.Role || !equal(old.Profile, m.Profile):
			tell(wire.ChangeUpdated, m, "")
		}
		if old.Suspended != m.Suspended && m.Suspended {
			tell(wire.ChangeSuspended, m, "")
		} else if old.Suspended != m.Suspended {
			tell(wire.ChangeResumed, m, "")
		}
	}
	return events
}

func equal(a, b wire.Value) bool { return a.Codec == b.Codec && bytes.Equal(a.Bytes, b.Bytes) }
