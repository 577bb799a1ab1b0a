package actors

import (
	"encoding/binary"
	"slices"
	"time"
)

// Bounds of what is on its way to one other node, of rooms that are handed over: the link between
// the two holds no more than so much, and what members say passes between.
const (
	maxMovingRooms = 32
	maxAttaching   = 1024     // relays that tell a new owner what they know, and rooms that tell of a new epoch
	maxMovingBytes = 2 << 20  // but a quarter of what the link holds
	movingPiece    = 64 << 10 // a larger room goes in pieces
)

// moves are the rooms that go to other nodes, and what is told of those that were lost. They go on
// where they are until it is their turn.
type moves struct {
	window, large, piece int // static: bytes under way, from where on a room is large, bytes of a frame

	// Guarded by the system's mu
	lanes map[string]*lane // by the node that they go to
	last  uint64           // the number of the last transit
	in    map[string]map[uint64][]byte

	settling []*Room // of this node, that are still to hear that the view is settled (settling.go)
	marks    int     // nodes that have not said that what the last of those have told has arrived
}

func (m *moves) init(queueBytes int) {
	m.window = maxMovingBytes
	if queueBytes > 0 {
		m.window = min(m.window, queueBytes/4)
	}
	m.large = m.window / 2
	m.piece = min(movingPiece, m.window/4)
	m.lanes = make(map[string]*lane)
	m.in = make(map[string]map[uint64][]byte)
}

func (m *moves) lane(to string) *lane {
	l := m.lanes[to]
	if l == nil {
		l = &lane{transits: make(map[uint64]*transit)}
		m.lanes[to] = l
	}
	return l
}

// open makes a transit.
func (m *moves) open(l *lane, t *transit) *transit {
	m.last++
	t.number = m.last
	l.transits[t.number] = t
	switch {
	case t.relay:
		l.attaching++
	case t.room != nil:
		l.rooms++
		l.isLarge = l.isLarge || t.large
	}
	l.reckon(t, m.large)
	return t
}

// move hands r over when it is its turn. The room's look at the view ends with that. bytes is
// about how much it is.
func (n *node) move(r *Room, bytes int) {
	n.sys.mu.Lock()
	if r.link.givenUp.Load() {
		n.sys.mu.Unlock()
		return
	}
	r.link.look.since = time.Time{}
	l := n.moves.lane(n.view.owner(r.key))
	if w := (waitingRoom{r, bytes}); bytes >= n.moves.large {
		l.large = append(l.large, w)
	} else {
		l.small = append(l.small, w)
	}
	n.sys.mu.Unlock()
	n.pump()
}

// moveRelay has a relay whose room was lost tell the new owner what it knows when it is its turn. Its
// look at the view ends with that. bytes is about how much it is.
func (n *node) moveRelay(r *Room, bytes int) {
	n.sys.mu.Lock()
	r.link.look.since = time.Time{}
	l := n.moves.lane(n.view.owner(r.key))
	l.relays = append(l.relays, waitingRoom{r, bytes})
	n.sys.mu.Unlock()
	n.pump()
}

// pump has as many rooms handed over as may be on their way, and as much of them sent.
func (n *node) pump() {
	s := n.sys
	s.mu.Lock()
	if len(n.moves.lanes) == 0 || n.view.Number == 0 {
		s.mu.Unlock()
		return
	}
	var saw []*Room
	losses := n.losses.Load()
	for to, l := range n.moves.lanes {
		if !n.isThere(to) {
			saw = append(saw, n.abandon(to, l)...)
			continue
		}
		saw = append(saw, n.fill(to, l)...)
		if l.isEmpty() {
			delete(n.moves.lanes, to)
			n.changed()
		}
	}
	was := len(n.moves.settling) > 0
	n.settleSome()
	was = was && len(n.moves.settling) == 0
	s.mu.Unlock()
	if n.allLooked(saw, losses); was { // the next view waits for it
		n.step()
	}
}

func (n *node) allLooked(saw []*Room, losses uint64) {
	for _, r := range saw {
		n.looked(r.link, losses)
	}
}

// fill is pump for one node. It returns the rooms that have seen to the view by that. Under mu.
func (n *node) fill(to string, l *lane) (saw []*Room) {
	m := &n.moves
	for len(l.sending) > 0 && l.unread < m.window {
		t := l.sending[0]
		l.sending = l.sending[1:]
		if n.sendPiece(to, l, t) {
			saw = append(saw, t.room)
		} else {
			l.sending = append(l.sending, t)
		}
	}
	for {
		t := l.next(m.window)
		if t == nil {
			return saw
		}
		m.open(l, t)
		r, v, self := t.room, n.view, n.self
		carry := func() { r.handOver(&v, self, t.number) }
		if t.relay {
			carry = func() { r.attachTo(to, t.number) }
		}
		if !n.ask(r, to, carry) { // it has ended meanwhile
			l.close(t)
			saw = append(saw, r)
		}
	}
}

