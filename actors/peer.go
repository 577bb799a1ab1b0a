package actors

import (
	"encoding/binary"
	"maps"
	"slices"

	"github.com/parley-signaling/parley/actors/wire"
)

// peer is another node's relay, as the room sees it. What a pass tells its members goes down to
// it in one frame: what everybody hears is encoded once for all peers (peer_flush.go), and what
// is for one of its seats stands between that, where it was said.
type peer struct {
	node  string
	life  uint64
	seats map[uint32]*seat
	seen  uint64 // the number of the last letter that was processed
	told  uint64 // that the relay knows of

	members int    // who are seated here
	parted  bool   // in this pass somebody was unseated
	due     bool   // the relay waits for a word
	ops     []byte // of this pass
	cuts    []cut
}

// cut says where in the pass a part of ops belongs.
type cut struct{ at, end int }

// peer finds the peer of a relay that sends letters from a number on; nil, and the relay is told,
// where they are not what is to come. Of a life that was known elsewhere something was lost.
func (r *Room) peer(from string, life, first uint64, known bool) *peer {
	k := r.link
	p := k.peers[from]
	if p != nil && p.life == life {
		return p
	}
	if first != 1 || known {
		r.ship(from, frameUnknown, life, nil)
		return nil
	}
	if p != nil { // it has begun anew
		r.dropPeer(p)
	}
	p = r.addPeer(from, life)
	if len(r.barred) > 0 {
		p.bar(r, r.barred)
	}
	return p
}

func (r *Room) addPeer(node string, life uint64) *peer {
	k := r.link
	p := &peer{node: node, life: life, seats: make(map[uint32]*seat)}
	if k.peers == nil {
		k.peers = make(map[string]*peer)
	}
	k.peers[node] = p
	return p
}

// seat finds a seat by its number, or makes it.
func (p *peer) seat(r *Room, number uint32) *seat {
	s := p.seats[number]
	if s == nil {
		s = &seat{peer: p, room: r, number: number}
		p.seats[number] = s
	}
	return s
}

// letters carries out what a relay asks for.
func (r *Room) letters(from string, life uint64, p parcel) {
	k := r.link
	if k.relay != nil {
		r.notHome(from, func() { r.letters(from, life, p) }, life)
		return
	}
	var known bool
	p.flags(&known)
	number := p.uint()
	e := r.peer(from, life, number, known)
	if e == nil {
		return
	}
	if number > e.seen+1 { // it counts on from what is lost
		r.ship(from, frameUnknown, life, nil)
		r.dropPeer(e)
		return
	}
	r.pass.spent += len(p.b)
	for ; p.more(); number++ {
		fresh := number > e.seen // or it was processed where the room was before
		e.seen = max(e.seen, number)
		if !r.letter(e, &p, fresh) {
			r.sys.log.Error("a letter that cannot be read", "node", from, "room", r.key.name)
			r.ship(from, frameUnknown, life, nil)
			r.dropPeer(e)
			return
		}
	}
	e.due = true
}

// letter carries out one, and is false where it cannot be read.
func (r *Room) letter(e *peer, p *parcel, fresh bool) bool {
	switch what, number := p.byte(), uint32(p.uint()); what {
	case letterRequest:
		q, ephemeral := p.request(r.key.name)
		if p.bad {
			release(q)
			return false
		}
		if fresh {
			var s *seat
			if number != 0 {
				s = e.seat(r, number)
				s.farLeaves = ephemeral
			}
			r.request(s, q)
			r.pass.settled = false
		}
		release(q)
	case letterEnded:
		var clean bool
		p.flags(&clean)
		if s := e.seats[number]; s != nil && fresh {
			r.ended(s, clean)
			delete(e.seats, number)
		}
	default:
		return false
	}
	return !p.bad
}

// notHome is the answer to a frame for the room where it is not: it is to come here, or it is
// at its owner.
func (r *Room) notHome(from string, again func(), life uint64) {
	owner, here := r.isToCome()
	if here {
		r.link.late = append(r.link.late, late{from, again})
		return
	}
	r.sys.mu.Lock()
	defer r.sys.mu.Unlock()
	r.link.node.pointOn(from, r.key, life, owner, false)
}

// isToCome tells whether a room that is away is about to be here, or else who has it.
func (r *Room) isToCome() (owner string, here bool) {
	n := r.link.node
	r.sys.mu.Lock()
	defer r.sys.mu.Unlock()
	owner = n.view.owner(r.key)
	return owner, owner == n.self
}

// peerGone forgets a relay that has ended.
func (r *Room) peerGone(from string, life uint64) {
	if r.link.relay != nil {
		if _, here := r.isToCome(); here {
			r.link.late = append(r.link.late, late{from, func() { r.peerGone(from, life) }})
		}
		return
	}
	if p := r.link.peers[from]; p != nil && p.life == life {
		r.dropPeer(p)
	}
}

// dropPeer forgets a relay: its connections have ended.
func (r *Room) dropPeer(p *peer) {
	delete(r.link.peers, p.node)
	for _, number := range slices.Sorted(maps.Keys(p.seats)) {
		r.ended(p.seats[number], false)
	}
}

// op adds what goes down, in its place among the pass's items.
func (p *peer) op(r *Room, f func(b []byte) []byte) {
	p.ops = f(p.ops)
	at := len(r.pass.items)
	if n := len(p.cuts); n > 0 && p.cuts[n-1].at == at {
		p.cuts[n-1].end = len(p.ops)
		return
	}
	p.cuts = append(p.cuts, cut{at, len(p.ops)})
}

func (p *peer) tell(s *seat, m wire.Message) {
	p.op(s.room, func(b []byte) []byte {
		b = binary.AppendUvarint(append(b, downTell), uint64(s.number))
		return putMessage(b, m)
	})
}

func (p *peer) note(s *seat, what noted, end Close) {
	p.op(s.room, func(b []byte) []byte {
		b = binary.AppendUvarint(append(b, downNote), uint64(s.number))
		return putClose(append(b, byte(what)), end)
	})
}

// welcomeFar is welcome for a member of another node.
func (r *Room) welcomeFar(m *member, q *wire.Request, recovered bool, cursor uint64) {
	p := m.seat.peer
	before := len(p.ops)
	p.op(r, func(b []byte) []byte {
		b = binary.AppendUvarint(append(b, downWelcome), uint64(m.seat.number))
		b = putMember(b, m)
		b = putJoined(b, r.joined(m, q, recovered))
		if !recovered {
			return append(b, 0)
		}
		return r.history.putReplay(b, m, cursor)
	})
	r.pass.spent += len(p.ops) - before
	r.pass.settled = true
}

// bar tells a relay who is kept out, in case that it is what is left of the room.
func (p *peer) bar(r *Room, barred map[uint64]struct{}) {
	p.op(r, func(b []byte) []byte {
		return putBarred(putString(append(b, downBarred), r.epoch), barred)
	})
}

// spreadBars tells all relays.
func (r *Room) spreadBars(barred map[uint64]struct{}) {
	if r.link == nil || len(barred) == 0 {
		return
	}
	for _, p := range r.link.peers {
		p.bar(r, barred)
	}
}

// record tells a far member's node what the member is now.
func (r *Room) record(m *member) {
	if s := m.seat; s != nil && s.peer != nil {
		s.peer.op(r, func(b []byte) []byte { return putMember(append(b, downRecord), m) })
	}
}
