package actors

import (
	"cmp"
	"slices"

	"github.com/parley-signaling/parley/actors/wire"
)

// down does what the owner has told this node's relay. What the next owner says before the last
// one has said that the room has moved waits for that.
func (r *Room) down(from string, life uint64, p parcel) {
	y := r.link.relay
	switch {
	case y == nil || life != y.life: // of a life that is over: the room has come by it on its way
		r.ship(from, frameGone, life, nil)
		return
	case from != y.owner:
		y.ahead = append(y.ahead, late{from, func() { r.down(from, life, p) }})
		return
	}
	r.pass.spent += len(p.b)
	upTo := p.uint()
	for p.more() {
		switch p.byte() {
		case downItem:
			r.downItem(&p)
		case downTell:
			s, m := y.seats[uint32(p.uint())], p.message()
			if s != nil && !p.bad {
				r.tellNow(s, m)
			}
		case downNote:
			s, what, end := y.seats[uint32(p.uint())], noted(p.byte()), p.close()
			if s != nil && !p.bad {
				r.downNote(s, what, end)
			}
		case downWelcome:
			r.downWelcome(&p)
		case downRecord:
			m := p.member()
			if mine := r.bySince(m.since); mine != nil && !p.bad {
				mine.renew(m)
			}
		case downRehomed:
			r.downRehomed(&p)
		case downBarred:
			if epoch := p.string(); y.barredIn != epoch {
				y.barredIn, r.barred = epoch, nil
			}
			r.barred = p.barred(r.barred)
		default:
			p.bad, p.b = true, nil
		}
	}
	if p.bad {
		r.sys.log.Error("a frame that cannot be read", "node", from, "room", r.key.name)
		r.cutRelay()
		return
	}
	r.processed(upTo)
}

// downItem puts a message of the room's pass into this one.
func (r *Room) downItem(p *parcel) {
	e := entry{kind: audience(p.byte()), seq: p.uint()}
	e.about = r.bySince(p.uint())
	count := int(p.uint())
	if e.kind == toThese {
		var to []*member
		for range p.count() {
			if m := r.bySince(p.uint()); m != nil {
				to = append(to, m)
			}
		}
		e.to = &to
	}
	before := len(p.b)
	e.msg = p.message()
	e.size = int32(before - len(p.b) + eventSize)
	if p.bad || e.kind == toAbout && e.about == nil {
		return
	}
	switch m := e.msg.(type) {
	case *wire.Event:
		m.Count = count
	case *wire.RoomChange: // what is known here is what a new node begins with
		r.locked = m.Locked
	}
	r.pass.add(e)
}

// downNote tells a connection, and does here what the owner has done there.
func (r *Room) downNote(s *seat, what noted, end Close) {
	y := r.link.relay
	switch what {
	case noteRefused:
		y.answer(s)
	case noteReplaced:
		s.replaced = true
		y.answerAll(s)
	}
	if m := s.member; m != nil && (what == noteOver || what == noteReplaced) {
		r.deliverNow(m)
		r.roster.remove(m)
		m.rise()
	}
	s.note(what, end)
	y.sweep()
	r.release(s)
}

// downWelcome seats a member, and tells it what the room has told it.
func (r *Room) downWelcome(p *parcel) {
	y := r.link.relay
	s, m, j := y.seats[uint32(p.uint())], p.member(), p.joined(r.key.name)
	var replay []wire.Message
	for range p.count() {
		replay = append(replay, p.message())
	}
	if s == nil || p.bad {
		return
	}
	r.epoch, r.locked = j.Epoch, j.Locked
	if old := s.member; old != nil { // it has joined again
		r.deliverNow(old)
		r.roster.remove(old)
		old.rise()
	}
	m.take(s)
	r.roster.insert(m)
	r.pass.begin(m)
	if c := s.conn; c.takesExempt() {
		r.introduce(j, m)
		b := c.format.Append(nil, j)
		for _, msg := range replay {
			b = c.format.Append(b, msg)
		}
		r.pass.spent += len(b)
		c.pushExempt(b)
	}
	y.answer(s)
	s.note(noteJoined, Close{})
	y.sweep()
}

// introduce writes into j what its receiver's own node knows.
func (r *Room) introduce(j *wire.Joined, m *member) {
	j.Self = wire.Self{Member: m.id, Key: m.key.String(), Role: m.role, Since: m.since, Profile: m.profile}
	j.ICE, j.ICETTL = r.iceServers(m)
}

// downRehomed tells every member of the new epoch.
func (r *Room) downRehomed(p *parcel) {
	j := p.joined(r.key.name)
	if p.bad {
		return
	}
	r.epoch, r.locked = j.Epoch, j.Locked
	everybody := j.Members
	for _, m := range r.members {
		m.joinSeq, m.seated = j.Seq, j.Seq
		i, listed := slices.BinarySearchFunc(everybody, m.since, func(o wire.Member, since uint64) int {
			return cmp.Compare(o.Since, since)
		})
		one := *j
		one.Hidden, one.Members = m.hidden, nil
		if listed = listed && everybody[i].Member == m.id; listed {
			m.role = everybody[i].Role
		}
		if !m.hidden {
			one.Members = slices.Clone(everybody)
			if listed {
				one.Members = slices.Delete(one.Members, i, i+1)
			}
		}
		r.retell(m, &one)
	}
}

// retell tells m, without being asked, of the new epoch that its membership goes on in.
func (r *Room) retell(m *member, j *wire.Joined) {
	r.deliverNow(m)
	c := m.seat.conn
	if r.key.namespace != "" || !c.takesExempt() { // dialects know no epochs, and answer what they were asked
		return
	}
	r.introduce(j, m)
	b := c.format.Append(nil, j)
	r.pass.spent += len(b)
	c.pushExempt(b)
}
