package server

import (
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/parley-signaling/parley/gateway"
	"github.com/parley-signaling/parley/gateway/quota"
)

// redirectTime is what a request and its answer may take each, and what a connection may wait for the next one.
const redirectTime = 5 * time.Second

// redirects sends browsers to https.
type redirects struct {
	server *http.Server
	ln     net.Listener
}

// listenRedirects opens TLSRedirectAddr, if it is set; the ports are open.
func (s *Server) listenRedirects() error {
	if s.cfg.TLSRedirectAddr == "" {
		return nil
	}
	ln, err := net.Listen("tcp", s.cfg.TLSRedirectAddr)
	if err != nil {
		return err
	}
	port := ""
	if a, ok := s.ports[0].ln.Addr().(*net.TCPAddr); ok && a.Port != 443 {
		port = strconv.Itoa(a.Port)
	}
	handler := redirect(port)
	if s.acme != nil {
		handler = s.acme.HTTP(handler)
	}
	s.redirects = &redirects{ln: counted{ln, s.quota}, server: redirectServer(handler)}
	s.redirects.server.ErrorLog = gateway.ErrorLog(s.log, s.cfg.LogAddresses)
	return nil
}

// redirectServer has a bound for everything that a client may keep it waiting with.
func redirectServer(handler http.Handler) *http.Server {
	return &http.Server{
		Handler: handler, ReadTimeout: redirectTime, WriteTimeout: redirectTime, IdleTimeout: redirectTime, MaxHeaderBytes: 4 << 10,
	}
}

// redirect answers every request for a path with its https URL, on that port; "": the usual one.
func redirect(port string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		path := r.URL.RequestURI()
		if r.Host == "" || !strings.HasPrefix(path, "/") { // what is no path would become a part of the host's name
			http.Error(w, "a host and a path are needed", http.StatusBadRequest)
			return
		}
		http.Redirect(w, r, "https://"+onPort(r.Host, port)+path, http.StatusPermanentRedirect)
	})
}

// onPort is a Host header with another port; "": with none.
func onPort(host, port string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if port == "" && !strings.Contains(host, ":") {
		return host
	}
	return strings.TrimSuffix(net.JoinHostPort(host, port), ":") // an IPv6 address is in brackets there
}

// counted is a listener whose connections count as those of the ports; what is too many is closed.
type counted struct {
	net.Listener
	quota *quota.Quota
}

// Accept implements net.Listener.
func (l counted) Accept() (net.Conn, error) {
	for {
		nc, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		key, verdict := l.quota.Admit(quota.AddrOf(nc.RemoteAddr()))
		if verdict == quota.OK {
			return &countedConn{nc, sync.OnceFunc(func() { l.quota.Leave(key) })}, nil
		}
		_ = nc.Close()
	}
}

type countedConn struct {
	net.Conn
	leave func()
}

// Close implements net.Conn.
func (c *countedConn) Close() error {
	c.leave()
	return c.Conn.Close()
}

func (s *Server) closeRedirects() {
	if s.redirects != nil {
		_ = s.redirects.server.Close()
	}
}

// RedirectAddr is the TCP address of Secure.TLSRedirectAddr; nil where there is none, and before
// Start.
func (s *Server) RedirectAddr() net.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.redirects == nil {
		return nil
	}
	return s.redirects.ln.Addr()
}
