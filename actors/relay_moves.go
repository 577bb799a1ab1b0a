package actors

import (
	"cmp"
	"maps"
	"slices"

	"github.com/parley-signaling/parley/actors/wire"
)

// see looks at a view. fresh: this node has come back under a new id after its lease was lost.
func (r *Room) see(v *View, self string, fresh bool) {
	k := r.link
	y, owner := k.relay, v.owner(r.key)
	moves := false
	defer func() { // also where it fails
		if !moves {
			k.node.looked(k, k.losses)
		}
	}()
	switch {
	case y == nil:
		for _, node := range slices.Sorted(maps.Keys(k.peers)) {
			if !v.has(node) {
				r.dropPeer(k.peers[node])
			}
		}
		if owner != self {
			moves = true
			k.node.move(r, r.stateSize()) // which ends the look
			return
		}
	case y.owner != "" && v.has(y.owner):
		if fresh { // it has suspended those who were here
			r.cutRelay()
		}
	default:
		if r.orphaned(); owner != self {
			k.retryLate()
			moves = true
			k.node.moveRelay(r, r.attachSize()) // which ends the look
			return
		}
	}
	k.retryLate()
}

// moved follows the room to another node, and asks that one for what the last has not processed.
func (r *Room) moved(from string, life uint64, p parcel) {
	to := p.string()
	var known bool
	p.flags(&known)
	k := r.link
	y := k.relay
	if y == nil || y.life != life || y.owner != from || to == from || p.bad {
		return
	}
	ahead := y.ahead
	y.known = y.known || known
	y.owner, y.ahead = to, nil
	n := k.node
	r.sys.mu.Lock()
	here, there, settled, number := to == n.self, n.view.has(to), n.settled, n.view.Number
	owner, self := n.view.owner(r.key), n.self
	r.sys.mu.Unlock()
	switch {
	case here:
		y.owner = ""
	case there:
		r.resend()
		for _, l := range ahead {
			l.f()
		}
		return
	default: // it has died meanwhile, and the room with it
		if r.orphaned(); owner != self {
			r.attachNow(owner, 0)
		}
	}
	if settled && k.relay.owner == "" { // the room was not there any more
		r.settled(number)
	}
}

// unknown is what an owner says that knows nothing of this relay.
func (r *Room) unknown(from string, life uint64) {
	if y := r.link.relay; y != nil && (y.life == life || life == 0) && y.owner == from {
		r.cutRelay()
	}
}

// cut is the end of the link to a node.
func (r *Room) cut(from string) {
	k := r.link
	k.late = slices.DeleteFunc(k.late, func(l late) bool { return l.node == from })
	delete(k.attached, from)
	if k.relay == nil {
		if p := k.peers[from]; p != nil {
			r.dropPeer(p)
		}
		return
	}
	k.relay.ahead = slices.DeleteFunc(k.relay.ahead, func(l late) bool { return l.node == from })
	if k.relay.owner == from {
		r.cutRelay()
	}
}

var lostRoom = Close{Code: CloseOverloaded, Reason: "the room's node was lost"}

// cutRelay closes the connections of this node that are in the room: what they were told and
// what the room has told them may differ. They come back, and find the rest in its history.
func (r *Room) cutRelay() {
	k := r.link
	y := k.relay
	if y.owner != "" {
		r.ship(y.owner, frameGone, y.life, nil)
	}
	for _, number := range slices.Sorted(maps.Keys(y.seats)) {
		s := y.seats[number]
		if m := s.member; m != nil {
			r.deliverNow(m)
			r.roster.remove(m)
			m.rise()
		}
		s.replaced = true // what it still sends is not refused: it sends that again when it is back
		s.note(noteShutdown, lostRoom)
		s.number, s.refs = 0, 0
	}
	k.relay, r.barred = newRelay(y.owner), nil
}

