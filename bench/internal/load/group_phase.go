package load

import (
	"github.com/parley-signaling/parley/bench/internal/client"
)

// Begin starts a phase.
func (g *group) Begin(p Phase, m meter) {
	g.phase, g.meter, g.begun, g.expect = p, m, false, nil
	g.slot, g.drops, g.trickle = 0, drops{}, 0
	g.limit = stormLimit
	if p.Rate <= 0 || p.Outstanding > 0 || len(g.pubs) == 0 {
		g.slot = -1 // no open loop
	}
}

// Tick does what is due.
func (g *group) Tick(now int64) int64 {
	g.open()
	if g.part == nil {
		return client.Never
	}
	if now < g.start {
		return g.start
	}
	if !g.begun {
		g.begun = true
		g.beginClosedLoop(now)
	}
	next := int64(client.Never)
	if now < g.to {
		next = g.to
	}
	if g.slot >= 0 {
		next = min(next, g.publishDue(now))
	}
	next = min(next, g.dropDue(now), g.trickleDue(now))
	if g.reopen() {
		return now
	}
	return next
}

func (g *group) beginClosedLoop(now int64) {
	for i := range g.pubs {
		for range g.phase.Outstanding {
			g.send(&g.pubs[i], now, now)
		}
	}
}

// Over reports whether the open loop has caught up with the window's end.
func (g *group) Over(now int64) bool { return now >= g.to && g.slot < 0 }

// Published counts what was really sent; what still waits for its socket follows.
func (g *group) Published() map[uint32]uint32 {
	all := make(map[uint32]uint32, len(g.pubs))
	for i := range g.pubs {
		p := &g.pubs[i]
		all[p.id] = p.number + uint32(len(p.waiting))
	}
	return all
}

// Expect takes what all processes have sent.
func (g *group) Expect(published map[uint32]uint32) { g.expect = published }

// published returns what the k-th publisher of a room has sent.
func (g *group) published(room, k int) uint32 {
	return g.expect[g.tag<<publisherBits|uint32(room*g.job.Publishers+k)]
}

// Settled reports whether everybody is there and has everything.
func (g *group) Settled() bool {
	if g.opening > 0 || len(g.downs) > 0 {
		return false
	}
	for i := range g.pubs {
		if p := &g.pubs[i]; len(p.pending)+len(p.waiting) > 0 && !g.seats[p.seat].lost {
			return false
		}
	}
	for i := range g.seats {
		s := &g.seats[i]
		for k := range s.streams {
			if k != s.member && !s.slow && s.streams[k].Missing(g.published(s.room, k)) > 0 && !s.lost {
				return false
			}
		}
	}
	return true
}

// Finish counts what did not arrive.
func (g *group) Finish() {
	for i := range g.seats {
		s := &g.seats[i]
		for k := range s.streams {
			if k != s.member && !s.slow {
				s.streams[k].Finish(g.published(s.room, k), &g.part.Tally)
			}
		}
		if s.down != 0 && !s.lost {
			g.part.fail("a connection did not come back in time")
		}
	}
	for i := range g.pubs {
		g.pubs[i].flight, g.pubs[i].oldest = nil, g.pubs[i].number
	}
}
