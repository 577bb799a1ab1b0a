package actors

import (
	"slices"
	"time"
)

// Bounds of what is on its way to other nodes, of rooms that are handed over: the links between
// nodes hold no more than so much.
const (
	maxMovingRooms = 32
	maxMovingBytes = 8 << 20
)

// moves are the rooms that go to another node. They go on where they are until it is their turn.
type moves struct {
	// Guarded by the system's mu
	queue    []*Room
	underway map[string]load // to each node
}

type load struct{ rooms, bytes int }

// move hands r over when it is its turn. The room's look at the view ends with that.
func (n *node) move(r *Room) {
	n.sys.mu.Lock()
	if r.link.givenUp.Load() {
		n.sys.mu.Unlock()
		return
	}
	r.link.look.since = time.Time{}
	n.moves.queue = append(n.moves.queue, r)
	n.sys.mu.Unlock()
	n.pump()
}

// pump has as many rooms handed over as may be on their way. One that would go to a node that has
// died stays: the next view says where it goes instead.
func (n *node) pump() {
	s := n.sys
	for {
		s.mu.Lock()
		if len(n.moves.queue) == 0 || n.view.Number == 0 {
			s.mu.Unlock()
			return
		}
		r := n.moves.queue[0]
		to := n.view.owner(r.key)
		l, there := n.moves.underway[to], n.isThere(to)
		if there && (l.rooms >= maxMovingRooms || l.bytes >= maxMovingBytes) {
			s.mu.Unlock()
			return
		}
		n.moves.queue[0] = nil
		n.moves.queue = n.moves.queue[1:]
		v, self, losses := n.view, n.self, n.losses.Load()
		going := false
		if there {
			l.rooms++
			n.moves.underway[to] = l
			if going = n.ask(r, to, func() { r.handOver(&v, self) }); !going { // it has ended meanwhile
				n.arrived(to, 0)
			}
		}
		s.mu.Unlock()
		if !going {
			n.looked(r.link, losses)
		}
	}
}

// pointOn tells another node's relay who has the room now. This node may not go before that one
// has the word: the relay would take the room for lost. known: with what was known of the relay.
// Under mu.
func (n *node) pointOn(to string, k roomKey, life uint64, owner string, known bool) {
	if !n.isThere(to) {
		return
	}
	l := n.moves.underway[to]
	l.rooms++
	n.moves.underway[to] = l
	n.send(to, frame{kind: frameMoved, key: k, life: life}, putMoved(owner, known))
}

// isThere tells whether a node lives, as far as this one has heard, and may be told something. Under mu.
func (n *node) isThere(o string) bool {
	return n.view.has(o) && !slices.ContainsFunc(n.next, func(v View) bool { return !v.has(o) })
}

// abandon does not wait for what is on its way to nodes that are dead. Under mu.
func (n *node) abandon() {
	for to := range n.moves.underway {
		if !n.isThere(to) {
			delete(n.moves.underway, to)
			n.changed()
		}
	}
}

// weigh adds the size of a room that was handed over.
func (n *node) weigh(to string, bytes int) {
	n.sys.mu.Lock()
	defer n.sys.mu.Unlock()
	if l, ok := n.moves.underway[to]; ok {
		l.bytes += bytes
		n.moves.underway[to] = l
	}
}

// arrived takes a room off what is on its way. Under mu.
func (n *node) arrived(at string, bytes int) {
	l, ok := n.moves.underway[at]
	if !ok {
		return
	}
	l.rooms, l.bytes = l.rooms-1, max(l.bytes-bytes, 0)
	if n.moves.underway[at] = l; l.rooms <= 0 {
		delete(n.moves.underway, at)
		n.changed()
	}
}
