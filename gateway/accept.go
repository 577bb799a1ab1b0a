package gateway

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/parley-signaling/parley/gateway/poll"
	"github.com/parley-signaling/parley/gateway/quota"
)

const (
	acceptsPerTurn = 16
	acceptPause    = 100 * time.Millisecond // where there are no descriptors left
)

// listener is one net.Listener, in one of two ways: its descriptor in the first shard's
// poller, or a goroutine in Accept.
type listener struct {
	net.Listener
	token uint64
	once  sync.Once // closed

	// Owned by the shard that accepts
	conn    poll.Conn // the listening descriptor; it stays ln's
	fd      int
	refused bool // for want of descriptors, and that is logged
}

// Close closes the listener. The gateway and net/http may both do so.
func (l *listener) Close() (err error) {
	l.once.Do(func() { err = l.Listener.Close() })
	return err
}

// Serve accepts connections on ln until Shutdown or Close, and then returns ErrClosed. It
// may be called for several listeners. The gateway closes ln, and nobody else may.
func (g *Gateway) Serve(ln net.Listener) error {
	l, err := g.addListener(ln)
	if err != nil {
		return err
	}
	if fd, ok := listeningFD(ln); ok && g.shards[0].poller.Descriptors() {
		return g.serveFD(l, fd)
	}
	err = g.web.serve(&countingListener{l, g})
	if g.draining.Load() {
		return ErrClosed
	}
	return err
}

// countingListener is for net/http, which accepts there where no epoll does.
type countingListener struct {
	*listener
	g *Gateway
}

func (l *countingListener) Accept() (net.Conn, error) {
	for {
		nc, err := l.listener.Accept()
		if err != nil {
			return nil, err
		}
		l.g.stats.accepted.Add(1)
		if l.g.web.admit(nc) {
			return nc, nil
		}
		nc.Close()
	}
}

func (g *Gateway) addListener(ln net.Listener) (*listener, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.draining.Load() {
		ln.Close()
		return nil, ErrClosed
	}
	l := &listener{Listener: ln, token: uint64(len(g.listeners))}
	g.listeners = append(g.listeners, l)
	return l, nil
}

// serveFD has the first shard accept.
func (g *Gateway) serveFD(l *listener, fd int) error {
	s := g.shards[0]
	failed := make(chan error, 1)
	s.call(func() {
		l.fd = fd
		if err := s.poller.AddFD(&l.conn, fd, l.token); err != nil {
			failed <- err
			return
		}
		s.listeners = append(s.listeners, l)
	})
	select {
	case err := <-failed:
		return err
	case <-g.closing:
		return ErrClosed
	}
}

// listener returns the one that a poller's token stands for.
func (s *shard) listener(token uint64) *listener {
	for _, l := range s.listeners {
		if l.token == token {
			return l
		}
	}
	return nil
}

// accept takes some of the connections that wait, and hands them round the shards.
func (s *shard) accept(l *listener) {
	for range acceptsPerTurn {
		fd, from, err := poll.Accept(l.fd)
		switch {
		case err == nil:
			l.refused = false
			s.g.deal(fd, from, s)
		case errors.Is(err, poll.ErrAgain):
			return
		case scarce(err):
			s.pause(l, err)
			return
		case !transient(err):
			s.log.Error("gateway: accepting failed", "addr", l.Addr(), "err", err)
			l.conn.Interest(false, false)
			return
		}
	}
}

// pause lets the listener rest, so that it does not report in vain what cannot be taken.
func (s *shard) pause(l *listener, err error) {
	s.g.stats.refuse(RefusedDescriptors)
	if !l.refused {
		l.refused = true
		s.log.Warn("gateway: no connections can be accepted for now", "addr", l.Addr(), "err", err)
	}
	l.conn.Interest(false, false)
	time.AfterFunc(acceptPause, func() {
		s.call(func() {
			if s.listener(l.token) == l {
				l.conn.Interest(true, false)
			}
		})
	})
}

// deal gives an accepted descriptor to the shard whose turn it is. by is the caller's.
func (g *Gateway) deal(fd int, from netip.Addr, by *shard) {
	g.stats.accepted.Add(1)
	key, v := g.o.Quota.Admit(from)
	if v != quota.OK {
		no := refusedFor(v)
		g.complain(from, no)
		by.turnAway(fd, no)
		return
	}
	s := g.nextShard()
	if s == by {
		s.greet(fd, key)
	} else if !s.call(func() { s.greet(fd, key) }) {
		closeFD(fd)
		g.o.Quota.Leave(key)
	}
}

// greet begins to read a request from an accepted descriptor.
func (s *shard) greet(fd int, key quota.Key) {
	if s.stopping {
		closeFD(fd)
		s.g.o.Quota.Leave(key)
		return
	}
	if k := s.watch(fd, key); k != nil {
		s.limit(k, limitHead)
	}
}

// watch makes a socket of a descriptor; nil where that cannot be, and it is closed.
func (s *shard) watch(fd int, key quota.Key) *socket {
	k := s.newSocket()
	k.key = key
	if err := s.poller.AddFD(&k.conn, fd, k.token()); err != nil {
		s.log.Error("gateway: a connection was lost", "err", err)
		closeFD(fd)
		s.forget(k)
		s.g.o.Quota.Leave(key)
		return nil
	}
	return k
}

// turnAway lets a socket that may not come in know why, once it has said anything: an answer to
// nothing confuses clients.
func (s *shard) turnAway(fd int, no *refusal) {
	if s.stopping || s.turned >= maxTurnedAway {
		closeFD(fd)
		return
	}
	k := s.newSocket()
	if err := s.poller.AddFD(&k.conn, fd, k.token()); err != nil {
		closeFD(fd)
		s.forget(k)
		return
	}
	k.turned, k.state, k.out = true, stateTurned, no.bytes()
	s.turned++
	s.limit(k, limitEnd)
}

// stopAccepting gives up the listeners; their connections that wait are reset by the kernel.
func (s *shard) stopAccepting() {
	for _, l := range s.listeners {
		l.conn.Release()
	}
	s.listeners = nil
}
