package actors

import (
	"cmp"
	"encoding/binary"
	"maps"
	"slices"
	"time"

	"github.com/parley-signaling/parley/actors/wire"
)

// state is a room as it is handed over.
type state struct {
	epoch        string
	born         time.Duration // on this node's clock
	seq, since   uint64
	locked, kept bool
	capacity     int
	carried      []byte
	barred       map[uint64]struct{}
	history      history
	peers        []statePeer
	members      []stateMember
	held         []stateHeld
}

type statePeer struct {
	node  string
	life  uint64
	seen  uint64
	seats []stateSeat
}

type stateSeat struct {
	number           uint32
	replaced, leaves bool
}

// stateMember sits at a number of one of the peers, or is suspended.
type stateMember struct {
	m      *member
	seated bool
	peer   int
	number uint32
	left   time.Duration // of its linger
}

type stateHeld struct {
	peer   int
	number uint32
	req    *wire.Request
}

// stateSize is about how much putState writes.
func (r *Room) stateSize() int {
	n := 256 + len(r.link.carried) + 10*len(r.barred) + r.history.bytes + 24*(len(r.history.records)-r.history.head)
	n += r.profiles + 128*len(r.members) + r.named
	for _, m := range r.members {
		n += 32 * len(m.answers)
	}
	for _, j := range r.held {
		n += 64 + j.req.Size
	}
	return n
}

// putState writes the room. y is the relay that is to stand in for it on this node: its seats
// have their numbers.
func (r *Room) putState(b []byte, y *relay, self string) []byte {
	b = putString(b, r.epoch)
	b = binary.AppendUvarint(b, span64(r.clock()-r.born))
	for _, n := range [...]uint64{r.seq, r.since, uint64(r.capacity)} {
		b = binary.AppendUvarint(b, n)
	}
	b = putFlags(b, r.locked, r.kept)
	b = putBytes(b, r.link.carried)
	b = putBarred(b, r.barred)
	b = r.history.put(b, r.clock())

	index := map[*peer]int{nil: 0} // nil: this node
	b = binary.AppendUvarint(b, uint64(1+len(r.link.peers)))
	here := statePeer{node: self, life: y.life}
	for _, number := range slices.Sorted(maps.Keys(y.seats)) {
		here.seats = append(here.seats, stateSeat{number: number, leaves: y.seats[number].ephemeral()})
	}
	b = here.append(b)
	for _, node := range slices.Sorted(maps.Keys(r.link.peers)) {
		p := r.link.peers[node]
		index[p] = len(index)
		sp := statePeer{node: node, life: p.life, seen: p.seen}
		for _, number := range slices.Sorted(maps.Keys(p.seats)) {
			s := p.seats[number]
			sp.seats = append(sp.seats, stateSeat{number, s.replaced, s.farLeaves})
		}
		b = sp.append(b)
	}
	b = binary.AppendUvarint(b, uint64(len(r.members)))
	for _, m := range r.members {
		b = putMember(b, m)
		b = putFlags(b, m.seat != nil)
		if m.seat != nil {
			b = binary.AppendUvarint(b, uint64(index[m.seat.peer]))
			b = binary.AppendUvarint(b, uint64(m.seat.number))
		} else {
			b = binary.AppendUvarint(b, span64(m.until-r.clock()))
		}
		b = binary.AppendUvarint(b, uint64(len(m.answers)))
		for _, a := range m.answers {
			b = binary.AppendUvarint(b, a.id)
			b = putMessage(b, a.msg)
		}
	}
	waiting := r.waiting()
	b = binary.AppendUvarint(b, uint64(len(waiting)))
	for _, j := range waiting {
		b = binary.AppendUvarint(b, uint64(index[j.seat.peer]))
		b = binary.AppendUvarint(b, uint64(j.seat.number))
		b = putRequest(b, j.seat, &j.req)
	}
	return b
}

