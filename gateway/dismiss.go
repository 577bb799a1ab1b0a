package gateway

import (
	"time"

	"github.com/parley-signaling/parley/actors"
)

// Dismiss tells every connection of this moment bye and 1001 with retryAfter, after what is queued
// for it, and goes on accepting.
func (g *Gateway) Dismiss(retryAfter time.Duration) {
	cl := actors.Close{Code: actors.CloseDrain, Reason: "this server is cut off from the others", RetryAfter: retryAfter}
	for _, s := range g.shards {
		s.call(func() { s.dismiss(cl) })
	}
}

func (s *shard) dismiss(cl actors.Close) {
	for _, k := range s.slots {
		if k != nil && k.state == stateOpen {
			s.guarded(k, func(s *shard, k *socket) { s.close(k, cl) })
		}
	}
}
