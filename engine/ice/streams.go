package ice

import (
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"
)

const (
	// maxStreams is how many TCP and TLS clients one listener serves at a time. Signaling needs
	// file descriptors too.
	maxStreams = 4096
	// firstPatience is how long a client without an allocation may say nothing, the TLS
	// handshake included; relayPatience, one with an allocation, whose refreshes are due every
	// 10 minutes.
	firstPatience = 15 * time.Second
	relayPatience = 11 * time.Minute
	// writePatience is how long a client may take to read what is relayed to it.
	writePatience = 10 * time.Second
	// acceptPause is how long to wait where nothing can be accepted (no file descriptors).
	acceptPause = 100 * time.Millisecond
)

// streams is a listener that keeps watch over its connections: how many, how long they are
// silent, whether they keep to TURN's framing.
type streams struct {
	// Static after construction.
	net.Listener
	tls  *tls.Config           // nil: bare TCP
	busy func(c net.Addr) bool // whether a client has an allocation
	done chan struct{}

	// Guarded by mu.
	mu    sync.Mutex
	conns map[*stream]struct{}
	shut  bool
}

func listenStreams(addr string, c *tls.Config, busy func(net.Addr) bool) (*streams, error) {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &streams{Listener: ln, tls: c, busy: busy, done: make(chan struct{}), conns: map[*stream]struct{}{}}, nil
}

// Accept ends with the listener only: to pion any error is the end.
func (l *streams) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return nil, err
		case err != nil:
			l.pause()
			continue
		}
		if s := l.admit(c); s != nil {
			return s, nil
		}
		_ = c.Close()
	}
}

func (l *streams) pause() {
	t := time.NewTimer(acceptPause)
	defer t.Stop()
	select {
	case <-t.C:
	case <-l.done:
	}
}

// admit is nil where there are too many.
func (l *streams) admit(c net.Conn) *stream {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.shut || len(l.conns) >= maxStreams {
		return nil
	}
	s := newStream(c, l)
	l.conns[s] = struct{}{}
	return s
}

func (l *streams) forget(s *stream) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, s)
}

// cut closes the connections, after the listener was closed.
func (l *streams) cut() {
	l.mu.Lock()
	l.shut = true
	close(l.done)
	conns := l.conns
	l.conns = nil
	l.mu.Unlock()
	for s := range conns {
		_ = s.Conn.Close() // not TLS's, which would say goodbye first
	}
}
