package load

import (
	"fmt"

	"github.com/parley-signaling/parley/bench/internal/client"
	"github.com/parley-signaling/parley/bench/internal/dialect"
	"github.com/parley-signaling/parley/bench/internal/stamp"
)

// Received takes an event, or an answer.
func (g *group) Received(c *client.Conn, message []byte) {
	s := &g.seats[c.Tag]
	mark, at, err := g.reader.Find(message)
	switch {
	case at < 0:
		g.answer(s, c, message)
	case s.slow:
	case g.part == nil:
		g.fatal = fmt.Errorf("connection %d got a message before any was sent: %.200q", g.lo+c.Tag, message)
	case err != nil || len(message)-at < g.job.Payload-len(`""`):
		g.part.Tally.Note(&g.part.Tally.Damaged, "%.200q", message)
	default:
		g.event(s, message, mark)
	}
}

func (g *group) event(s *seat, message []byte, mark stamp.Stamp) {
	t := &g.part.Tally
	number := int(mark.Publisher & (1<<publisherBits - 1))
	k := number % g.job.Publishers
	switch {
	case mark.Publisher>>publisherBits != g.tag || number/g.job.Publishers != s.room:
		t.Note(&t.Stray, "a member of room %d got message %d of publisher %d", s.room, mark.Number, mark.Publisher)
		return
	case k == s.member && g.dialect.Echoes():
		return
	case k == s.member:
		t.Note(&t.Stray, "publisher %d got its own message %d", number, mark.Number)
		return
	}
	g.ordered(s, g.dialect.Seq(message))
	if !s.streams[k].Take(mark.Number, t) {
		return
	}
	now := g.loop.Now()
	bystands := s.room < g.job.Bystanders
	g.arrival(now)
	if !bystands || g.job.Scenario != Slow { // there, the two are compared
		g.latency(now, mark.Intended)
	}
	if bystands && g.has(mark.Intended) {
		g.part.Others.Record(now - mark.Intended)
	}
	if p := g.own(number); p != nil {
		g.arrived(p, mark.Number, now)
	}
	if g.spans(s.room) {
		g.sliceArrived(mark, now)
	}
}

// ordered checks the room's own numbers.
func (g *group) ordered(s *seat, seq uint64) {
	if seq == 0 {
		return
	}
	if seq <= s.seq {
		t := &g.part.Tally
		t.Note(&t.Reordered, "seq %d after seq %d", seq, s.seq)
	}
	s.seq = max(s.seq, seq)
}

// answer takes what is no event.
func (g *group) answer(s *seat, c *client.Conn, message []byte) {
	m, err := g.dialect.Read(message)
	if err != nil {
		g.problem(c, fmt.Sprintf("%v: %.200q", err, message))
		return
	}
	switch m.Kind {
	case dialect.Joined:
		g.member(s, c, m)
	case dialect.OK:
		// It comes in its place among the room's messages: all before it have come. A publisher,
		// who hears nothing else, would come back to a history that no longer reaches so far.
		s.seq = max(s.seq, m.Seq)
		g.confirmed(s, m.ID)
	case dialect.Failed:
		g.refused(s, c, m)
	case dialect.Bye:
		g.problem(c, "the server said bye: "+m.Text)
	case dialect.Presence:
		if g.part != nil {
			g.part.Presences++
			g.ordered(s, m.Seq)
		} else {
			s.seq = max(s.seq, m.Seq)
		}
	}
}

// problem notes a failure, which before the first phase is fatal.
func (g *group) problem(c *client.Conn, what string) {
	if g.part == nil {
		g.fatal = fmt.Errorf("connection %d: %s", g.lo+c.Tag, what)
		return
	}
	g.part.fail(what)
}

// member takes the answer to a join.
func (g *group) member(s *seat, c *client.Conn, m dialect.Message) {
	switch {
	case s.in && m.ID == 0: // the room's node has died, and the room goes on at another in a new epoch
		s.seq = m.Seq
		if s.self != nil {
			self := m.Self
			s.self = &self
		}
		return
	case s.in:
		g.problem(c, "a second answer to a join")
		return
	}
	if s.down != 0 {
		g.back(s, c, m)
	}
	if s.self == nil || !m.Recovered {
		s.seq = m.Seq
	}
	if g.resumable {
		self := m.Self
		s.self = &self
	}
	g.joined(s)
	if s.pub >= 0 && g.resumable {
		g.catchUp(&g.pubs[s.pub], s)
	}
}
