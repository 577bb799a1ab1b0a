package gateway

import (
	"maps"
	"sync"
)

// Stats counts since New, except Connections, which is now.
type Stats struct {
	Connections int               // open WebSocket connections
	Accepted    uint64            // sockets accepted from listeners, whatever became of them
	Upgraded    uint64            // upgrades answered 101
	Refused     map[string]uint64 // upgrades and malformed requests refused, by cause
	Closed      map[int]uint64    // ended connections, by the code of our close frame; 1006: the peer just went
	Panics      uint64            // in dialects, sessions, actors; each ended its connection only
}

// counters are touched when connections come and go, never by messages.
type counters struct {
	mu sync.Mutex
	Stats
}

// Stats returns the counters. From anywhere.
func (g *Gateway) Stats() Stats {
	c := &g.stats
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.Stats
	s.Refused, s.Closed = maps.Clone(s.Refused), maps.Clone(s.Closed)
	return s
}

func (c *counters) accepted() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Accepted++
}

func (c *counters) upgraded() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Upgraded++
	c.Connections++
}

func (c *counters) refused(cause string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Refused[cause]++
}

func (c *counters) ended(code uint16) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if code == 0 {
		code = codeAbnormal
	}
	c.Connections--
	c.Closed[int(code)]++
}

func (c *counters) panicked() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Panics++
}