func (sp statePeer) append(b []byte) []byte {
	b = putString(b, sp.node)
	b = binary.BigEndian.AppendUint64(b, sp.life)
	b = binary.AppendUvarint(b, sp.seen)
	b = binary.AppendUvarint(b, uint64(len(sp.seats)))
	for _, s := range sp.seats {
		b = binary.AppendUvarint(b, uint64(s.number))
		b = putFlags(b, s.replaced, s.leaves)
	}
	return b
}

// state reads what putState has written. now is the time by this node's clock.
func (p *parcel) state(now time.Duration, room string) *state {
	st := &state{epoch: p.string(), born: now - p.span(), seq: p.uint(), since: p.uint(), capacity: int(p.uint())}
	p.flags(&st.locked, &st.kept)
	st.carried = slices.Clone(p.bytes())
	st.barred = p.barred(nil)
	st.history = p.history(now)
	for range p.count() {
		st.peers = append(st.peers, p.statePeer())
	}
	for range p.count() {
		st.members = append(st.members, p.stateMember(len(st.peers)))
	}
	for range p.count() {
		h := stateHeld{peer: p.below(len(st.peers)), number: uint32(p.uint())}
		h.req, _ = p.request(room)
		st.held = append(st.held, h)
	}
	return st
}

func (p *parcel) statePeer() (sp statePeer) {
	sp.node, sp.life, sp.seen = p.string(), p.fixed(), p.uint()
	for range p.count() {
		s := stateSeat{number: uint32(p.uint())}
		p.flags(&s.replaced, &s.leaves)
		sp.seats = append(sp.seats, s)
	}
	return sp
}

func (p *parcel) stateMember(peers int) stateMember {
	one := stateMember{m: p.member()}
	p.flags(&one.seated)
	if one.seated {
		one.peer, one.number = p.below(peers), uint32(p.uint())
	} else {
		one.left = p.span()
	}
	for range p.count() {
		a := answer{id: p.uint()}
		if a.msg = p.message(); a.msg != nil {
			one.m.answers = append(one.m.answers, a)
			one.m.named += a.names()
		}
	}
	return one
}

// below reads an index.
func (p *parcel) below(n int) int {
	i := p.uint()
	if i >= uint64(n) {
		p.bad, p.b = true, nil
		return 0
	}
	return int(i)
}

// put writes the history, with how old its messages are.
func (h *history) put(b []byte, now time.Duration) []byte {
	b = binary.AppendUvarint(b, uint64(h.keep))
	b = binary.AppendUvarint(b, h.floor)
	b = binary.AppendUvarint(b, uint64(len(h.records)-h.head))
	for i := h.head; i < len(h.records); i++ {
		r := &h.records[i]
		b = binary.AppendUvarint(b, r.seq)
		b = binary.AppendUvarint(b, r.about)
		b = binary.AppendUvarint(b, span64(now-r.at))
		b = binary.AppendUvarint(b, uint64(r.to))
		b = append(b, byte(r.kind), byte(r.codec))
		b = putBytes(b, h.text.at(r.where))
	}
	return b
}

func (p *parcel) history(now time.Duration) (h history) {
	h.keep, h.floor = p.span(), p.uint()
	for range p.count() {
		r := record{seq: p.uint(), about: p.uint(), at: now - p.span(), to: uint32(p.uint())}
		r.kind, r.codec = audience(p.byte()), wire.Codec(p.byte())
		text := p.bytes()
		if p.bad || int(r.to) > len(text) {
			p.bad = true
			return history{}
		}
		r.where = h.text.add(text)
		h.records = append(h.records, r)
		h.bytes += len(text)
	}
	return h
}

// compareAll compares pairs of numbers until two differ.
func compareAll(pairs ...uint64) int {
	for i := 0; i < len(pairs); i += 2 {
		if c := cmp.Compare(pairs[i], pairs[i+1]); c != 0 {
			return c
		}
	}
	return 0
}
