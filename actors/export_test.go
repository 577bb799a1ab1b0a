package actors

import "fmt"

// Dump describes the rooms of a system that should have ended, for tests of this package.
func Dump(s *System) (out string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, r := range s.rooms {
		out += fmt.Sprintf("\nroom %v home=%v members=%d box=%d stopping=%v", k, r.home(), len(r.members), r.box.n, r.stopping)
		if r.link != nil {
			l := r.link
			out += fmt.Sprintf(" late=%d unsaid=%v queue=%d peers=%d losses=%d/%d held=%v number=%d busy=%d settled=%v self=%s view=%v done=%v next=%d", len(l.late), l.unsaid, l.queue.len(), len(l.peers), l.losses, l.node.losses.Load(), l.node.Held(), l.node.number.Load(), l.node.busy, l.node.settled, l.node.self, l.node.view, l.node.done, len(l.node.next))
			if y := l.relay; y != nil {
				out += fmt.Sprintf(" relay owner=%q seats=%d kept=%d asking=%d", y.owner, len(y.seats), len(y.kept), len(y.asking))
			}
		}
	}
	return out
}

// OwnerOf is the node that owns a room of the native protocol.
func OwnerOf(room string, nodes []string) string { return ownerOf(roomKey{name: room}, nodes) }

// Settled tells whether the view that was adopted last is settled, if there is one.
func Settled(s *System) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.node.next) == 0 && (s.node.settled || s.node.view.Number == 0)
}
