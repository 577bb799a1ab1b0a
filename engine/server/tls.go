package server

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/parley-signaling/parley/engine/certificate"
)

// Secure is how a server speaks TLS, on all its ports but the operators' own.
type Secure struct {
	TLSCert         string // PEM file of the certificate and its chain, read again when it changes; "": no TLS
	TLSKey          string // PEM file of its key
	TLSRedirectAddr string // TCP address that sends browsers from http to https; "": none
}

func (c Secure) check() error {
	errs := addr("TLSRedirectAddr", c.TLSRedirectAddr)
	switch {
	case c.TLSCert == "" && c.TLSKey != "":
		errs = errors.Join(errs, &ConfigError{"TLSCert", c.TLSCert, "must be set where the key is"})
	case c.TLSCert != "" && c.TLSKey == "":
		errs = errors.Join(errs, &ConfigError{"TLSKey", c.TLSKey, "must be set where the certificate is"})
	case c.TLSCert == "" && c.TLSRedirectAddr != "":
		errs = errors.Join(errs, &ConfigError{"TLSRedirectAddr", c.TLSRedirectAddr, "needs TLSCert and TLSKey beside it"})
	}
	return errs
}

// loadTLS reads the certificate, if there is to be one.
func (s *Server) loadTLS() error {
	if s.cfg.TLSCert == "" {
		return nil
	}
	files, err := certificate.Load(s.cfg.TLSCert, s.cfg.TLSKey, "https", s.log)
	if err != nil {
		return err
	}
	s.tls = files.Config()
	s.tls.NextProtos = []string{"http/1.1"} // what WebSockets are opened with (RFC 6455, 4.1)
	return nil
}

// secure puts TLS before a port's listener.
func (s *Server) secure(ln net.Listener) net.Listener {
	if s.tls == nil {
		return ln
	}
	return tls.NewListener(ln, s.tls)
}

// scheme is that of the server's URL.
func (s *Server) scheme() string {
	if s.tls == nil {
		return "http"
	}
	return "https"
}

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
	s.redirects = &redirects{ln: ln, server: http.Server{
		Handler: redirect(port), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 5 * time.Second, MaxHeaderBytes: 4 << 10,
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
