// Package certificate is a TLS certificate in two files that is read again when they change.
package certificate

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// recheck is how often, at most, the files are looked at for a new certificate.
const recheck = time.Minute

// Options name the files of a certificate.
type Options struct {
	CertFile, KeyFile string           // the certificate with its chain, and its key: PEM
	Use               string           // what it is for, in logs
	Now               func() time.Time // by which the files are looked at again; nil: time.Now
	Logger            *slog.Logger     // nil: slog.Default()
}

// Files are a certificate with its chain and its key, PEM, which may be renewed under it: a pair
// that cannot be read leaves the old one in use.
type Files struct {
	o Options // static after Load

	// Guarded by mu.
	mu      sync.Mutex
	current *tls.Certificate
	stamp   [2]time.Time // when the files were last changed
	checked time.Time
}

// Load reads the files.
func Load(o Options) (*Files, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	c := &Files{o: o, checked: o.Now(), stamp: stamps(o.CertFile, o.KeyFile)}
	return c, c.load()
}

// load reads the files. Under mu, once there is more than one goroutine.
func (c *Files) load() error {
	pair, err := tls.LoadX509KeyPair(c.o.CertFile, c.o.KeyFile)
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

// Get is tls.Config.GetCertificate: the certificate of this moment, the last one that could be
// read. Files that have changed are found within a minute.
func (c *Files) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.o.Now()
	if now.Sub(c.checked) < recheck {
		return c.current, nil
	}
	c.checked = now
	if s := stamps(c.o.CertFile, c.o.KeyFile); s != c.stamp {
		if err := c.load(); err != nil {
			c.o.Logger.Warn("the certificate of "+c.o.Use+" has changed and cannot be read; the old one stays", "err", err)
			return c.current, nil // the other file may be written yet: look again
		}
		c.stamp = s
		c.o.Logger.Info("the certificate of "+c.o.Use+" was read again", "until", c.current.Leaf.NotAfter)
	}
	return c.current, nil
}

// Leaf is the certificate of the moment, without its chain.
func (c *Files) Leaf() *x509.Certificate {
	pair, _ := c.Get(nil) // it has no error
	return pair.Leaf
}

// Covers returns why a client that was told of host would refuse the certificate, if it would.
func (c *Files) Covers(host string) error { return c.current.Leaf.VerifyHostname(host) }

// Config is TLS 1.2 and later, with the certificate of the moment.
func (c *Files) Config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.Get}
}
