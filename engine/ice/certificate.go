package ice

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certificateCheck is how often, at most, the files are looked at for a new certificate.
const certificateCheck = time.Minute

// certificate is a TLS certificate in two files, which may be renewed under it.
type certificate struct {
	// Static after construction.
	certFile, keyFile string
	log               *slog.Logger

	// Guarded by mu.
	mu      sync.Mutex
	current *tls.Certificate
	stamp   [2]time.Time // when the files were last changed
	checked time.Time
}

func newCertificate(certFile, keyFile string, log *slog.Logger) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, log: log, checked: time.Now(), stamp: stamps(certFile, keyFile)}
	return c, c.load()
}

// load reads the files. Under mu, once there is more than one goroutine.
func (c *certificate) load() error {
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	if pair.Leaf == nil { // GODEBUG=x509keypairleaf=0
		if pair.Leaf, err = x509.ParseCertificate(pair.Certificate[0]); err != nil {
			return fmt.Errorf("certificate: %w", err)
		}
	}
	c.current = &pair
	return nil
}

// stamps are the times of the files' last changes; zero for one that cannot be had.
func stamps(names ...string) (s [2]time.Time) {
	for i, name := range names {
		if info, err := os.Stat(name); err == nil {
			s[i] = info.ModTime()
		}
	}
	return s
}

// get is the certificate of this moment: the last one that could be read.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.checked) < certificateCheck {
		return c.current, nil
	}
	c.checked = time.Now()
	if s := stamps(c.certFile, c.keyFile); s != c.stamp {
		if err := c.load(); err != nil {
			c.log.Warn("the certificate of turns: has changed and cannot be read; the old one stays", "err", err)
			return c.current, nil // the other file may be written yet: look again
		}
		c.stamp = s
		c.log.Info("the certificate of turns: was read again", "until", c.current.Leaf.NotAfter)
	}
	return c.current, nil
}

// covers returns why a client that was told of host would refuse the certificate, if it would.
func (c *certificate) covers(host string) error { return c.current.Leaf.VerifyHostname(host) }

func (c *certificate) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get}
}
