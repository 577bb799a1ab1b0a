package server

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"

	"github.com/parley-signaling/parley/engine/certificate"
	"github.com/parley-signaling/parley/engine/certificate/acme"
	"github.com/parley-signaling/parley/gateway"
)

// Secure is how a server speaks TLS, on all its ports but the operators' own: with a certificate
// from files, or with certificates that an authority issues by ACME (package acme), whose terms of
// service are agreed to thereby. The authority must reach the server at port 443 or, with
// TLSRedirectAddr, at port 80 of each domain.
type Secure struct {
	TLSCert         string // PEM file of the certificate and its chain, read again when it changes; "": none
	TLSKey          string // PEM file of its key
	TLSRedirectAddr string // TCP address that sends browsers from http to https; "": none

	ACMEDomain    []string // names to get certificates for, up to acme.MaxDomains; none: no ACME
	ACMEEmail     string   // where the authority can write to; "": nowhere
	ACMECache     string   // folder that keeps keys and certificates; "": acme.DefaultCache
	ACMEDirectory string   // URL of the authority; "": acme.LetsEncrypt
}

// encrypted tells whether there is TLS.
func (c Secure) encrypted() bool { return c.TLSCert != "" || len(c.ACMEDomain) > 0 }

func (c Secure) check() error {
	half := bothFiles("TLSCert", c.TLSCert, "TLSKey", c.TLSKey)
	errs := errors.Join(addr("TLSRedirectAddr", c.TLSRedirectAddr), half)
	if half == nil && !c.encrypted() && c.TLSRedirectAddr != "" {
		errs = errors.Join(errs, &ConfigError{"TLSRedirectAddr", c.TLSRedirectAddr, "needs TLSCert and TLSKey beside it, or ACMEDomain"})
	}
	return errors.Join(errs, c.checkACME())
}

func (c Secure) checkACME() (errs error) {
	wrong := func(field string, value any, problem string) {
		errs = errors.Join(errs, &ConfigError{field, value, problem})
	}
	bad := func(field, value string, err error) {
		if err != nil {
			wrong(field, value, err.Error())
		}
	}
	for _, d := range c.ACMEDomain {
		bad("ACMEDomain", d, acme.CheckDomain(d))
	}
	bad("ACMEEmail", c.ACMEEmail, acme.CheckEmail(c.ACMEEmail))
	bad("ACMEDirectory", c.ACMEDirectory, acme.CheckDirectory(c.ACMEDirectory))
	switch n := len(c.ACMEDomain); {
	case n > acme.MaxDomains:
		wrong("ACMEDomain", n, fmt.Sprintf("must be at most %d names", acme.MaxDomains))
	case n > 0 && (c.TLSCert != "" || c.TLSKey != ""):
		wrong("ACMEDomain", c.ACMEDomain, "must not be set where there is a certificate of your own (TLSCert)")
	}
	for _, f := range []struct{ field, value string }{
		{"ACMEEmail", c.ACMEEmail}, {"ACMECache", c.ACMECache}, {"ACMEDirectory", c.ACMEDirectory},
	} {
		if len(c.ACMEDomain) == 0 && f.value != "" {
			wrong(f.field, f.value, "needs ACMEDomain beside it")
		}
	}
	return errs
}

// loadTLS reads the certificate, or makes ready to get some, if there is to be TLS.
func (s *Server) loadTLS() error {
	switch {
	case s.cfg.TLSCert != "":
		files, err := certificate.Load(certificate.Options{
			CertFile: s.cfg.TLSCert, KeyFile: s.cfg.TLSKey, Use: "https", Now: s.cfg.Now, Logger: s.log,
		})
		if err != nil {
			return err
		}
		s.loaded = append(s.loaded, loaded{"https", files})
		s.tls = files.Config()
		s.tls.NextProtos = []string{"http/1.1"} // what WebSockets are opened with (RFC 6455, 4.1)
	case len(s.cfg.ACMEDomain) > 0:
		issuer, err := acme.New(acme.Options{
			Domains: s.cfg.ACMEDomain, Email: s.cfg.ACMEEmail, Cache: s.cfg.ACMECache, Directory: s.cfg.ACMEDirectory, Logger: s.log,
		})
		if err != nil {
			return err
		}
		s.acme = issuer
		s.tls = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: s.issued, NextProtos: []string{"http/1.1", acme.Protocol}}
	}
	return nil
}

// issued is tls.Config.GetCertificate, with the errors that a gateway counts.
func (s *Server) issued(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	cert, err := s.acme.Get(hello)
	switch {
	case errors.Is(err, acme.ErrName):
		return nil, nil // the alert is unrecognized_name then
	case err != nil:
		return nil, fmt.Errorf("%w: %w", gateway.ErrNoCertificate, err)
	}
	return cert, nil
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
