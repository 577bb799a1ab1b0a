package load

import "github.com/parley-signaling/parley/bench/internal/client"

// Members that read slowly beside others. What is measured is the others.

// slowOf is how many members of a room read slowly: in the first Bystanders none do.
func (j Job) slowOf(room int) int {
	if room < j.Bystanders {
		return 0
	}
	return j.Slow
}

// trickles is how often a second a slow member reads.
const trickles = 10

// trickleDue has slow members read a little, and returns when they next do.
func (g *group) trickleDue(now int64) int64 {
	if len(g.slow) == 0 || g.job.SlowBytes == 0 || now >= g.to {
		return client.Never
	}
	if now < g.trickle {
		return g.trickle
	}
	for _, i := range g.slow {
		if s := &g.seats[i]; s.in {
			s.conn.Trickle(max(g.job.SlowBytes/trickles, 1))
		}
	}
	g.trickle = now + 1e9/trickles
	return g.trickle
}

// cut follows the end of a slow member's connection, which is what it deserves: while the phase lasts
// somebody else takes its place.
func (g *group) cut(i int) {
	now := g.loop.Now()
	if now >= g.from && now < g.to {
		g.part.Cut++
	}
	if now < g.to {
		g.redial(i)
	}
}
