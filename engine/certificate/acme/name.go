package acme

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// After a failure nothing is asked for again for firstPause, then for twice as long, up to
// lastPause: authorities allow few failures an hour (Let's Encrypt five). firstPause is longer than
// autocert itself remembers a failure, a minute.
const (
	firstPause = 90 * time.Second
	lastPause  = 32 * time.Minute
)

// name is one of the domains.
type name struct {
	// Static.
	name   string
	obtain func(name string) (*tls.Certificate, error)
	log    *slog.Logger

	ready atomic.Bool // there is a certificate, and will be from now on

	// Guarded by mu.
	mu     sync.Mutex
	flight chan struct{} // closed when the attempt under way has ended; nil: none is
	err    error         // of the last one
	pause  time.Duration // after it
	again  time.Time     // not before
}

// await waits for the certificate, and returns why there is none. The attempt goes on when ctx ends.
func (n *name) await(ctx context.Context) error {
	select {
	case <-n.begin():
	case <-ctx.Done():
		return errors.New("the authority takes long")
	}
	if n.ready.Load() {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.err
}

var closed = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// begin makes an attempt, unless one is under way, none is needed, or it is too early. The channel
// is closed at its end.
func (n *name) begin() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.flight != nil {
		return n.flight
	}
	if n.ready.Load() || time.Now().Before(n.again) {
		return closed
	}
	n.flight = make(chan struct{})
	go n.attempt()
	return n.flight
}

func (n *name) attempt() {
	var cert *tls.Certificate
	err := errClosed // if obtain does not return: see folder.Get
	defer func() { n.ended(cert, err) }()
	cert, err = n.obtain(n.name)
}

func (n *name) ended(cert *tls.Certificate, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.err = err
	switch {
	case err == nil:
		n.ready.Store(true)
		n.log.Info("acme: there is a certificate", "domain", n.name, "until", cert.Leaf.NotAfter)
	case errors.Is(err, errClosed):
	default:
		n.pause = min(max(firstPause, 2*n.pause), lastPause)
		n.again = time.Now().Add(n.pause)
		n.log.Error("acme: no certificate could be had; handshakes for the domain fail", "domain", n.name, "err", err, "again in", n.pause)
	}
	close(n.flight)
	n.flight = nil
}
