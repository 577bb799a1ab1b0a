package actors

import (
	"encoding/binary"
	"maps"
	"slices"

	"github.com/parley-signaling/parley/actors/wire"
)

// attached is what a relay knows of a room whose node has died.
type attached struct {
	life    uint64
	locked  bool
	members []seated
	barred  map[uint64]struct{}
}

// seated is a member with the number of its seat.
type seated struct {
	number uint32
	m      *member
}

// orphaned begins anew with what is known here of a room that was lost with its last owner. What was
// not processed is not asked for again, since nobody knows whether it was; who waits to come in goes
// on waiting, and who wants to leave leaves. Nobody owns the relay until it has told a new owner of it
// (attachTo), or, where that is this node, until all others have told what they know.
func (r *Room) orphaned() {
	k := r.link
	r.newLife(func(l *petition) bool { return l.asks || l.kind == wire.KindLeave })
	k.stale = r.box.len()
	k.relay.owner = ""
}

// attachTo tells the new owner of what is known here, in the turn that moves have given it.
func (r *Room) attachTo(to string, transit uint64) {
	k := r.link
	defer func() { k.node.looked(k, k.losses) }()
	if y := k.relay; y == nil || y.owner != "" || !k.node.mayAttach(to, transit) {
		k.node.stays(to, transit)
		return
	}
	r.attachNow(to, transit)
}

func (r *Room) attachNow(owner string, transit uint64) {
	y := r.link.relay
	y.owner = owner
	b := binary.AppendUvarint(nil, transit)
	b = putFlags(b, r.locked)
	b = binary.AppendUvarint(b, uint64(len(r.members)))
	for _, m := range r.members {
		b = binary.AppendUvarint(b, uint64(m.seat.number))
		b = putMember(b, m)
	}
	r.ship(owner, frameAttach, y.life, putBarred(b, r.barsLeft()))
	if len(y.kept) > 0 {
		r.resend()
	}
}

// attachSize is about how much attachNow sends.
func (r *Room) attachSize() int { return 256 + r.profiles + 128*len(r.members) }

// barsLeft is who was kept out of the room that was lost, as far as there are members here that knew
// it.
func (r *Room) barsLeft() map[uint64]struct{} {
	if len(r.members) == 0 || r.link.relay.barredIn != r.epoch {
		return nil
	}
	return r.barred
}

// attach takes what a relay knows of a room that is to be here.
func (r *Room) attach(from string, life uint64, p parcel) {
	k := r.link
	a := attached{life: life}
	p.flags(&a.locked)
	for range p.count() {
		a.members = append(a.members, seated{uint32(p.uint()), p.member()})
	}
	a.barred = p.barred(nil)
	if p.bad {
		r.sys.log.Error("a frame that cannot be read", "node", from, "room", r.key.name)
		r.ship(from, frameUnknown, life, nil)
		return
	}
	if k.relay == nil || k.relay.owner != "" { // it is here already, or is on its way
		r.comeAnew(from, a)
		return
	}
	if k.attached == nil {
		k.attached = make(map[string]attached)
	}
	k.attached[from] = a
}

// comeAnew has the members of a relay come back: it took the room for lost, and does not know what
// they were told where it has lived on. Who only waits to come in need not.
func (r *Room) comeAnew(node string, a attached) {
	if old := r.link.peers[node]; old != nil { // another life of that relay
		r.dropPeer(old)
	}
	if len(a.members) > 0 {
		r.ship(node, frameUnknown, a.life, nil)
	}
}

// settled makes the room of what all nodes know of it, where nobody has handed it over: it was
// lost, or it is a new one.
func (r *Room) settled(number uint64) {
	k := r.link
	if k.relay != nil && k.relay.owner != "" && k.node.finished(k.relay.owner, number) {
		if len(r.members) > 0 || len(k.relay.asking) > 0 {
			r.cutRelay() // the room was lost on its way here
		}
		k.relay.owner = "" // what was asked of a node that had no such room is carried out here
	}
	y := k.relay
	if y == nil || y.owner != "" {
		return
	}
	r.barred = r.barsLeft()
	r.epoch, r.born, r.seq, r.since = newID(), r.clock(), 0, 0
	k.relay, k.peers = nil, nil
	r.inherit(y, 0)
	r.rehome()
	k.attached = nil
	k.retryLate()
}

// rehome lets the members that are left in, in the order of since, and tells them of the new
// epoch.
func (r *Room) rehome() {
	k := r.link
	type claim struct {
		*member
		s *seat
	}
	var all []claim
	for _, m := range r.members {
		all = append(all, claim{m, m.seat})
	}
	locked := r.locked && len(all) > 0
	for node, a := range k.attached {
		p := r.addPeer(node, a.life)
		p.due, p.told = true, ^uint64(0)
		for _, one := range a.members {
			all = append(all, claim{one.m, p.seat(r, one.number)})
		}
		if len(a.members) == 0 {
			continue
		}
		locked = locked || a.locked
		if r.barred == nil {
			r.barred = a.barred
		} else {
			maps.Copy(r.barred, a.barred)
		}
	}
	r.roster, r.locked = roster{}, locked
	if len(all) == 0 {
		return
	}
	// Of two seats of one member the later one counts.
	slices.SortFunc(all, func(a, b claim) int {
		return compareAll(a.since, b.since, b.seated, a.seated, uint64(b.s.number), uint64(a.s.number))
	})
	r.seq = 1
	for i, c := range all {
		m := c.member
		if i > 0 && r.members[len(r.members)-1].since == m.since {
			c.s.member, c.s.replaced = nil, true
			c.s.tell(&wire.Bye{Code: CloseReplaced, Reason: "replaced", Room: r.key.name})
			c.s.note(noteReplaced, Close{Code: CloseReplaced, Reason: "replaced"})
			continue
		}
		m.joinSeq, m.seated, m.answers, m.named = r.seq, r.seq, nil, 0
		r.since = m.since
		r.roster.add(m)
		m.take(c.s)
		r.expect(m)
		if !m.ephemeral {
			r.history.keep = r.sys.historyAge()
		}
	}
	r.sys.members.Add(int64(len(r.members)))
	r.spreadBars(r.barred)
	if m := r.heir(); m != nil {
		m.role = wire.RoleModerator
	}
	r.observeStart()
	for _, m := range r.members {
		r.observe(MemberJoined, m, "")
	}
	r.retellAll() // before the behaviour says something
	r.behave()
}

// retellAll tells every member of the new epoch: those of other nodes once for each node.
func (r *Room) retellAll() {
	nobody := &member{hidden: true}
	j := r.joined(nobody, &wire.Request{}, false)
	for _, p := range r.link.peers {
		if p.members == 0 {
			continue
		}
		all := *j
		all.Members = r.listFor(nil)
		for _, m := range r.members {
			if m.seat.peer == p {
				r.record(m)
			}
		}
		p.op(r, func(b []byte) []byte { return putJoined(append(b, downRehomed), &all) })
	}
	for _, m := range r.members {
		if m.seat != nil && m.seat.conn != nil {
			r.retell(m, r.joined(m, &wire.Request{}, false))
		}
	}
}
