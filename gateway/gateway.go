package gateway

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// ErrClosed is returned by Serve after Shutdown or Close.
var ErrClosed = errors.New("gateway: closed")

// Gateway serves WebSocket and HTTP on the same listeners and carries the connections of a
// System's actors. Create it with New; end it with Shutdown or Close.
type Gateway struct {
	// Static after construction
	o         Options
	origins   *origins
	shards    []*shard
	web       *web
	readers   sync.Pool     // *reader, empty
	tick      time.Duration // between two parts of the ping sweep
	pongTicks int

	next     atomic.Uint32 // the shard for the next connection
	draining atomic.Bool
	running  sync.WaitGroup // shards and the web server's own listener
	closing  chan struct{}  // closed as draining is set
	stats    counters

	complained atomic.Int64 // when refusals for want of quota were logged, in Unix nanoseconds; 0: never

	// Guarded by mu
	mu         sync.Mutex
	listeners  []*listener
	retryAfter time.Duration
}

// New starts a gateway: a goroutine for each shard, and one for HTTP.
func New(o Options) (*Gateway, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	g := &Gateway{o: o, closing: make(chan struct{})}
	if g.origins, err = newOrigins(o.Origins); err != nil {
		return nil, err
	}
	g.readers.New = func() any { return new(reader) }
	g.tick = max(o.PingInterval/sweeps, 1)
	g.pongTicks = int((o.PongTimeout + g.tick - 1) / g.tick)
	g.stats.dialects = g.o.dialectCounts()
	g.web = newWeb(g)
	for range o.Shards {
		s, err := newShard(g)
		if err != nil {
			for _, s := range g.shards {
				s.poller.Close()
			}
			return nil, err
		}
		g.shards = append(g.shards, s)
	}
	for _, s := range g.shards {
		g.running.Go(s.run)
	}
	g.running.Go(func() { g.web.serve(g.web.handed) })
	return g, nil
}

func (g *Gateway) nextShard() *shard {
	return g.shards[int(g.next.Add(1))%len(g.shards)]
}
