package actors

import (
	"bytes"
	"sync"
	"time"

	"github.com/parley-signaling/parley/actors/wire"
)

// pass is one turn's scratch: the letters taken, and what is to be told because of them.
//
// What is told is encoded once per format in use, into one burst: first the messages that
// everybody hears, then those for a few. A member that nothing in the pass is about gets the
// first part in one piece; the others ("special": senders, receivers of directed messages and
// of answers, newcomers) get the pieces that they may see, in order.
type pass struct {
	letter  roomLetter // that is carried out
	settled bool       // the join in it was answered
	spent   int        // of turnBytes
	items   []entry
	events  []*wire.Event // for the messages of items
	used    int           // of events
	scratch []byte        // to encode in what the history keeps
	special []special
	listed  bool // some items are only for those who are told of others
	common  bool // some items are for more than a few
	encoded [2 * maxFormats]*encoded
	classes []int // the places of encoded in use
	spare   []*encoded

	at        time.Duration // when the turn began, on the system's clock; not 0
	delivered uint64        // messages told, to each who hears them
}

// special is a member that does not get simply what everybody gets.
type special struct {
	m    *member
	from int // the first item that it may see
}

// encoded is the pass in one format.
type encoded struct {
	burst  *burst
	common *burst         // what everybody hears: a part of burst, or a burst of its own
	length int            // of the common part
	heard  uint64         // messages in it
	spans  []span         // of each item in burst
	copies map[int]*burst // of items that were copied out of burst
}

type span struct{ off, end int }

// A small piece that would keep a large burst in memory is copied out of it.
const (
	pinnedBytes = 512 // bursts up to this size are never worth it
	pinnedRatio = 8
)

// What a pass keeps for the next one.
const (
	keptEvents  = turnLetters
	keptScratch = 4 << 10
)

var passes = sync.Pool{New: func() any { return new(pass) }}

func newPass() *pass { return passes.Get().(*pass) }

// free gives the pass back, without what it held.
func (p *pass) free() {
	p.letter = roomLetter{}
	p.reset()
	p.settled, p.spent, p.delivered = false, 0, 0
	if cap(p.scratch) > keptScratch {
		p.scratch = nil
	}
	passes.Put(p)
}

// event returns an empty event for an item of this pass: nobody has it after that.
func (p *pass) event() *wire.Event {
	if p.used == len(p.events) {
		p.events = append(p.events, new(wire.Event))
	}
	p.used++
	return p.events[p.used-1]
}

// reset forgets what is to be told.
func (p *pass) reset() {
	clear(p.items)
	for _, e := range p.events[:p.used] {
		*e = wire.Event{}
	}
	if len(p.events) > keptEvents {
		clear(p.events[keptEvents:])
		p.events = p.events[:keptEvents]
	}
	p.used = 0
	p.unmark()
	for _, i := range p.classes {
		e := p.encoded[i]
		*e = encoded{spans: e.spans[:0]}
		p.spare = append(p.spare, e)
		p.encoded[i] = nil
	}
	p.items, p.classes, p.listed, p.common = p.items[:0], p.classes[:0], false, false
}

func (p *pass) unmark() {
	for i := range p.special {
		p.special[i].m.mark = 0
	}
	clear(p.special)
	p.special = p.special[:0]
}

// begin makes m see nothing of what is in the pass so far.
func (p *pass) begin(m *member) { p.mark(m).from = len(p.items) }

func (p *pass) mark(m *member) *special {
	if m.mark == 0 {
		p.special = append(p.special, special{m: m})
		m.mark = int32(len(p.special))
	}
	return &p.special[m.mark-1]
}

// add puts e at the end of the pass.
func (p *pass) add(e entry) {
	switch e.kind {
	case toListed:
		p.listed = true
		if e.about != nil { // it is here
			p.mark(e.about)
		}
	case toListedAll:
		p.listed = true
		if e.about != nil && e.about.hidden {
			p.mark(e.about)
		}
	case toThese:
		for _, m := range *e.to {
			p.mark(m)
		}
	case toOthers:
		if e.about != nil {
			p.mark(e.about)
		}
	case toAbout:
		p.mark(e.about)
	}
	p.common = p.common || e.isCommon(false)
	p.items = append(p.items, e)
}

// isCommon tells whether everybody of the class hears e, but for the special ones.
func (e *entry) isCommon(hidden bool) bool {
	switch e.kind {
	case toOthers, toAll:
		return true
	case toListed, toListedAll:
		return !hidden
	}
	return false
}

// flush tells everybody what the pass holds.
func (r *Room) flush() {
	r.flushHere()
	switch {
	case r.link == nil:
	case r.link.relay != nil:
		r.sendLetters()
	default:
		r.flushPeers()
	}
}

