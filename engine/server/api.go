package server

import (
	"context"
	"crypto/rand"
	"net/http"
	"strings"
	"time"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/engine/api"
	"github.com/parley-signaling/parley/engine/cluster"
	"github.com/parley-signaling/parley/gateway"
)

// newNode names this process: no two starts have the same id.
func newNode(cfg Config) api.Node {
	return api.Node{ID: strings.ToLower(rand.Text()[:12]), Version: cfg.Version, Started: time.Now()}
}

// operations is the API of operators.
func (s *Server) operations() *api.Handler {
	pictures := s.pictures()
	o := api.Options{
		System: s.system, Node: s.nodeNow, Stats: s.stats, Behavior: s.cfg.behaviorOf, Logger: s.log,
		Drain:    func() { go func() { _ = s.Shutdown(context.Background()) }() }, // Wait has the error
		Snapshot: func() any { return pictures.Snapshot() }, Live: pictures,
	}
	if s.cluster != nil {
		o.Cluster = fellows{s.system, s.cluster}
	}
	return api.New(o)
}

// fellows are the other nodes of the cluster.
type fellows struct {
	*actors.System
	cluster *cluster.Cluster
}

// Transport implements api.Cluster.
func (f fellows) Transport(node string) http.RoundTripper { return f.cluster.Transport(node) }

// behaviorOf names the behaviour that was set for a pattern: the first counts.
func (c Config) behaviorOf(pattern string) string {
	for _, b := range c.Behavior {
		if p, name, _ := strings.Cut(b, "="); p == pattern {
			return name
		}
	}
	return pattern
}

// state is where the server is in its life.
func (s *Server) state() string {
	return map[int32]string{phaseStarting: "starting", phaseReady: "ready", phaseDraining: "draining"}[s.phase.Load()]
}

// nodeID is the cluster's name for the server, where there is one.
func (s *Server) nodeID() string {
	if id, _ := s.system.Nodes(); id != "" {
		return id
	}
	return s.node.ID
}

func (s *Server) nodeNow() api.Node {
	n := s.node
	n.ID, n.State = s.nodeID(), s.state()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.ports {
		if p.ln != nil {
			n.Listens = append(n.Listens, api.Listen{Dialect: p.name, Addr: p.ln.Addr().String()})
		}
	}
	return n
}

// stats are those of the system, and of all gateways together.
func (s *Server) stats() api.Stats {
	v := api.StatsOf(s.system.Stats())
	g := &api.GatewayStats{Refused: map[string]uint64{}, Ended: map[string]uint64{}}
	for _, p := range s.ports {
		of := p.gateway.Stats()
		g.Accepted += of.Accepted
		g.Upgraded += of.Upgraded
		g.Panics += of.Panics
		for i, n := range of.Refused {
			g.Refused[gateway.Refusal(i).String()] += n
		}
		for i, n := range of.Ended {
			g.Ended[gateway.Ending(i).String()] += n
		}
	}
	v.Gateway, v.Webhooks = g, s.webhookStats()
	return v
}
