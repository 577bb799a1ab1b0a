package actors

import (
	"maps"
	"slices"
	"time"
)

// handOver sends the room to the node that owns it now, and stands in for it here. Everything
// travels but the behaviour's coroutines and the hooks, which begin again there.
func (r *Room) handOver(v *View, self string, transit uint64) {
	k := r.link
	n := k.node
	to := v.owner(r.key)
	sent := false
	defer func() { // also where it fails
		if !sent {
			if !k.givenUp.Load() {
				n.stays(to, transit)
			}
			n.looked(k, k.losses)
		}
	}()
	if r.stopping || !n.mayGo(to, transit) { // it ends here, or the next view has another node for it
		return
	}
	if r.loop != nil { // what has happened in this turn is not to be lost on the behaviour
		if r.loop.run(); r.stopping {
			return
		}
	}
	if r.hooks.Carry != nil {
		if err := r.Carry(r.hooks.Carry()); err != nil {
			r.report(&failure{value: err})
		}
	}
	r.stopLoop()
	r.mustGoOn()
	r.flush()
	r.pass.reset()
	if r.empty() { // the last one has left in this turn
		r.observeEnd()
	}
	peers := slices.Sorted(maps.Keys(k.peers))
	y := newRelay(to)
	if r.empty() && len(peers) == 0 { // nobody has anything of it
		r.standIn(y)
		return
	}
	for _, m := range r.members {
		if m.seat != nil && m.seat.conn != nil {
			y.enroll(m.seat)
		}
	}
	for _, j := range r.waiting() {
		if j.seat.conn != nil {
			y.enroll(j.seat)
		}
	}
	state := r.putState(nil, y, self)
	for _, node := range peers {
		if node != to {
			r.sys.mu.Lock()
			n.pointOn(node, r.key, k.peers[node].life, to, true)
			r.sys.mu.Unlock()
		}
	}
	r.standIn(y)
	sent = true
	n.written(r, to, transit, state)
}

// takeOver makes the room of what another node has handed over.
func (r *Room) takeOver(from string, p parcel, taken []byte) {
	k := r.link
	r.ship(from, frameTaken, 0, taken)
	y := k.relay
	if y == nil {
		return // twice
	}
	st := p.state(r.clock(), r.key.name)
	if p.bad {
		r.sys.log.Error("a room was handed over that cannot be read", "node", from, "room", r.key.name)
		return
	}
	r.sys.mu.Lock()
	view, self := k.node.view, k.node.self
	r.sys.mu.Unlock()
	places := y.places()
	r.flushHere() // to the members as this relay knows them: those of the state are others, who would hear themselves
	r.pass.reset()
	var mine []*seat
	for _, m := range r.members {
		mine = append(mine, m.seat)
		m.rise()
	}
	r.restore(st)
	var seen uint64
	seats := make([]map[uint32]*seat, len(st.peers))
	for i, sp := range st.peers {
		seats[i] = make(map[uint32]*seat)
		if sp.node == self {
			if sp.life == y.life {
				seats[i], seen = places, sp.seen
			}
			continue
		}
		e := r.addPeer(sp.node, sp.life)
		e.seen, e.told, e.due = sp.seen, ^uint64(0), true
		for _, one := range sp.seats {
			s := e.seat(r, one.number)
			s.replaced, s.farLeaves = one.replaced, one.leaves
		}
		seats[i] = e.seats
	}
	astray := k.attached
	k.relay, k.attached = nil, nil
	gone := r.enlist(st, seats)
	for _, h := range st.held {
		if s := seats[h.peer][h.number]; s != nil { // the behaviour, which begins anew, is asked again
			k.backlog.push(roomLetter{op: opRequest, seat: s, req: h.req})
		}
	}
	r.inherit(y, seen)
	for _, s := range mine {
		if s.member == nil { // the room has gone on without it, while this node was away
			s.replaced = true
			s.note(noteShutdown, lostRoom)
		}
	}
	r.begin() // before anything happens to the members
	for _, m := range gone {
		r.suspend(m)
	}
	for _, node := range slices.Sorted(maps.Keys(k.peers)) {
		if !view.has(node) {
			r.dropPeer(k.peers[node])
		}
	}
	for _, node := range slices.Sorted(maps.Keys(astray)) {
		r.comeAnew(node, astray[node])
	}
	k.retryLate()
}

// restore takes over what is of the room as a whole.
func (r *Room) restore(st *state) {
	k := r.link
	k.relay, k.peers, k.carried = nil, nil, st.carried
	r.epoch, r.born, r.seq, r.since = st.epoch, st.born, st.seq, st.since
	r.locked, r.kept, r.capacity = st.locked, st.kept, st.capacity
	r.barred, r.history = st.barred, st.history
	r.roster, r.started = roster{}, len(st.members) > 0
}

// enlist lists the members, seated where they are. It returns those whose seat is not there any
// more.
func (r *Room) enlist(st *state, seats []map[uint32]*seat) (gone []*member) {
	for _, one := range st.members {
		m := one.m
		r.roster.add(m)
		r.expect(m)
		var s *seat
		if one.seated {
			s = seats[one.peer][one.number]
		}
		switch {
		case s != nil:
			m.take(s)
		case one.seated:
			gone = append(gone, m)
		default:
			m.until = r.clock() + one.left
			r.lingering = append(r.lingering, m)
		}
	}
	slices.SortStableFunc(r.lingering, func(a, b *member) int { return compareAll(uint64(a.until), uint64(b.until)) })
	r.sys.members.Add(int64(len(r.members)))
	return gone
}

// begin starts the behaviour of a room that is not a new one.
func (r *Room) begin() {
	capacity, kept := r.capacity, r.kept
	if r.behavior == nil || r.empty() {
		return
	}
	r.prepare()
	r.capacity, r.kept = capacity, kept
	r.start()
}

// inherit ends a relay: the room is here now. What it has sent and nobody has processed comes before
// the rest of the mailbox.
func (r *Room) inherit(y *relay, seen uint64) {
	for _, s := range y.seats {
		s.number, s.refs = 0, 0
	}
	for _, l := range y.kept {
		if l.number <= seen {
			continue
		}
		p := parcel{b: l.body}
		next := roomLetter{op: opEnded, seat: l.seat}
		if l.what == letterEnded {
			p.flags(&next.clean)
		} else {
			next.op = opRequest
			next.req, _ = p.request(r.key.name)
		}
		r.link.backlog.push(next)
	}
}

// places are a relay's seats by number, those whose end is not processed included.
func (y *relay) places() map[uint32]*seat {
	all := maps.Clone(y.seats)
	for _, l := range y.kept {
		if l.what == letterEnded {
			all[l.place] = l.seat
		}
	}
	return all
}

// span64 is a time as it travels: what is past or left of it, since every node has its own clock.
func span64(d time.Duration) uint64 { return uint64(max(d, 0)) }
