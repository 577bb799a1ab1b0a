package server

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-signaling/parley/engine/admin"
	"github.com/parley-signaling/parley/engine/live"
	"github.com/parley-signaling/parley/engine/metrics"
	"github.com/parley-signaling/parley/gateway"
	"github.com/parley-signaling/parley/web"
)

// adminPort is a listener for operators alone.
type adminPort struct {
	server *http.Server
	ln     net.Listener // nil before Start
}

// checkAdmin returns a ConfigError for a field about operators that is wrong. It shows no secret.
func (c Config) checkAdmin() error {
	if err := addr("AdminAddr", c.AdminAddr); err != nil {
		return err
	}
	if n := len(c.AdminToken); n > 0 && n < admin.MinToken {
		return &ConfigError{"AdminToken", hidden(n), fmt.Sprintf("must have at least %d bytes", admin.MinToken)}
	}
	if c.AdminAddr != "" && c.AdminToken == "" && !admin.IsLoopback(c.AdminAddr) {
		return &ConfigError{"AdminAddr", c.AdminAddr, "without AdminToken it must be an address of this machine alone (127.0.0.1, localhost)"}
	}
	return c.checkAdminTLS()
}

// openAdmin makes what operators see, if they are to see anything.
func (s *Server) openAdmin() {
	operations := s.operations()
	if s.cluster != nil {
		s.cluster.Serve(operations.Here()) // whatever operators are to see here
	}
	if s.cfg.AdminAddr == "" && s.cfg.AdminToken == "" {
		return
	}
	s.admin = admin.New(admin.Options{Token: s.cfg.AdminToken, Logger: s.log})
	s.admin.Handle("GET /metrics", admin.Metrics(s.metrics(), s.log))
	s.admin.Handle("/api/v1/", operations)
	s.admin.HandleOpen("/dashboard", http.RedirectHandler("/dashboard/", http.StatusMovedPermanently))
	s.admin.HandleOpen("/dashboard/", web.Dashboard())
	if s.cfg.AdminAddr != "" {
		s.adminPort = &adminPort{server: operatorsServer(s.admin)}
		s.adminPort.server.ErrorLog = gateway.ErrorLog(s.log, s.cfg.LogAddresses)
	}
}

// What a request's body, and its answer, may take on the operators' own listener: it may be reached by
// those, too, who have no token. What streams sets its own deadlines (package live, net/http/pprof).
const (
	bodyTime   = 30 * time.Second
	answerTime = time.Minute
)

func operatorsServer(handler http.Handler) *http.Server {
	inTime := func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTime))
		}
		handler.ServeHTTP(w, r)
	}
	return &http.Server{
		Handler: http.HandlerFunc(inTime), ReadHeaderTimeout: 10 * time.Second, WriteTimeout: answerTime, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 16 << 10,
	}
}

// pictures are what the dashboard shows.
func (s *Server) pictures() *live.Handler {
	o := live.Options{
		Node: s.nodeID, Name: s.cfg.ClusterNode, Version: s.cfg.Version, Started: s.node.Started, System: s.system, Gateways: s.gateways,
		Allocations: s.AllocationCount, State: s.state,
	}
	if o.Name == "" {
		o.Name, _ = os.Hostname() // "" will do
	}
	if s.cluster != nil {
		o.Others = fellows{s.system, s.cluster}
	}
	return live.New(o)
}

func (s *Server) metrics() *prometheus.Registry {
	r := metrics.New(metrics.Sources{
		Version: s.cfg.Version, System: s.system, Gateways: s.gateways, Allocations: s.AllocationCount, Draining: s.Draining,
		Webhooks: s.webhookCounts, Certificates: s.certificates,
	})
	if s.cluster != nil {
		r.MustRegister(metrics.Cluster(s.cluster.Stats))
	}
	return r
}

func (s *Server) gateways() (list []*gateway.Gateway) {
	for _, p := range s.ports {
		list = append(list, p.gateway)
	}
	return list
}

func (s *Server) listenAdmin() error {
	if s.adminPort == nil {
		return nil
	}
	ln, err := net.Listen("tcp", s.cfg.AdminAddr)
	if err != nil {
		return err
	}
	s.adminPort.ln = s.secureAdmin(ln)
	s.log.Info("operators are served", "addr", ln.Addr(), "tls", s.adminTLS != nil)
	if a, ok := ln.Addr().(*net.TCPAddr); ok && !a.IP.IsLoopback() && s.adminTLS == nil {
		s.log.Warn("the admin token crosses the network in the clear: set AdminTLSCert and AdminTLSKey, put a TLS proxy in front, or listen on 127.0.0.1", "addr", a)
	}
	return nil
}

// serveAdmin runs the operators' listener. The engine goes on where it fails.
func (s *Server) serveAdmin() {
	if err := s.adminPort.server.Serve(s.adminPort.ln); !errors.Is(err, http.ErrServerClosed) {
		s.log.Error("the listener for operators has failed", "err", err)
	}
}

// closeAdmin ends what operators are being told. s.mu is held.
func (s *Server) closeAdmin() {
	if s.admin != nil {
		s.admin.Close()
	}
	if s.adminPort != nil && s.adminPort.ln != nil {
		_ = s.adminPort.server.Close()
		_ = s.adminPort.ln.Close() // where it has not come to serve it
	}
}

// AdminAddr is the TCP address of the operators' own listener; nil where there is none, and
// before Start.
func (s *Server) AdminAddr() net.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.adminPort == nil || s.adminPort.ln == nil {
		return nil
	}
	return s.adminPort.ln.Addr()
}