// sendPiece sends the next piece of a room, and reports whether it was the last. Under mu.
func (n *node) sendPiece(to string, l *lane, t *transit) (last bool) {
	end := min(t.sent+n.moves.piece, len(t.state))
	b := binary.AppendUvarint(nil, t.number)
	b = binary.AppendUvarint(b, uint64(t.sent))
	last = end == len(t.state)
	b = append(putFlags(b, last), t.state[t.sent:end]...)
	n.send(to, frame{kind: frameHandover, key: t.key}, b)
	l.unread += end - t.sent
	if t.sent = end; last {
		t.state = nil
	}
	return last
}

// written has a room's state sent, as there is place for it. The room's look at the view ends when
// all of it has left, or cannot leave any more.
func (n *node) written(r *Room, to string, number uint64, state []byte) {
	n.sys.mu.Lock()
	losses := n.losses.Load()
	t := n.transit(to, number)
	if t != nil {
		r.link.look.since = time.Time{} // it is not waited for
		l := n.moves.lanes[to]
		t.state, t.size = state, len(state)
		l.reckon(t, n.moves.large)
		l.sending = append(l.sending, t)
	}
	n.sys.mu.Unlock()
	if t == nil { // the node has died as this was written: the room is lost with it
		n.looked(r.link, losses)
		return
	}
	n.pump()
}

// transit is under mu; nil: it is over.
func (n *node) transit(to string, number uint64) *transit {
	if l := n.moves.lanes[to]; l != nil {
		return l.transits[number]
	}
	return nil
}

// mayGo tells whether a room whose turn it was is still to be handed over: its node may have died.
func (n *node) mayGo(to string, number uint64) bool {
	n.sys.mu.Lock()
	defer n.sys.mu.Unlock()
	return n.transit(to, number) != nil && n.isThere(to)
}

// mayAttach is mayGo for a relay, which tells what it knows now.
func (n *node) mayAttach(to string, transit uint64) bool {
	n.sys.mu.Lock()
	defer n.sys.mu.Unlock()
	t := n.transit(to, transit)
	if t == nil || !n.isThere(to) {
		return false
	}
	t.begun = true
	return true
}

// stays ends the transit of a room that has nothing to be handed over.
func (n *node) stays(to string, number uint64) {
	n.sys.mu.Lock()
	if t := n.transit(to, number); t != nil {
		n.moves.lanes[to].close(t)
	}
	n.sys.mu.Unlock()
	n.pump()
}

// pointOn tells another node's relay who has the room now. This node may not go before that one
// has the word: the relay would take the room for lost. known: with what was known of the relay.
// Under mu.
func (n *node) pointOn(to string, k roomKey, life uint64, owner string, known bool) {
	if !n.isThere(to) {
		return
	}
	t := n.moves.open(n.moves.lane(to), &transit{key: k})
	n.send(to, frame{kind: frameMoved, key: k, life: life}, putMoved(owner, known, t.number))
}

// taken notes what has arrived of a transit. Under mu.
func (n *node) taken(from string, p parcel) {
	number, bytes := p.uint(), int(p.uint())
	var whole bool
	p.flags(&whole)
	l, t := n.moves.lanes[from], n.transit(from, number)
	if t == nil || p.bad {
		return // of a link that was cut
	}
	bytes = min(bytes, t.sent-t.arrived)
	t.arrived += bytes
	l.unread -= bytes
	if l.reckon(t, n.moves.large); whole {
		l.close(t)
	}
}

// putTaken writes what taken reads.
func putTaken(number uint64, bytes int, whole bool) []byte {
	return putFlags(binary.AppendUvarint(binary.AppendUvarint(nil, number), uint64(bytes)), whole)
}

// isThere tells whether a node lives, as far as this one has heard, and may be told something.
// Under mu.
func (n *node) isThere(o string) bool {
	return n.view.has(o) && !slices.ContainsFunc(n.next, func(v View) bool { return !v.has(o) })
}

// abandon gives up what was to go to a node that is dead: rooms that have not begun to stay here,
// until the next view says where else they go. It returns the rooms that have seen to the view
// by that. Under mu.
func (n *node) abandon(to string, l *lane) (saw []*Room) {
	for _, w := range slices.Concat(l.relays, l.small, l.large) {
		saw = append(saw, w.room)
	}
	for _, t := range l.sending {
		saw = append(saw, t.room)
	}
	for _, t := range l.transits {
		if t.marks != nil {
			*t.marks--
		}
	}
	delete(n.moves.lanes, to)
	n.changed()
	return saw
}

// broken forgets what was under way when the link to a node was cut. It returns the rooms that
// have seen to the view by that. Under mu.
func (n *node) broken(to string) (saw []*Room) {
	delete(n.moves.in, to)
	l := n.moves.lanes[to]
	if l == nil {
		return nil
	}
	for _, t := range l.transits {
		if t.sent == 0 && t.room != nil && !t.begun { // it has not begun
			continue
		}
		if t.state != nil {
			saw = append(saw, t.room)
		}
		l.close(t)
	}
	n.changed()
	return saw
}

// forget is the end of the lease. Under mu.
func (m *moves) forget() {
	clear(m.lanes)
	clear(m.in)
	m.settling, m.marks = nil, 0
}