// flushHere tells the members of this node.
func (r *Room) flushHere() {
	p := r.pass
	if len(p.items) == 0 {
		return
	}
	for i := 0; p.common && i < len(r.members); i++ {
		m := r.members[i]
		if m.seat == nil || m.mark != 0 || m.seat.conn == nil {
			continue
		}
		c := m.seat.conn
		if e := p.encode(c, m.hidden); e.length > 0 {
			c.push(e.common, 0, e.length)
			p.delivered += e.heard
		}
	}
	for i := range p.special {
		r.deliver(&p.special[i])
	}
}

// deliver gives one special member the pieces that it may see.
func (r *Room) deliver(s *special) {
	m := s.m
	if m.seat == nil || m.seat.conn == nil {
		return
	}
	p, c := r.pass, m.seat.conn
	e := p.encode(c, m.hidden)
	var piece span
	first := 0 // item of the piece
	for i := s.from; i < len(p.items); i++ {
		if !p.items[i].sees(m) {
			continue
		}
		next := e.spans[i]
		if next.off < next.end {
			p.delivered++
		}
		if next.off == piece.end && piece.off < piece.end {
			piece.end = next.end
			continue
		}
		e.push(c, first, piece)
		first, piece = i, next
	}
	e.push(c, first, piece)
}

// deliverNow gives m what it may see of the pass so far, ahead of the others: something else
// is about to be said to it, or its seat is about to change.
func (r *Room) deliverNow(m *member) {
	p := r.pass
	if m.seat == nil || m.seat.conn == nil { // what goes down to a peer is in order by itself
		return
	}
	from := 0
	if m.mark != 0 {
		from = p.special[m.mark-1].from
	}
	var b []byte
	for i := from; i < len(p.items); i++ {
		if p.items[i].sees(m) {
			before := len(b)
			if b = m.seat.conn.format.Append(b, p.items[i].msg); len(b) > before {
				p.delivered++
			}
		}
	}
	m.seat.conn.deliver(b)
	p.begin(m)
}

// push gives c a piece of the burst that begins with an item. A small one is copied out of a
// large burst, once for all who get just that item.
func (e *encoded) push(c *Conn, item int, s span) {
	n := s.end - s.off
	switch {
	case n == 0:
	case !pins(n, len(e.burst.bytes)):
		c.push(e.burst, s.off, s.end)
	case s != e.spans[item]: // of several items
		c.deliver(bytes.Clone(e.burst.bytes[s.off:s.end]))
	default:
		b := e.copies[item]
		if b == nil {
			if e.copies == nil {
				e.copies = make(map[int]*burst)
			}
			b = &burst{bytes: bytes.Clone(e.burst.bytes[s.off:s.end]), made: e.burst.made}
			e.copies[item] = b
		}
		c.push(b, 0, n)
	}
}

// pins tells whether a piece is too small to keep what it is part of in memory.
func pins(piece, whole int) bool { return whole > pinnedBytes && piece*pinnedRatio < whole }

// encode returns the pass in c's format, for those who are told of others or not.
func (p *pass) encode(c *Conn, hidden bool) *encoded {
	hidden = hidden && p.listed
	i := 2 * int(c.class)
	if hidden {
		i++
	}
	if e := p.encoded[i]; e != nil {
		return e
	}
	var e *encoded
	if n := len(p.spare); n > 0 {
		e, p.spare = p.spare[n-1], p.spare[:n-1]
	} else {
		e = new(encoded)
	}
	e.fill(p, c.format, hidden)
	p.encoded[i] = e
	p.classes = append(p.classes, i)
	return e
}

func (e *encoded) fill(p *pass, f Format, hidden bool) {
	items := p.items
	size := 0
	for i := range items {
		size += int(items[i].size)
	}
	b := make([]byte, 0, size)
	if cap(e.spans) < len(items) {
		e.spans = make([]span, len(items), 2*len(items))
	}
	e.spans = e.spans[:len(items)]
	for _, common := range [...]bool{true, false} {
		for i := range items {
			if it := &items[i]; it.isCommon(hidden) == common {
				off := len(b)
				b = f.Append(b, it.msg)
				e.spans[i] = span{off, len(b)}
				if common && off < len(b) {
					e.heard++
				}
			}
		}
		if common {
			e.length = len(b)
		}
	}
	if cap(b) > pinnedBytes && cap(b) > 2*len(b) { // reckoned far too large
		b = bytes.Clone(b)
	}
	e.burst = &burst{bytes: b, made: p.at}
	e.common = e.burst
	if pins(e.length, len(b)) {
		e.common = &burst{bytes: bytes.Clone(b[:e.length]), made: p.at}
	}
}
