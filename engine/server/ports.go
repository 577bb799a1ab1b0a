package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"

	"github.com/parley-signaling/parley/gateway"
)

// port is a listener, with a gateway of its own to the one system.
type port struct {
	name    string // the dialect's, where it speaks only one; "": the engine's own port
	addr    string
	gateway *gateway.Gateway
	ln      net.Listener // nil before Start
}

// addPorts makes the gateways of the dialects that have a listener of their own: every path is
// theirs there, as with the server that their clients come from.
func (s *Server) addPorts() error {
	for _, d := range s.portable {
		if d.addr == "" {
			continue
		}
		g, err := gateway.New(gateway.Options{
			System: s.system, Fallback: d.dialect, Origins: s.cfg.Origins, Quota: s.quota, Overloaded: s.budget.full, Logger: s.log, LogAddresses: s.cfg.LogAddresses, Shards: s.cfg.Shards,
		})
		if err != nil {
			return err
		}
		s.ports = append(s.ports, &port{name: d.dialect.Name(), addr: d.addr, gateway: g})
	}
	return nil
}

// listen opens all listeners, or none.
func (s *Server) listen() error {
	for i, p := range s.ports {
		ln, err := net.Listen("tcp", p.addr)
		if err != nil {
			s.unlisten(s.ports[:i])
			return fmt.Errorf("server: %w", err)
		}
		p.ln = s.secure(ln)
	}
	if err := s.listenRedirects(); err != nil {
		s.unlisten(s.ports)
		return fmt.Errorf("server: %w", err)
	}
	if err := s.listenAdmin(); err != nil {
		s.closeRedirects()
		s.unlisten(s.ports)
		return fmt.Errorf("server: %w", err)
	}
	return nil
}

func (s *Server) unlisten(ports []*port) {
	for _, p := range ports {
		_ = p.ln.Close()
		p.ln = nil
	}
}

// serve runs a listener. Without it there is nothing to wait for: a failure ends the server.
func (s *Server) serve(p *port) {
	err := p.gateway.Serve(p.ln)
	if errors.Is(err, gateway.ErrClosed) {
		return
	}
	s.log.Error("the listener has failed", "addr", p.ln.Addr(), "err", err)
	_ = s.shutdown(context.Background(), fmt.Errorf("server: %w", err))
}

// drain shuts all gateways down at once.
func (s *Server) drain(ctx context.Context) error {
	errs := make([]error, len(s.ports))
	var all sync.WaitGroup
	for i, p := range s.ports {
		all.Go(func() { errs[i] = p.gateway.Shutdown(ctx, s.cfg.RetryAfter) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// addrOf is the address that a port listens on; nil where there is none, and before Start.
func (s *Server) addrOf(name string) net.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.ports {
		if p.name == name && p.ln != nil {
			return p.ln.Addr()
		}
	}
	return nil
}

// Addr is the TCP address listened on; nil before Start.
func (s *Server) Addr() net.Addr { return s.addrOf("") }

// DialectAddr is the TCP address of the listener of its own that a dialect has ("y-webrtc",
// "trystero", "tracker"); nil where it has none, and before Start.
func (s *Server) DialectAddr(dialect string) net.Addr { return s.addrOf(dialect) }
