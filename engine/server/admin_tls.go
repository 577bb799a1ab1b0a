package server

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/parley-signaling/parley/engine/certificate"
)

// AdminTLS is how the operators' own listener speaks TLS.
type AdminTLS struct {
	AdminTLSCert     string // PEM file of the certificate and its chain, read again when it changes; "": no TLS
	AdminTLSKey      string // PEM file of its key
	AdminTLSClientCA string // PEM file of whose certificates operators must have, read at start; "": they need none
}

func (c Config) checkAdminTLS() error {
	errs := []error{bothFiles("AdminTLSCert", c.AdminTLSCert, "AdminTLSKey", c.AdminTLSKey)}
	wrong := func(is bool, field, value, problem string) {
		if is {
			errs = append(errs, &ConfigError{field, value, problem})
		}
	}
	wrong(c.AdminTLSCert != "" && c.AdminAddr == "", "AdminTLSCert", c.AdminTLSCert, "needs AdminAddr beside it: on Addr, operators have its TLS")
	wrong(c.AdminTLSCert == "" && c.AdminTLSClientCA != "", "AdminTLSClientCA", c.AdminTLSClientCA, "needs AdminTLSCert and AdminTLSKey beside it")
	return errors.Join(errs...)
}

// loadAdminTLS reads the files, if there are any.
func (s *Server) loadAdminTLS() error {
	if s.cfg.AdminTLSCert == "" {
		return nil
	}
	files, err := certificate.Load(certificate.Options{
		CertFile: s.cfg.AdminTLSCert, KeyFile: s.cfg.AdminTLSKey, Use: "the operators' listener", Now: s.cfg.Now, Logger: s.log,
	})
	if err != nil {
		return err
	}
	s.loaded = append(s.loaded, loaded{"admin", files})
	config := files.Config()
	config.NextProtos = []string{"http/1.1"}
	if name := s.cfg.AdminTLSClientCA; name != "" {
		pem, err := os.ReadFile(name)
		if err != nil {
			return fmt.Errorf("AdminTLSClientCA: %w", err)
		}
		config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
		if !config.ClientCAs.AppendCertsFromPEM(pem) {
			return fmt.Errorf("AdminTLSClientCA: there is no certificate in %s", name)
		}
	}
	s.adminTLS = config
	return nil
}

// secureAdmin puts TLS before the operators' listener, if there is to be some.
func (s *Server) secureAdmin(ln net.Listener) net.Listener {
	if s.adminTLS == nil {
		return ln
	}
	return tls.NewListener(ln, s.adminTLS)
}
