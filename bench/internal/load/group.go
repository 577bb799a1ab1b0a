package load

import (
	"fmt"

	"github.com/parley-signaling/parley/bench/internal/client"
	"github.com/parley-signaling/parley/bench/internal/dialect"
	"github.com/parley-signaling/parley/bench/internal/tally"
)

// group is rooms of many members: the scenarios fanout, idle and resume. Its connections are
// seats, of which this process has those from lo to hi.
type group struct {
	// Static after construction
	*env
	tag       uint32
	name      string // of rooms
	lo        int
	resumable bool // publishes are answered, and a lost socket comes back

	seats []seat
	slow  []int       // those that read slowly
	pubs  []publisher // of this process, in the order of their numbers
	first int         // the number of the first of pubs

	// Opening
	goal    int // seats to open
	next    int // the seat to be opened next
	opening int // begun and not yet a member
	limit   int // of opening
	fatal   error

	// The present phase
	meter
	phase   Phase
	begun   bool
	slot    int // of the open loop: publisher slot%len(pubs), round slot/len(pubs)
	expect  map[uint32]uint32
	drops   drops
	trickle int64 // when slow members next read
	downs   []int // seats to be dialed again
}

// seat is one connection's place in a room, which outlives the connection.
type seat struct {
	conn   *client.Conn // nil: none
	room   int
	member int // in the room, from 0
	pub    int // index in pubs; -1: publishes nothing

	in      bool // a member at present
	lost    bool // failed for good
	slow    bool // a member that reads slowly: what it gets is not looked at
	streams []tally.Stream
	seq     uint64 // the largest room number seen

	// Of a resumable group
	self     *dialect.Membership
	lastID   uint64
	down     int64 // when it was dropped; 0: it is not
	attempts int   // to come back
}

const (
	growLimit  = 128  // connections being opened at once
	stormLimit = 1000 // after a drop
)

// newGroup returns a group without connections.
func newGroup(e *env, name string, tag uint32, resumable bool) *group {
	g := &group{env: e, name: name, tag: tag, lo: e.job.Lo, resumable: resumable, limit: growLimit}
	g.seats = make([]seat, e.job.Hi-e.job.Lo)
	streams := make([]tally.Stream, len(g.seats)*e.job.Publishers)
	for i := range g.seats {
		n := g.lo + i
		s := &g.seats[i]
		s.room, s.member, s.pub = n/e.job.Members, n%e.job.Members, -1
		if s.slow = s.member >= e.job.Members-e.job.slowOf(s.room); s.slow {
			g.slow = append(g.slow, i)
		}
		s.streams = streams[i*e.job.Publishers:][:e.job.Publishers:e.job.Publishers]
		if s.member < e.job.Publishers {
			g.addPublisher(i)
		}
	}
	return g
}

func (g *group) room(s *seat) string {
	return fmt.Sprintf("bench-%s-%s-%d", g.job.Run, g.name, s.room)
}

// Grow begins to open seats; n counts this process's.
func (g *group) Grow(n int) { g.goal = min(n, len(g.seats)) }

// Grown reports whether all are members.
func (g *group) Grown() (bool, error) {
	return g.next >= g.goal && g.opening == 0, g.fatal
}

func (g *group) open() {
	for g.next < g.goal && g.opening < g.limit && g.fatal == nil {
		g.dial(g.next)
		g.next++
	}
}

func (g *group) dial(i int) {
	g.opening++
	g.seats[i].conn = g.loop.Dial(g, i)
}

// Opened asks for membership, again where there was one before.
func (g *group) Opened(c *client.Conn) {
	s := &g.seats[c.Tag]
	s.lastID++
	g.join(c, dialect.Join{Room: g.room(s), ID: s.lastID, Resume: s.resume()})
}

// Ponged is the answer to a join where there is no other.
func (g *group) Ponged(c *client.Conn) {
	if s := &g.seats[c.Tag]; !s.in {
		g.joined(s)
	}
}

func (g *group) joined(s *seat) {
	s.in = true
	if s.slow {
		s.conn.Slow()
	}
	g.opening--
	g.open()
}

// Closed is a loss that the harness has not caused.
func (g *group) Closed(c *client.Conn, err error) {
	s := &g.seats[c.Tag]
	if s.conn != c {
		return
	}
	s.conn = nil
	if !s.in {
		g.opening--
	}
	s.in = false
	switch {
	case s.slow:
		g.cut(c.Tag)
	case s.down != 0:
		g.again(c.Tag, err)
	case g.part == nil:
		g.fatal = fmt.Errorf("connection %d: %w", g.lo+c.Tag, lossOf(err))
	default:
		s.lost = true
		g.part.fail(fmt.Sprintf("a connection was lost: %v", lossOf(err)))
	}
}

// Close leaves all rooms.
func (g *group) Close() {
	for i := range g.seats {
		if c := g.seats[i].conn; c != nil {
			g.seats[i].conn = nil
			c.Close(1000)
		}
	}
}

// lossOf puts a name on an end without an error.
func lossOf(err error) error {
	if err == nil {
		return fmt.Errorf("closed")
	}
	return err
}
