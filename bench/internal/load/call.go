package load

import (
	"fmt"
	"time"

	"github.com/parley-signaling/parley/bench/internal/client"
	"github.com/parley-signaling/parley/bench/internal/dialect"
	"github.com/parley-signaling/parley/bench/internal/stamp"
	"github.com/parley-signaling/parley/bench/internal/tally"
)

// The shape of a call: an offer and an answer of 2,000 bytes, ten candidates of 180 bytes
// each way. The caller's candidates follow its offer, the other's its answer.
const (
	descriptionSize = 2000
	candidateSize   = 180
	candidates      = 10
	perSide         = 1 + candidates
	callTimeout     = 10 * time.Second // without anything arriving for it
)

// calls is the scenario call: rooms of two. A slot is one call at a time.
type calls struct {
	// Static after construction
	*env
	warm   bool // the two stay connected and in their room
	values [2]dialect.Value
	candi  dialect.Value

	slots []callSlot
	goal  int // sides that shall be members already (warm)
	grown int // those that are
	next  int // the side to be opened next
	fatal error

	// The present phase
	meter
	pace
	patrol int64 // when slots are next looked at for time-outs
}

type callSlot struct {
	active   bool
	intended int64
	deadline int64
	n        uint32 // calls begun
	sides    [2]callSide
}

type callSide struct {
	conn   *client.Conn // nil: none
	in     bool
	from   tally.Stream // what the other side sent
	sent   uint32
	got    int    // of this call
	seq    uint64 // the largest room number seen
	answer bool   // of this call: it has sent
}

func newCalls(e *env) *calls {
	c := &calls{env: e, warm: e.job.Warm, slots: make([]callSlot, e.job.InFlight), pace: newPace(e.job.InFlight)}
	c.values = [2]dialect.Value{dialect.Description("offer", descriptionSize), dialect.Description("answer", descriptionSize)}
	c.candi = dialect.Candidate(candidateSize)
	return c
}

// side is a connection's: slot*2, plus 1 for the callee.
func (c *calls) side(tag int) *callSide { return &c.slots[tag/2].sides[tag%2] }

// publisher returns the number of a side, across all processes.
func (c *calls) publisher(tag int) uint32 {
	return callTag<<publisherBits | uint32(c.job.Slot*2+tag)
}

func (c *calls) dial(tag int) {
	s := c.side(tag)
	s.in, s.seq = false, 0
	s.conn = c.loop.Dial(c, tag)
}

// Opened asks for membership: of the slot's room, or of this call's.
func (c *calls) Opened(conn *client.Conn) {
	if c.side(conn.Tag).conn != conn {
		return
	}
	c.goesOn(conn.Tag / 2)
	c.join(conn, dialect.Join{Room: c.roomOf(conn.Tag / 2), ID: 1})
}

// Ponged is the answer to a join where there is no other.
func (c *calls) Ponged(conn *client.Conn) {
	if s := c.side(conn.Tag); s.conn == conn && !s.in {
		c.joined(conn)
	}
}

func (c *calls) joined(conn *client.Conn) {
	c.side(conn.Tag).in = true
	slot := &c.slots[conn.Tag/2]
	if slot.active {
		c.offer(conn.Tag / 2)
		return
	}
	c.grown++
	c.open()
}

// offer begins to talk once both are there.
func (c *calls) offer(i int) {
	slot := &c.slots[i]
	if slot.sides[0].in && slot.sides[1].in && !slot.sides[0].answer {
		c.speak(i * 2)
	}
}

// speak sends a side's part of the call.
func (c *calls) speak(tag int) {
	s := c.side(tag)
	s.answer = true
	room := c.roomOf(tag / 2)
	c.utter(tag, s, room, [2]string{"offer", "answer"}[tag%2], c.values[tag%2])
	for range candidates {
		c.utter(tag, s, room, "candidate", c.candi)
	}
}

func (c *calls) roomOf(slot int) string {
	room := fmt.Sprintf("bench-%s-call-%d", c.job.Run, c.job.Slot+slot)
	if c.warm {
		return room
	}
	return fmt.Sprintf("%s-%d", room, c.slots[slot].n)
}

func (c *calls) utter(tag int, s *callSide, room, event string, v dialect.Value) {
	now := c.loop.Now()
	v.Stamp = stamp.Stamp{Publisher: c.publisher(tag), Number: s.sent, Intended: now}
	s.sent++
	if c.has(now) {
		c.part.Sent++
	}
	c.publish(s.conn, dialect.Publish{Room: room, Event: event, Value: v})
}

// Received takes the other side's part.
func (c *calls) Received(conn *client.Conn, message []byte) {
	s := c.side(conn.Tag)
	if s.conn != conn {
		return // left already
	}
	c.goesOn(conn.Tag / 2)
	mark, at, err := c.reader.Find(message)
	switch {
	case at < 0:
		c.response(conn, message)
	case c.part == nil:
		c.fatal = fmt.Errorf("a message before any was sent: %.200q", message)
	case err != nil:
		c.part.Tally.Note(&c.part.Tally.Damaged, "%.200q", message)
	case mark.Publisher == c.publisher(conn.Tag) && c.dialect.Echoes():
	case mark.Publisher != c.publisher(conn.Tag^1):
		c.part.Tally.Note(&c.part.Tally.Stray, "side %d of a call got message %d of publisher %d", conn.Tag, mark.Number, mark.Publisher)
	default:
		c.heard(conn.Tag, s, mark, c.dialect.Seq(message))
	}
}

func (c *calls) heard(tag int, s *callSide, mark stamp.Stamp, seq uint64) {
	t := &c.part.Tally
	if seq != 0 && seq <= s.seq {
		t.Note(&t.Reordered, "seq %d after seq %d", seq, s.seq)
	}
	s.seq = max(s.seq, seq)
	if !s.from.Take(mark.Number, t) {
		return
	}
	now := c.loop.Now()
	if c.has(mark.Intended) {
		c.part.Latency.Record(now - mark.Intended)
	}
	if c.has(now) {
		c.part.Delivered++
	}
	s.got++
	if tag%2 == 1 && !s.answer {
		c.speak(tag)
	}
	slot := &c.slots[tag/2]
	if slot.sides[0].got >= perSide && slot.sides[1].got >= perSide {
		c.done(tag/2, now)
	}
}

func (c *calls) response(conn *client.Conn, message []byte) {
	m, err := c.dialect.Read(message)
	s := c.side(conn.Tag)
	switch {
	case err != nil:
		c.broken(conn, fmt.Sprintf("%v: %.200q", err, message))
	case m.Kind == dialect.Joined && !s.in:
		s.seq = m.Seq
		c.joined(conn)
	case m.Kind == dialect.Failed:
		c.broken(conn, "refused: "+m.Text)
	case m.Kind == dialect.Bye:
		c.broken(conn, "the server said bye: "+m.Text)
	case m.Kind == dialect.Presence && c.part != nil:
		c.part.Presences++
	}
}
