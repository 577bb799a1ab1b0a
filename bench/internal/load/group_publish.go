package load

import (
	"github.com/parley-signaling/parley/bench/internal/dialect"
	"github.com/parley-signaling/parley/bench/internal/stamp"
)

// publisher sends from a seat.
type publisher struct {
	seat   int
	id     uint32 // across all processes
	number uint32 // of the next message
	others int    // members of the room in this process, apart from itself
	shared bool   // the room has members in other processes

	template []byte // a whole message without an id, nil until the first
	at       int    // of the stamp in it

	flight []flight // not yet with everybody, by number from oldest on
	oldest uint32

	// Of a resumable group
	pending []request // unanswered, oldest first
	waiting []int64   // intended times that found no room in pending, or no membership
}

type flight struct {
	remaining int32
	intended  int64
	done      bool
}

// request is kept to be sent again.
type request struct {
	id      uint64
	message []byte
}

// maxPending is what the protocol allows a client to have outstanding in a room.
const maxPending = 64

func (g *group) addPublisher(i int) {
	s := &g.seats[i]
	number := s.room*g.job.Publishers + s.member
	if len(g.pubs) == 0 {
		g.first = number
	}
	s.pub = len(g.pubs)
	from, to := s.room*g.job.Members, (s.room+1)*g.job.Members
	p := publisher{seat: i, id: g.tag<<publisherBits | uint32(number)}
	p.others = min(to-g.job.slowOf(s.room), g.job.Hi) - max(from, g.job.Lo) - 1 // of those who read
	p.shared = from < g.job.Lo || to > g.job.Hi
	g.pubs = append(g.pubs, p)
}

// own returns the publisher of a number, if it is this process's.
func (g *group) own(number int) *publisher {
	if i := number - g.first; len(g.pubs) > 0 && i >= 0 && i < len(g.pubs) {
		return &g.pubs[i]
	}
	return nil
}

// due returns the intended time of a slot of the open loop. All processes' publishers take
// turns, so that a room's messages are evenly spaced, and so are the rooms'.
func (g *group) due(slot int) int64 {
	all := g.job.Rooms * g.job.Publishers
	turn := g.first + slot%len(g.pubs) + slot/len(g.pubs)*all
	return g.phase.Start + int64(float64(turn)*1e9/(g.phase.Rate*float64(g.job.Rooms)))
}

// maxBurst bounds what one pass sends, so that it reads too.
const maxBurst = 1000

// publishDue sends what the open loop owes and returns when the next one is due.
func (g *group) publishDue(now int64) int64 {
	for range maxBurst {
		due := g.due(g.slot)
		if due >= g.to {
			g.slot = -1
			return g.to
		}
		if due > now {
			return due
		}
		g.send(&g.pubs[g.slot%len(g.pubs)], now, due)
		g.slot++
	}
	return now
}

// send publishes one message, or lets it wait for its membership.
func (g *group) send(p *publisher, now, intended int64) {
	s := &g.seats[p.seat]
	switch {
	case s.lost:
		return
	case g.resumable && (!s.in || len(p.pending) >= maxPending || len(p.waiting) > 0):
		p.waiting = append(p.waiting, intended)
		return
	}
	g.sent(now, intended)
	g.sendNow(p, s, intended)
}

func (g *group) sendNow(p *publisher, s *seat, intended int64) {
	mark := stamp.Stamp{Publisher: p.id, Number: p.number, Intended: intended}
	p.number++
	p.flight = append(p.flight, flight{remaining: int32(p.others), intended: intended})
	if !g.resumable {
		s.conn.Send(g.stamped(p, s, mark))
		return
	}
	s.lastID++
	pub := dialect.Publish{Room: g.room(s), Event: "bench", ID: s.lastID, Value: dialect.Text(g.job.Payload)}
	pub.Value.Stamp = mark
	r := request{s.lastID, g.dialect.AppendPublish(nil, pub)}
	p.pending = append(p.pending, r)
	s.conn.Send(r.message)
}

// stamped returns the publisher's message with a new stamp.
func (g *group) stamped(p *publisher, s *seat, mark stamp.Stamp) []byte {
	if p.template == nil {
		pub := dialect.Publish{Room: g.room(s), Event: "bench", Value: dialect.Text(g.job.Payload)}
		p.template = g.dialect.AppendPublish(nil, pub)
		_, p.at, _ = g.reader.Find(p.template)
	}
	mark.Append(p.template[:p.at])
	return p.template
}

// arrived notes that one more member of this process has a message.
func (g *group) arrived(p *publisher, number uint32, now int64) {
	i := number - p.oldest
	if int(i) >= len(p.flight) {
		return
	}
	f := &p.flight[i]
	if f.remaining--; f.remaining > 0 || f.done {
		return
	}
	f.done = true
	if !p.shared && g.has(f.intended) {
		g.part.Last.Record(now - f.intended)
	}
	n := 0
	for n < len(p.flight) && p.flight[n].done {
		n++
	}
	p.flight = p.flight[:copy(p.flight, p.flight[n:])]
	p.oldest += uint32(n)
	if g.phase.Outstanding > 0 && now < g.to {
		g.send(p, now, now)
	}
}
