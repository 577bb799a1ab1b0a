package server

import (
	"cmp"
	"crypto/x509"

	"github.com/parley-signaling/parley/engine/certificate"
	"github.com/parley-signaling/parley/engine/metrics"
)

// loaded is a certificate in files, and what it is for.
type loaded struct {
	use   string
	files *certificate.Files
}

// certificates are those that clients are shown at this moment.
func (s *Server) certificates() (list []metrics.Certificate) {
	add := func(use, name string, leaf *x509.Certificate) {
		list = append(list, metrics.Certificate{Use: use, Name: name, NotAfter: leaf.NotAfter})
	}
	for _, l := range s.loaded {
		leaf := l.files.Leaf()
		add(l.use, nameOf(leaf), leaf)
	}
	if s.acme != nil {
		for domain, leaf := range s.acme.Leaves() {
			add("https", domain, leaf)
		}
	}
	if leaf := s.turnCertificate(); leaf != nil {
		add("turn", nameOf(leaf), leaf)
	}
	return list
}

// nameOf is the first name that a certificate is for.
func nameOf(leaf *x509.Certificate) string {
	switch {
	case len(leaf.DNSNames) > 0:
		return leaf.DNSNames[0]
	case len(leaf.IPAddresses) > 0:
		return leaf.IPAddresses[0].String()
	}
	return cmp.Or(leaf.Subject.CommonName, "none")
}

func (s *Server) turnCertificate() *x509.Certificate {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.turn == nil {
		return nil
	}
	return s.turn.Certificate()
}
