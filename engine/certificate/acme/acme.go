// Package acme gets a server's certificates from a certificate authority that speaks ACME
// (RFC 8555), such as Let's Encrypt, and renews them: golang.org/x/crypto/acme/autocert, with what
// a server on the internet needs around it. Names other than its own are refused before anything
// is done for them; a handshake waits for the authority for a bounded time, and not at all after a
// failure; what the authority complains of is logged; and all of it ends with Close.
package acme

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// LetsEncrypt is the directory of the authority that is asked where none is named.
const LetsEncrypt = acme.LetsEncryptURL

// Protocol is what tls-alpn-01 is negotiated as (RFC 8737): it belongs into tls.Config.NextProtos.
const Protocol = acme.ALPNProto

// Options configure an Issuer. Domains is required.
type Options struct {
	Domains   []string // names to have a certificate each, as CheckDomain allows; at most MaxDomains
	Email     string   // where the authority can write to; "": nowhere
	Cache     string   // folder that keeps keys and certificates; "": see DefaultCache
	Directory string   // URL of the authority; "": LetsEncrypt

	Wait   time.Duration // how long a handshake waits for its first certificate; 0: 8 s
	Logger *slog.Logger  // nil: slog.Default()
}

var (
	// ErrName is returned for a handshake that asks for none of the domains, or for no name.
	ErrName = errors.New("acme: no certificate is had for that name")
	// ErrNotYet is returned for one of the domains that has no certificate yet.
	ErrNotYet = errors.New("acme: there is no certificate yet")
)

// Issuer gets and renews certificates. Its methods are safe from any goroutine.
type Issuer struct {
	// Static after New.
	manager *autocert.Manager
	names   map[string]*name
	order   []string // of names, as they were given
	wait    time.Duration
	client  *client
	folder  *folder
	ctx     context.Context // until Close
	cancel  context.CancelFunc

	running sync.WaitGroup // Start's goroutine
}

// New makes an Issuer, without asking the authority for anything yet. The error is that of a wrong
// option, or of a cache that cannot be written. The terms of service of the authority are agreed to.
// An Issuer that was made needs a Close.
func New(o Options) (*Issuer, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Directory == "" {
		o.Directory = LetsEncrypt
	}
	if o.Wait == 0 {
		o.Wait = 8 * time.Second
	}
	f, err := openFolder(o.Cache, o.Directory, o.Logger)
	if err != nil {
		return nil, err
	}
	i := &Issuer{names: map[string]*name{}, wait: o.Wait, folder: f}
	i.ctx, i.cancel = context.WithCancel(context.Background())
	i.client = newClient(i.ctx, o.Logger)
	i.manager = &autocert.Manager{
		Prompt: autocert.AcceptTOS, Cache: f, Email: o.Email, HostPolicy: i.policy,
		Client: &acme.Client{
			DirectoryURL: o.Directory, UserAgent: "parley", RetryBackoff: i.client.pause,
			HTTPClient: &http.Client{Transport: i.client, Timeout: requestTimeout},
		},
	}
	for _, d := range o.Domains {
		ascii, _ := domain(d)
		if i.names[ascii] == nil {
			i.order = append(i.order, ascii)
			i.names[ascii] = &name{name: ascii, obtain: i.obtain, log: o.Logger}
		}
	}
	return i, nil
}

// Start has the certificates loaded, or asked for, one after the other, so that no visitor waits. The
// authority dials back at once: the listeners must be open.
func (i *Issuer) Start() {
	i.running.Go(func() {
		for _, n := range i.order {
			select {
			case <-i.names[n].begin():
			case <-i.ctx.Done():
				return
			}
		}
	})
}

// Close ends it: requests to the authority are cut, what is under way fails, nothing is renewed.
func (i *Issuer) Close() {
	i.cancel()
	i.running.Wait()
	i.folder.close()
	i.client.CloseIdleConnections()
}

// Get is tls.Config.GetCertificate. The error wraps ErrName or ErrNotYet; handshakes of the
// authority itself (Protocol) are answered, too.
func (i *Issuer) Get(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	ascii, err := ascii(hello.ServerName)
	n := i.names[ascii]
	switch {
	case err != nil || n == nil:
		return nil, ErrName
	case i.ctx.Err() != nil:
		return nil, fmt.Errorf("%w: the server is ending", ErrNotYet)
	case len(hello.SupportedProtos) == 1 && hello.SupportedProtos[0] == Protocol:
		return i.manager.GetCertificate(hello)
	case n.ready.Load():
		return i.manager.GetCertificate(modern(ascii))
	}
	ctx, cancel := context.WithTimeout(hello.Context(), i.wait)
	defer cancel()
	if err := n.await(ctx); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotYet, err)
	}
	return i.manager.GetCertificate(modern(ascii))
}

// Leaves are the certificates that there are at this moment, without their chains, by the domain in Punycode.
func (i *Issuer) Leaves() map[string]*x509.Certificate {
	found := map[string]*x509.Certificate{}
	for _, n := range i.order {
		if i.ctx.Err() != nil || !i.names[n].ready.Load() {
			continue
		}
		if cert, err := i.manager.GetCertificate(modern(n)); err == nil { // from memory
			found[n] = cert.Leaf
		}
	}
	return found
}

// obtain loads the certificate, or has it issued: however long that takes.
func (i *Issuer) obtain(name string) (*tls.Certificate, error) {
	return i.manager.GetCertificate(modern(name))
}

// modern is a handshake that gets the one certificate that a name has, on P-256: autocert would
// have a second one issued, with RSA, for whoever pretends not to know that.
func modern(name string) *tls.ClientHelloInfo {
	return &tls.ClientHelloInfo{
		ServerName: name, SignatureSchemes: []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256},
		SupportedCurves: []tls.CurveID{tls.CurveP256}, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256},
	}
}

// HTTP answers the authority's http-01 challenges, and gives every other request to next. With it
// http-01 is tried where tls-alpn-01 has failed. Before Start.
func (i *Issuer) HTTP(next http.Handler) http.Handler { return i.manager.HTTPHandler(next) }

// policy is an autocert.HostPolicy. host may have a port: challenges come in by plain HTTP, too.
func (i *Issuer) policy(_ context.Context, host string) error {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if name, err := ascii(host); err != nil || i.names[name] == nil {
		return ErrName
	}
	return nil
}
