package actors

import (
	"encoding/binary"
)

// put adds a message to the pass: for the members here to its items, for those of one peer to
// what goes down to it.
func (r *Room) put(e entry) {
	if r.link == nil || len(r.link.peers) == 0 {
		r.pass.add(e)
		return
	}
	switch e.kind {
	case toAbout:
		if s := e.about.seat; s != nil && s.peer != nil {
			s.peer.op(r, func(b []byte) []byte { return putItem(b, &e, nil) })
			return
		}
	case toThese:
		if !r.putThese(&e) {
			return
		}
	}
	r.pass.add(e)
}

// putThese hands a message to the peers of those named, and reports whether any is here.
func (r *Room) putThese(e *entry) (here bool) {
	for _, m := range *e.to {
		here = here || m.seat != nil && m.seat.conn != nil
	}
	for _, p := range r.link.peers {
		var to []uint64
		for _, m := range *e.to {
			if m.seat != nil && m.seat.peer == p {
				to = append(to, m.since)
			}
		}
		if len(to) > 0 {
			p.op(r, func(b []byte) []byte { return putItem(b, e, to) })
		}
	}
	return here
}

// flushPeers hands every peer what the pass has for it.
func (r *Room) flushPeers() {
	items := r.pass.items
	var texts []byte // of the items that everybody hears, encoded once
	spans := make([]span, len(items))
	for _, p := range r.link.peers {
		b := binary.AppendUvarint(nil, p.seen)
		head, off := len(b), 0
		cuts := p.cuts
		for i := range items {
			for len(cuts) > 0 && cuts[0].at <= i {
				b = append(b, p.ops[off:cuts[0].end]...)
				off, cuts = cuts[0].end, cuts[1:]
			}
			if !p.hears(&items[i]) {
				continue
			}
			if spans[i].end == 0 {
				from := len(texts)
				texts = putItem(texts, &items[i], nil)
				spans[i] = span{from, len(texts)}
			}
			b = append(b, texts[spans[i].off:spans[i].end]...)
		}
		b = append(b, p.ops[off:]...)
		if len(b) > head || p.due && p.seen != p.told {
			r.ship(p.node, frameDown, p.life, b)
			p.told = p.seen
		}
		p.spent()
	}
}

// hears tells whether the peer has somebody who may see what is for everybody.
func (p *peer) hears(e *entry) bool {
	if !e.isCommon(false) || p.members == 0 && !p.parted {
		return false
	}
	alone := p.members == 1 && !p.parted && e.about != nil && e.about.seat != nil && e.about.seat.peer == p
	return !alone || e.kind == toAll || e.kind == toListedAll
}

// spent forgets what the pass had for the peer.
func (p *peer) spent() {
	p.due, p.parted = false, false
	p.ops, p.cuts = p.ops[:0], p.cuts[:0]
	if cap(p.ops) > keptScratch {
		p.ops = nil
	}
}