// reset begins a new life, because the room has ended. failed: it has lost what it was asked.
func (r *Room) reset(from string, life uint64, p parcel) {
	y := r.link.relay
	if y == nil || y.life != life || y.owner != from {
		return
	}
	var failed bool
	p.flags(&failed)
	r.processed(p.uint())
	if p.bad {
		r.cutRelay()
		return
	}
	for _, m := range slices.Clone(r.members) { // none, if all is well
		s := m.seat
		r.roster.remove(m)
		m.rise()
		s.note(noteOver, Close{})
	}
	if failed {
		for _, l := range slices.Concat(y.asking, y.kept) {
			if l.seat != nil && y.seats[l.place] == l.seat {
				r.regret(l)
			}
		}
	}
	r.newLife(func(*petition) bool { return !failed })
}

// regret answers a letter that was lost with the room.
func (r *Room) regret(l *petition) {
	if l.what != letterRequest || l.seat == nil || l.answered {
		return
	}
	if l.id != 0 || l.kind == wire.KindJoin {
		r.tellNow(l.seat, &wire.Error{ID: l.id, Room: r.key.name, Code: wire.Internal, Message: roomFailed})
		r.sys.counters.refuse(wire.Internal)
	}
	if l.asks {
		l.answered = true
		l.seat.note(noteRefused, Close{})
	}
}

// newLife has the relay begin anew with an owner that knows nothing of it: with the letters that
// keep says are to be sent again.
func (r *Room) newLife(keep func(*petition) bool) {
	k := r.link
	old := k.relay
	y := newRelay(old.owner)
	y.barredIn = old.barredIn
	k.relay = y
	for _, number := range slices.Sorted(maps.Keys(old.seats)) {
		s := old.seats[number]
		s.number, s.refs = 0, 0
		if s.member != nil {
			y.enroll(s)
		}
	}
	for _, l := range slices.Concat(old.asking, old.kept) {
		if l.answered || l.what != letterRequest || !keep(l) {
			continue
		}
		if l.seat != nil {
			if old.seats[l.place] != l.seat { // its connection has ended
				continue
			}
			y.enroll(l.seat)
		}
		y.post(l)
	}
}

// standIn makes a relay of the room, which goes to another node or is lost: for the members and
// those who wait to come in that are connected to this one.
func (r *Room) standIn(y *relay) {
	k := r.link
	r.sys.members.Add(-int64(len(r.members)))
	here := roster{}
	for _, m := range r.members {
		r.unbear(m)
		if m.seat != nil && m.seat.conn != nil {
			m.answers, m.named = nil, 0
			y.enroll(m.seat)
			here.add(m)
		}
	}
	for _, j := range r.waiting() {
		if j.seat.conn != nil {
			l := newLetter(j.seat, &j.req)
			y.enroll(j.seat)
			l.place = j.seat.number
			l.seat.refs++
			y.asking = append(y.asking, l)
		}
	}
	r.roster, r.lingering, r.parted, r.held, r.hooks = here, nil, nil, nil, Hooks{}
	r.history, r.kept, r.started = history{}, false, false
	y.barredIn = r.epoch
	r.expiries.Clear()
	k.relay, k.peers, k.carried = y, nil, nil
}

// lose is the end of the lease: what this node knew of the room is not to be relied on any more.
func (r *Room) lose() {
	k := r.link
	k.late = slices.DeleteFunc(k.late, func(l late) bool { return l.node != "" })
	k.attached, k.unsaid = nil, false
	if k.relay != nil {
		k.relay.ahead = nil
	} else {
		r.stopLoop()
		r.pass.reset() // it stays unsaid
		r.standIn(newRelay(""))
	}
	k.retryLate() // whoever calls is to try again
}

// waiting lists the joins that are held, in the order in which they came.
func (r *Room) waiting() []*Join {
	if len(r.held) == 0 {
		return nil
	}
	return slices.SortedFunc(maps.Values(r.held), func(a, b *Join) int { return cmp.Compare(a.order, b.order) })
}
