package gateway

import (
	"context"
	"time"

	"github.com/parley-signaling/parley/actors"
)

// Shutdown drains: it stops accepting, tells every connection bye and 1001 with retryAfter,
// writes what is queued, waits for the close handshakes and for HTTP requests under way, and
// returns when all connections are gone. Where ctx ends first, what is left is cut, and
// ctx's error returned. Connections whose request is not complete are cut at once.
func (g *Gateway) Shutdown(ctx context.Context, retryAfter time.Duration) error {
	g.stopAccepting(retryAfter)
	for _, s := range g.shards {
		s.call(s.drain)
	}
	web := make(chan error, 1)
	go func() { web <- g.web.shutdown(ctx) }()
	gone := make(chan struct{})
	go func() {
		g.running.Wait()
		close(gone)
	}()
	var err error
	select {
	case <-gone:
	case <-ctx.Done():
		err = ctx.Err()
		g.cut()
		<-gone
	}
	if failed := <-web; failed != nil {
		g.web.server.Close()
		err = failed
	}
	return err
}

// Close cuts all connections and listeners without a word, and waits for the gateway's goroutines.
func (g *Gateway) Close() error {
	g.stopAccepting(0)
	g.cut()
	g.web.server.Close()
	g.running.Wait()
	return nil
}

// stopAccepting closes the listeners: first the shard lets go of their descriptors.
func (g *Gateway) stopAccepting(retryAfter time.Duration) {
	if !g.beginDraining(retryAfter) {
		return
	}
	released := make(chan struct{})
	if g.shards[0].call(func() {
		g.shards[0].stopAccepting()
		close(released)
	}) {
		<-released
	}
	g.mu.Lock()
	listeners := g.listeners
	g.mu.Unlock()
	for _, l := range listeners {
		l.Close()
	}
	close(g.closing)
}

// beginDraining is true the first time.
func (g *Gateway) beginDraining(retryAfter time.Duration) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.draining.Swap(true) {
		return false
	}
	g.retryAfter = retryAfter
	return true
}

// farewell is what a draining gateway tells its connections.
func (g *Gateway) farewell() actors.Close {
	g.mu.Lock()
	defer g.mu.Unlock()
	return actors.Close{Code: actors.CloseDrain, Reason: "the server is shutting down", RetryAfter: g.retryAfter}
}

func (g *Gateway) cut() {
	for _, s := range g.shards {
		s.call(s.abandon)
	}
}

// drain ends every connection in good order; the shard ends with its last one.
func (s *shard) drain() {
	s.stopping = true
	cl := s.g.farewell()
	for _, k := range s.slots {
		if k == nil {
			continue
		}
		switch k.state {
		case stateHead, stateTurned:
			s.end(k)
		case stateOpen:
			s.guarded(k, func(s *shard, k *socket) { s.close(k, cl) })
		}
	}
}

// abandon cuts every connection.
func (s *shard) abandon() {
	s.stopping = true
	for _, k := range s.slots {
		if k != nil {
			if k.ending == EndedLost {
				k.ending = EndedCut
			}
			s.abort(k)
		}
	}
}
