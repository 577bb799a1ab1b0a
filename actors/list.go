package actors

import (
	"cmp"
	"runtime"
	"slices"
	"strings"
)

// RoomName names a room: Namespace is "" for the native protocol, else a dialect's name.
type RoomName struct{ Namespace, Name string }

// Compare orders rooms by namespace, then by name, byte by byte.
func (n RoomName) Compare(o RoomName) int {
	return cmp.Or(cmp.Compare(n.Namespace, o.Namespace), cmp.Compare(n.Name, o.Name))
}

// RoomQuery asks for living rooms. The zero query matches those of the native protocol.
type RoomQuery struct {
	Namespace     string
	AllNamespaces bool      // Namespace is ignored
	Prefix        string    // of the name; "": any
	After         *RoomName // only rooms behind it; nil: from the beginning
	Limit         int       // at least 1
}

func (q *RoomQuery) matches(k roomKey) bool {
	return (q.AllNamespaces || k.namespace == q.Namespace) && strings.HasPrefix(k.name, q.Prefix) &&
		(q.After == nil || q.After.Compare(RoomName{k.namespace, k.name}) < 0)
}

// listBatch is how many rooms are looked at before others may have the lock: some tens
// of µs where there are a million, less where they fit into the processor's cache.
const listBatch = 64

// Rooms returns the first Limit rooms of the query that live on this node, in order. A room that lives all the while
// is not missed; one that comes or goes meanwhile may be in or not.
//
// Nothing is kept in order for it: it looks at every room, in small steps between which others
// are let in, so that what it costs is its caller's time and nobody else's.
func (s *System) Rooms(q RoomQuery) []RoomName {
	var found []RoomName
	full := false // found[q.Limit-1] bounds what is still of interest
	first := func() {
		slices.SortFunc(found, RoomName.Compare)
		found = found[:min(len(found), q.Limit)]
		full = len(found) == q.Limit
	}
	n := 0
	s.mu.Lock()
	for k := range s.rooms {
		if n++; n%listBatch == 0 {
			s.mu.Unlock()
			runtime.Gosched()
			s.mu.Lock()
		}
		if !q.matches(k) || s.node != nil && s.node.view.owner(k) != s.node.self {
			continue
		}
		name := RoomName{k.namespace, k.name}
		if full && name.Compare(found[q.Limit-1]) > 0 {
			continue
		}
		if found = append(found, name); len(found) >= 2*q.Limit {
			first()
		}
	}
	s.mu.Unlock()
	first()
	return found
}

// RoomNow is what can be seen of a room from outside, whatever it is busy with: how many
// letters wait in its mailbox. It is false where there is no such room.
func (s *System) RoomNow(n RoomName) (mailbox int, ok bool) {
	r := s.room(roomKey{n.Namespace, n.Name})
	if r == nil {
		return 0, false
	}
	return r.box.len(), true
}
