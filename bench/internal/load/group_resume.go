package load

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/parley-signaling/parley/bench/internal/client"
	"github.com/parley-signaling/parley/bench/internal/dialect"
)

// drops is when sockets are lost in the present phase.
type drops struct {
	n    int  // how many so far
	done bool // all at once: it is over
}

// maxAttempts to come back, of one connection in a row.
const maxAttempts = 5

// stormAfter is when all sockets are dropped at once, from the beginning of the window: after
// half a second, or an eighth of a short one.
func (w window) stormAfter() int64 {
	return min(int64(500*time.Millisecond), (w.to-w.from)/8)
}

// dropDue drops the sockets that are due and returns when the next is.
func (g *group) dropDue(now int64) int64 {
	candidates := len(g.seats) - g.spared()
	switch {
	case candidates <= 0 || g.drops.done || (g.phase.Drop <= 0 && !g.phase.DropAll):
		return client.Never
	case g.phase.DropAll:
		if at := g.from + g.stormAfter(); now < at {
			return at
		}
		return g.dropAll(now)
	}
	perSecond := g.phase.Drop * float64(candidates)
	for range maxBurst {
		due := g.from + int64(float64(g.drops.n)*1e9/perSecond)
		if due >= g.to {
			g.drops.done = true
			return client.Never
		}
		if due > now {
			return due
		}
		g.drops.n++
		g.drop(g.spared()+rand.IntN(candidates), now)
	}
	return now
}

// perPass bounds the sockets that one pass drops, and those that it dials again: the others'
// messages are read in between, or their latency would be the harness's.
const perPass = 64

func (g *group) dropAll(now int64) int64 {
	for range perPass {
		i := g.spared() + g.drops.n
		if i >= len(g.seats) {
			g.drops.done = true
			return client.Never
		}
		g.drop(i, now)
		g.drops.n++
	}
	return now
}

// spared is how many of the first seats are bystanders.
func (g *group) spared() int {
	return min(max(0, g.job.Bystanders*g.job.Members-g.job.Lo), len(g.seats))
}

// drop cuts a socket, unless it is down already.
func (g *group) drop(i int, now int64) {
	s := &g.seats[i]
	if !s.in {
		return
	}
	s.conn.Abort()
	s.in, s.down, s.attempts = false, now, 0
	g.part.Dropped++
	g.redial(i)
}

// redial opens the seat again, in its turn.
func (g *group) redial(i int) {
	g.seats[i].conn = nil
	g.downs = append(g.downs, i)
}

// reopen dials seats that are down and reports whether it can go on at once.
func (g *group) reopen() bool {
	n := 0
	for n < len(g.downs) && g.opening < stormLimit && n < perPass {
		g.dial(g.downs[n])
		n++
	}
	g.downs = g.downs[:copy(g.downs, g.downs[n:])]
	return n > 0
}

// again follows an attempt to come back that failed.
func (g *group) again(i int, err error) {
	s := &g.seats[i]
	if s.attempts++; s.attempts >= maxAttempts {
		s.lost = true
		g.part.fail(fmt.Sprintf("a connection did not come back: %v", lossOf(err)))
		return
	}
	g.redial(i)
}

// resume says who the seat was.
func (s *seat) resume() *dialect.Membership {
	if s.self == nil || s.down == 0 {
		return nil
	}
	m := *s.self
	m.Seq = s.seq
	return &m
}

// back notes that a membership has returned.
func (g *group) back(s *seat, c *client.Conn, m dialect.Message) {
	g.part.Back.Record(g.loop.Now() - s.down)
	s.down = 0
	if !m.Recovered {
		g.problem(c, "a membership came back without what it had missed")
	}
	if m.Self.Member != s.self.Member {
		g.problem(c, "a member came back as another")
	}
}

// catchUp repeats unanswered requests, then sends what has waited.
func (g *group) catchUp(p *publisher, s *seat) {
	for _, r := range p.pending {
		s.conn.Send(r.message)
	}
	g.sendWaiting(p, s)
}

func (g *group) sendWaiting(p *publisher, s *seat) {
	n := 0
	for n < len(p.waiting) && len(p.pending) < maxPending && s.in {
		if g.has(p.waiting[n]) {
			g.part.Sent++
		}
		g.sendNow(p, s, p.waiting[n])
		n++
	}
	p.waiting = p.waiting[:copy(p.waiting, p.waiting[n:])]
}

// confirmed takes the answer to a publish.
func (g *group) confirmed(s *seat, id uint64) {
	if s.pub < 0 {
		return
	}
	p := &g.pubs[s.pub]
	for i, r := range p.pending {
		if r.id == id {
			p.pending = append(p.pending[:i], p.pending[i+1:]...)
			break
		}
	}
	g.sendWaiting(p, s)
}

// refused takes an error.
func (g *group) refused(s *seat, c *client.Conn, m dialect.Message) {
	g.problem(c, "refused: "+m.Text)
	if g.part != nil && m.ID != 0 {
		g.confirmed(s, m.ID)
	}
}
