package gateway

import "sync/atomic"

// Stats counts since New, except Connections, which is now.
type Stats struct {
	Connections int              // open WebSocket connections
	Accepted    uint64           // sockets accepted from listeners, whatever became of them
	Upgraded    uint64           // upgrades answered 101
	Refused     [Refusals]uint64 // sockets that never came to be WebSockets, by Refusal
	Ended       [Endings]uint64  // connections, by Ending
	Panics      uint64           // in dialects, sessions, actors; each ended its connection only
	Pongs       uint64           // not sent: a newer one took their place, the client not reading, or there were too many pings
}

// counters are touched when connections come and go, never by messages.
type counters struct {
	connections                       atomic.Int64
	accepted, upgraded, panics, pongs atomic.Uint64
	refused                           [Refusals]atomic.Uint64
	ended                             [Endings]atomic.Uint64
	dialects                          map[string]*atomic.Int64 // open connections, by name; the map is static
}

// Stats returns the counters. From anywhere; it takes no lock, so they may be of moments a
// little apart.
func (g *Gateway) Stats() Stats {
	c := &g.stats
	s := Stats{
		Connections: int(c.connections.Load()), Accepted: c.accepted.Load(), Upgraded: c.upgraded.Load(),
		Panics: c.panics.Load(), Pongs: c.pongs.Load(),
	}
	for i := range s.Refused {
		s.Refused[i] = c.refused[i].Load()
	}
	for i := range s.Ended {
		s.Ended[i] = c.ended[i].Load()
	}
	return s
}

func (c *counters) refuse(why Refusal) { c.refused[why].Add(1) }

func (c *counters) open(dialect string) {
	c.upgraded.Add(1)
	c.connections.Add(1)
	c.dialects[dialect].Add(1)
}

func (c *counters) end(dialect string, how Ending) {
	c.ended[how].Add(1)
	c.connections.Add(-1)
	c.dialects[dialect].Add(-1)
}
