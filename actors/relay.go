package actors

import (
	"encoding/binary"
	"math/rand/v2"

	"github.com/parley-signaling/parley/actors/wire"
)

// relay is what makes a room away: it stands for all connections that this node has in it.
// Their requests go up to the room as letters; what the room tells comes down once for all of
// them, and is encoded and handed out here by the same pass that a room has (relay_down.go).
// The room's roster holds the members of this node alone.
//
// Letters are numbered and kept until the owner has said that they are processed, so that they
// can be sent again where the room has moved meanwhile. So many may be kept as a room's mailbox
// holds: beyond, the relay takes no more from its own, and its connections are blocked.
type relay struct {
	owner string // "": nobody yet
	life  uint64 // random; what the owner knows of this relay
	known bool   // an owner has handed over what it knew of this life

	sent   uint64      // the number of the last letter
	kept   []*petition // not processed, in order
	weight int         // of those
	asking []*petition // joins that are processed, and not answered
	out    []byte      // of this turn
	ahead  []late      // what the next owner has said before the last one's moved has come

	barredIn string // the epoch that the room's barred is of

	seats map[uint32]*seat // that the owner knows
	last  uint32           // the number of the last one
}

// petition is a letter that a relay has for the owner.
type petition struct {
	number   uint64
	what     byte      // letterRequest or letterEnded
	seat     *seat     // nil: none
	place    uint32    // the seat's number
	kind     wire.Kind // of a request
	id       uint64    // of a request
	asks     bool      // its connection waits for the outcome
	answered bool      // it has it, or has ended
	body     []byte
}

// What a letter up is.
const (
	letterRequest byte = iota + 1
	letterEnded
)

func newRelay(owner string) *relay {
	return &relay{owner: owner, life: rand.Uint64(), seats: make(map[uint32]*seat)}
}

func (y *relay) full() bool { return len(y.kept) >= maxRoomLetters || y.weight >= maxRoomBytes }

// idle tells whether there is nobody and nothing that the relay lives for.
func (y *relay) idle() bool { return len(y.seats) == 0 && len(y.kept) == 0 && len(y.asking) == 0 }

// enroll gives a seat its number.
func (y *relay) enroll(s *seat) {
	if s.number == 0 {
		y.last++
		s.number = y.last
		y.seats[s.number] = s
	}
}

// forward has the owner carry out what a connection asks for.
func (r *Room) forward(s *seat, q *wire.Request) {
	y := r.link.relay
	switch {
	case s != nil && s.replaced:
		return
	case r.stopping:
		r.regret(newLetter(s, q))
		return
	case s != nil:
		y.enroll(s)
	}
	y.post(newLetter(s, q))
}

func newLetter(s *seat, q *wire.Request) *petition {
	return &petition{
		what: letterRequest, seat: s, kind: q.Kind, id: q.ID, asks: s != nil && asks(q), body: putRequest(nil, s, q),
	}
}

// endSeat takes a connection that has ended, or that nothing ties to the room any more, off.
func (r *Room) endSeat(s *seat, clean bool) {
	y := r.link.relay
	if m := s.member; m != nil {
		r.roster.remove(m)
		m.rise()
	}
	if s.number == 0 {
		return
	}
	delete(y.seats, s.number)
	y.answerAll(s)
	y.sweep()
	y.post(&petition{what: letterEnded, seat: s, body: putFlags(nil, clean)})
	s.number = 0
}

// post numbers a letter and puts it into the turn's frame.
func (y *relay) post(l *petition) {
	y.sent++
	l.number = y.sent
	y.kept = append(y.kept, l)
	y.weight += len(l.body)
	if l.seat != nil {
		l.seat.refs++
		l.place = l.seat.number
	}
	if len(y.out) == 0 {
		y.out = binary.AppendUvarint(y.out, l.number)
	}
	y.out = l.append(y.out)
}

func (l *petition) append(b []byte) []byte {
	b = binary.AppendUvarint(append(b, l.what), uint64(l.place))
	return append(b, l.body...)
}

// sendLetters ends the relay's turn.
func (r *Room) sendLetters() {
	y := r.link.relay
	if len(y.out) == 0 {
		return
	}
	if y.owner != "" {
		r.shipLetters(y.out)
	}
	y.out = y.out[:0]
	if cap(y.out) > keptScratch {
		y.out = nil
	}
}

// resend sends all that is kept again, to another owner. Its numbers stay. Where nothing is kept
// the owner hears of the relay all the same: it may not know it.
func (r *Room) resend() {
	y := r.link.relay
	y.out = y.out[:0] // they are among them
	if len(y.kept) == 0 {
		r.shipLetters(binary.AppendUvarint(nil, y.sent+1))
	}
	for i := 0; i < len(y.kept); {
		b := binary.AppendUvarint(nil, y.kept[i].number)
		for ; i < len(y.kept) && len(b) < turnBytes; i++ {
			b = y.kept[i].append(b)
		}
		r.shipLetters(b)
	}
}

func (r *Room) shipLetters(b []byte) {
	y := r.link.relay
	r.ship(y.owner, frameLetters, y.life, append(putFlags(nil, y.known), b...))
}

// processed lets go of the letters up to a number.
func (r *Room) processed(upTo uint64) {
	y := r.link.relay
	n := 0
	for n < len(y.kept) && y.kept[n].number <= upTo {
		y.weight -= len(y.kept[n].body)
		n++
	}
	gone := y.kept[:n]
	if y.kept = y.kept[n:]; len(y.kept) == 0 {
		y.kept = nil
	}
	for _, l := range gone {
		if l.asks && !l.answered {
			y.asking = append(y.asking, l)
		} else {
			r.drop(l)
		}
	}
	clear(gone)
}

// sweep lets go of the joins that are answered.
func (y *relay) sweep() {
	list := y.asking[:0]
	for _, l := range y.asking {
		if !l.answered {
			list = append(list, l)
		} else if l.seat != nil {
			l.seat.refs--
		}
	}
	clear(y.asking[len(list):])
	if y.asking = list; len(list) == 0 {
		y.asking = nil
	}
}

// drop forgets a letter, and the seat that nothing ties to the room any more.
func (r *Room) drop(l *petition) {
	if s := l.seat; s != nil {
		s.refs--
		r.release(s)
	}
}

// release tells the owner of a seat that nothing ties to the room any more.
func (r *Room) release(s *seat) {
	if s.refs == 0 && s.member == nil && s.number != 0 {
		r.endSeat(s, false)
	}
}

// answer marks a seat's oldest join that waits for its outcome.
func (y *relay) answer(s *seat) {
	if l := y.waiting(s); l != nil {
		l.answered = true
	}
}

// answerAll marks all of a seat's joins: nobody waits for them any more.
func (y *relay) answerAll(s *seat) {
	for l := y.waiting(s); l != nil; l = y.waiting(s) {
		l.answered = true
	}
}

// waiting is a seat's oldest join that waits for its outcome.
func (y *relay) waiting(s *seat) *petition {
	for _, list := range [...][]*petition{y.asking, y.kept} {
		for _, l := range list {
			if l.seat == s && l.asks && !l.answered {
				return l
			}
		}
	}
	return nil
}
