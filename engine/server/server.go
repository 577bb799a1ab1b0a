// Package server is the engine as a startable value: gateway, actors, the page, STUN and TURN and the
// operator's endpoints put together. The engine's main is this and flags; end-to-end tests
// start it on port 0.
package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/behaviours"
	"github.com/parley-signaling/parley/engine/admin"
	"github.com/parley-signaling/parley/engine/api"
	"github.com/parley-signaling/parley/engine/certificate/acme"
	"github.com/parley-signaling/parley/engine/cluster"
	"github.com/parley-signaling/parley/engine/ice"
	"github.com/parley-signaling/parley/engine/webhook"
	"github.com/parley-signaling/parley/gateway"
	"github.com/parley-signaling/parley/gateway/quota"
)

// ErrStarted is returned by a second Start.
var ErrStarted = errors.New("server: already started")

// Server is one engine. It is started once and shut down once; its methods are safe from any
// goroutine.
type Server struct {
	// Static after construction.
	cfg       Config
	log       *slog.Logger
	system    *actors.System
	quota     *quota.Quota // of all ports
	budget    *budget
	tls       *tls.Config  // nil: none
	acme      *acme.Issuer // nil: none
	loaded    []loaded     // certificates in files, but TURN's
	redirects *redirects   // nil: none; static after Start
	portable  []portable
	ports     []*port        // the first is the engine's own; their listeners are static after Start
	admin     *admin.Handler // nil: none
	adminPort *adminPort     // nil: none of its own
	adminTLS  *tls.Config    // of adminPort; nil: none
	done      chan struct{}
	node      api.Node         // but for its state
	webhooks  *webhook.Hub     // nil: nobody is told
	tokens    actors.Verifier  // nil: none are asked for
	endTokens func()           // ends what keeps the keys of tokens fresh
	cluster   *cluster.Cluster // nil: this node is alone
	life      context.Context  // until Shutdown
	end       func()

	// Static after Start.
	turn *ice.Server // nil: none

	phase atomic.Int32              // of phase…
	offer atomic.Pointer[ice.Offer] // what members are told; nil: nothing
	apart atomic.Bool               // cut off from the cluster

	// Guarded by mu.
	mu      sync.Mutex
	started bool
	stopped bool   // Shutdown has begun
	cut     func() // ends its context; nil before
	err     error
}

// The phases of a Server, as /readyz tells them.
const (
	phaseStarting int32 = iota
	phaseReady
	phaseDraining
)

// New puts a server together, without listening yet. The error is that of [Config.Validate].
// A server that was made needs a Shutdown, also where it was not started.
func New(cfg Config) (*Server, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg.withDefaults(), done: make(chan struct{})}
	s.node = newNode(s.cfg)
	s.log = s.cfg.Logger
	s.quota = s.cfg.Limits.quota()
	s.budget = newBudget(s.cfg.MemoryLimit, s.log)
	if err := s.openWebhooks(); err != nil {
		return nil, err
	}
	options := actors.Options{
		Logger:       s.log,
		Linger:       s.cfg.Linger,
		RoomCapacity: s.cfg.RoomCapacity,
		QueueBytes:   s.cfg.QueueBytes,
		MessageRate:  max(s.cfg.MessageRate, 0),
		RosterBytes:  s.cfg.RosterBytes,
		HistoryBytes: s.cfg.HistoryBytes,
		Overloaded:   s.budget.full,
		ICE:          s.iceServers,
		Observer:     observers(s.cfg.memberLog(), s.webhookObserver()),
	}
	if err := errors.Join(s.loadTLS(), s.loadAdminTLS()); err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	v, err := s.cfg.verifier(ctx)
	if err != nil {
		cancel()
		return nil, fmt.Errorf("server: %w", err)
	}
	s.endTokens = cancel
	if v != nil {
		s.tokens, options.Tokens = v, v
	}
	if err := s.joinOptions(&options); err != nil {
		cancel()
		return nil, fmt.Errorf("server: %w", err)
	}
	s.life, s.end = context.WithCancel(context.Background())
	if s.system, err = actors.NewSystem(options); err != nil {
		cancel()
		return nil, fmt.Errorf("server: %w", err)
	}
	for _, b := range s.cfg.Behavior {
		pattern, name, _ := strings.Cut(b, "=")
		if err := s.system.Behavior(pattern, behaviours.ByName(name)); err != nil {
			return nil, fmt.Errorf("server: %w", err)
		}
	}
	if err := s.open(); err != nil {
		_ = s.drain(context.Background())
		_ = s.system.Close(context.Background()) // nothing lives in it yet
		return nil, fmt.Errorf("server: %w", err)
	}
	return s, nil
}

