package tracker

import (
	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/dialect/fields"
)

// office is the tracker in one swarm's room: it is sent what the members say, and tells them
// what they are to know.
type office struct {
	room  *actors.Room
	hash  string // info_hash, 20 characters
	swarm *swarm
}

func newHooks(room *actors.Room) actors.Hooks {
	o := &office{room, hashOf(room.Name()), newSwarm()}
	o.unpack()
	return actors.Hooks{Send: o.send, Left: func(m actors.Member) { o.swarm.leave(m.ID) }, Carry: o.pack}
}

// send looks at a message, which goes to nobody as it is.
func (o *office) send(e *actors.Event) error {
	m, err := decode(e.Data.Bytes) // for the second time, as it may have come from elsewhere
	if err == nil {
		err = o.carryOut(e.Member.ID, m)
	}
	if err != nil {
		o.tell(e.Member.ID, appendFailure(nil, &wire.Error{Room: o.room.Name(), Message: err.Message}))
	}
	if len(o.swarm.members[e.Member.ID]) == 0 {
		_ = o.room.Leave(e.Member.ID) // it is there: it has just spoken
	}
	return actors.ErrDrop
}

func (o *office) carryOut(member string, m *message) *wire.Error {
	if m.action == "scrape" {
		o.tell(member, o.scraped())
		return nil
	}
	p := o.swarm.find(member, m.peer)
	changed := false
	switch {
	case m.event == stopped:
		if p != nil {
			o.swarm.remove(p)
			o.note(member)
		}
		o.tell(member, o.announced())
		return nil
	case p == nil:
		var ok bool
		if p, ok = o.swarm.add(member, m.peer); !ok {
			return fields.Bad("peer_id: at most %d of one connection in a swarm", maxPeers)
		}
		changed = true
	}
	if (m.complete || m.event == completed) && o.swarm.completes(p, m.event == completed) {
		changed = true
	}
	if changed {
		o.note(member)
	}
	if m.answer != nil {
		o.forward(m)
		return nil
	}
	o.tell(member, o.announced())
	for i, to := range o.swarm.pick(len(m.offers), m.peer) {
		o.tell(to.member, o.offered(m, &m.offers[i]))
	}
	return nil
}

// forward hands an answer to whoever announces the id that it is for: who has sent the offer
// knows it, and the others pass over it.
func (o *office) forward(m *message) {
	for _, to := range o.swarm.ids[m.to] {
		o.tell(to.member, o.answered(m))
	}
}

func (o *office) tell(member string, object []byte) {
	// Whoever is in the swarm is in the room, and maxSDP leaves place for all else.
	_ = o.room.Send(member, "announce", wire.Value{Codec: wire.JSON, Bytes: object})
}
