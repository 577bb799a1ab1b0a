package gateway

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/parley-signaling/parley/actors"
)

// Shutdown drains: it stops accepting, tells every connection bye and 1001 with retryAfter,
// at a random moment of Options.DrainWindow so that they do not all come back at once, writes what is queued, waits for the close handshakes and for HTTP requests under way, and
// returns when all connections are gone. Where ctx ends first, what is left is cut, and
// ctx's error returned. Connections whose request is not complete are cut at once.
func (g *Gateway) Shutdown(ctx context.Context, retryAfter time.Duration) error {
	g.stopAccepting(retryAfter)
	for _, s := range g.shards {
		s.call(s.drain)
	}
	spread, stop := context.WithCancel(ctx)
	said := make(chan struct{})
	go func() {
		g.sayGoodbye(spread)
		close(said)
	}()
	defer func() {
		stop()
		<-said
	}()
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

// drain ends what is no connection yet; the shard ends with its last socket.
func (s *shard) drain() {
	s.stopping = true
	for _, k := range s.slots {
		if k != nil && (k.state == stateHead || k.state == stateTurned) {
			s.end(k)
		}
	}
}

// drainStep is how long one share of the connections is ahead of the next.
const drainStep = 50 * time.Millisecond

// sayGoodbye ends the connections in good order, an equal share of them at each step of the window:
// few are all gone at once, for a share is at least one.
func (g *Gateway) sayGoodbye(ctx context.Context) {
	steps := max(1, int(g.o.DrainWindow/drainStep))
	tick := time.NewTicker(drainStep)
	defer tick.Stop()
	for left := steps; left > 0; left-- {
		for _, s := range g.shards {
			s.call(func() { s.dismissSome(left) })
		}
		if left == 1 {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// dismissSome ends one of so many shares of the connections that are open, drawn at random.
func (s *shard) dismissSome(shares int) {
	var open []*socket
	for _, k := range s.slots {
		if k == nil || k.state != stateOpen {
			continue
		}
		if _, closing := k.actor.Closing(); !closing {
			open = append(open, k)
		}
	}
	rand.Shuffle(len(open), func(i, j int) { open[i], open[j] = open[j], open[i] })
	cl := s.g.farewell()
	for _, k := range open[:(len(open)+shares-1)/shares] {
		s.guarded(k, func(s *shard, k *socket) { s.close(k, cl) })
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
