package server

import (
	"net"
	"net/http"
	"strconv"
	"time"
)

// redirects sends browsers to https.
type redirects struct {
	server http.Server
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
	s.redirects = &redirects{ln: ln, server: http.Server{
		Handler: handler, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 5 * time.Second, MaxHeaderBytes: 4 << 10,
	}}
	return nil
}

// redirect answers every request with its https URL, on that port; "": the usual one.
func redirect(port string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		if port != "" {
			host = net.JoinHostPort(host, port)
		}
		w.Header().Set("Connection", "close")
		http.Redirect(w, r, "https://"+host+r.URL.RequestURI(), http.StatusPermanentRedirect)
	})
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