// open makes the gateways.
func (s *Server) open() error {
	if err := s.findPortable(); err != nil {
		return err
	}
	routes, err := s.dialects()
	if err != nil {
		return err
	}
	s.openAdmin()
	g, err := gateway.New(gateway.Options{
		System:   s.system,
		Routes:   routes,
		Fallback: routes[s.cfg.SwoolePath], // none where that is Off
		HTTP:     s.routes(),
		Origins:  s.cfg.Origins,
		Quota:    s.quota, Overloaded: s.budget.full,
		Logger:       s.log,
		LogAddresses: s.cfg.LogAddresses,
		Shards:       s.cfg.Shards,
		DrainWindow:  s.cfg.drainWindow(),
	})
	if err != nil {
		return err
	}
	s.ports = append(s.ports, &port{addr: s.cfg.Addr, gateway: g})
	return s.addPorts()
}

// Start listens and serves, and returns once connections are accepted. Where a TCP port
// cannot be had, its error wraps a *net.OpError. A STUN or TURN port that is taken is logged, and the
// engine does without.
func (s *Server) Start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.started || s.stopped {
		return ErrStarted
	}
	if err := s.listen(); err != nil {
		return err
	}
	s.started = true
	s.warnOfOpenDoors()
	s.startICE()
	s.enter()
	if r := s.redirects; r != nil {
		go func() { _ = r.server.Serve(r.ln) }()
	}
	for _, p := range s.ports {
		go s.serve(p)
	}
	if s.adminPort != nil {
		go s.serveAdmin()
	}
	if s.acme != nil {
		s.acme.Start()
	}
	return nil
}

// URL is the page's address for a browser on this machine, or the one with the first of
// Secure.ACMEDomain, with a slash at its end; "" before Start.
func (s *Server) URL() string {
	a, ok := s.Addr().(*net.TCPAddr)
	if !ok {
		return ""
	}
	host := a.IP.String()
	switch {
	case s.acme != nil:
		host = s.cfg.ACMEDomain[0] // it answers to nothing else
		if a.Port == 443 {
			return "https://" + host + "/"
		}
	case a.IP.IsUnspecified():
		host = "localhost" // browsers give cameras to https and to localhost
	}
	return s.scheme() + "://" + net.JoinHostPort(host, strconv.Itoa(a.Port)) + "/"
}

// TURNAddr is the address of the STUN and TURN server, UDP's where it has that; nil where there is none.
func (s *Server) TURNAddr() net.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.turn == nil {
		return nil
	}
	return s.turn.Addr()
}

// Draining reports that Shutdown has begun.
func (s *Server) Draining() bool { return s.phase.Load() == phaseDraining }

// Done is closed when the server has ended: after Shutdown, or because its listener failed.
func (s *Server) Done() <-chan struct{} { return s.done }

// Wait waits for Done. Its error is that of the drain, or the reason why the server ended by
// itself.
func (s *Server) Wait() error {
	<-s.done
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Shutdown drains: /readyz turns 503, accepting ends after Config.DrainDelay, every
// connection is told bye with Config.RetryAfter after what was queued for it, and everything
// stops. What is not gone when ctx ends, or after Config.DrainTimeout, is cut, and
// the error says so (context.DeadlineExceeded or ctx's own). A second call waits for the first, and
// cuts it where its own ctx ends before.
func (s *Server) Shutdown(ctx context.Context) error {
	return s.shutdown(ctx, nil)
}

func (s *Server) shutdown(ctx context.Context, cause error) error {
	s.mu.Lock()
	first := !s.stopped
	s.stopped = true
	if first {
		ctx, s.cut = context.WithCancel(ctx)
	}
	cut := s.cut
	s.mu.Unlock()
	if !first {
		defer context.AfterFunc(ctx, cut)()
		return s.Wait()
	}
	defer cut()
	s.phase.Store(phaseDraining)
	s.budget.close()
	pause(ctx, s.cfg.DrainDelay)
	ctx, cancel := context.WithTimeout(ctx, s.cfg.DrainTimeout)
	defer cancel()
	s.end()
	err := errors.Join(cause, s.stop(ctx))
	s.endTokens()
	s.mu.Lock()
	s.err = err
	s.mu.Unlock()
	close(s.done)
	return err
}

// grace is what the actors get to end in when the drain has run out of time.
const grace = 2 * time.Second

// stop ends the parts, outermost first. Where ctx ends before they do, its error is returned.
func (s *Server) stop(ctx context.Context) error {
	if s.admin != nil && s.adminPort == nil {
		s.admin.Close() // an operator who looks on must not hold up the drain
	}
	s.system.RefuseJoins()
	if err := s.leave(ctx); err != nil {
		s.log.Warn("leaving the cluster", "err", err)
	}
	err := s.drain(ctx)
	if ctx.Err() != nil { // all connections are cut: what is left to do is quick
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), grace)
		defer cancel()
	}
	err = errors.Join(err, s.system.Close(ctx), s.part(ctx))
	s.closeWebhooks(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closeAdmin()
	s.closeRedirects()
	if s.acme != nil {
		s.acme.Close()
	}
	for _, p := range s.ports {
		if p.ln != nil {
			_ = p.ln.Close() // closed by its gateway, if that has come to serve it
		}
	}
	if s.turn != nil {
		err = errors.Join(err, s.turn.Close())
	}
	return err
}

// pause waits for d, or for ctx's end.
func pause(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
