// Package bare is the floor under every relay of this kind: bare descriptors in one epoll, one
// loop, system calls and hardly anything else. The first message names a room; every later
// one goes to everybody else in it, as it is. No protocol, no numbers, no history, no actors,
// and no bound on what waits for a slow reader. What a server costs beyond it is its own.
package bare

import (
	"context"
	"errors"
	"net"
	"runtime"

	"github.com/parley-signaling/parley/gateway/poll"
)

const (
	maxEvents  = 128
	readBuffer = 64 << 10
	maxMessage = 1<<16 - 1
	accepts    = 16 // a pass
)

// listenToken is no connection's: those count from 0.
const listenToken = ^uint64(0) - 1

// server is one loop.
type server struct {
	poller *poll.Poller
	conns  []*conn // by token; nil: free
	free   []uint64
	rooms  map[string][]*conn
	dirty  []*conn // with output, written at the end of a pass
	buf    []byte
}

// Serve relays until ctx is done, and then closes all connections. ln stays the caller's, and
// must stay open. It needs Linux: poll.ErrUnsupported elsewhere.
func Serve(ctx context.Context, ln *net.TCPListener) error {
	p, err := poll.New(false)
	if err != nil {
		return err
	}
	s := &server{poller: p, rooms: map[string][]*conn{}, buf: make([]byte, readBuffer)}
	defer s.close()
	defer runtime.KeepAlive(ln) // whose finalizer would close the descriptor
	defer context.AfterFunc(ctx, p.Wake)()
	fd, err := descriptor(ln)
	if err != nil {
		return err
	}
	var listening poll.Conn
	if err := p.AddFD(&listening, fd, listenToken); err != nil {
		return err
	}
	evs := make([]poll.Event, 0, maxEvents)
	for ctx.Err() == nil {
		if evs, err = p.Wait(evs[:0], true); err != nil {
			return err
		}
		if err := s.pass(evs, fd); err != nil {
			return err
		}
	}
	return nil
}

func descriptor(ln *net.TCPListener) (fd int, err error) {
	raw, err := ln.SyscallConn()
	if err != nil {
		return -1, err
	}
	return fd, raw.Control(func(f uintptr) { fd = int(f) })
}

func (s *server) close() {
	for _, c := range s.conns {
		if c != nil {
			c.end()
		}
	}
	s.poller.Close()
}

// pass reads what is ready, and then writes what came of it.
func (s *server) pass(evs []poll.Event, listening int) error {
	for _, ev := range evs {
		if ev.Token == listenToken {
			if err := s.accept(listening); err != nil {
				return err
			}
		} else if c := s.conns[ev.Token]; c != nil {
			s.ready(c, ev)
		}
	}
	s.flush()
	return nil
}

// accept takes what waits. Only the end of the listener is an error.
func (s *server) accept(listening int) error {
	for range accepts {
		fd, _, err := poll.Accept(listening)
		switch {
		case errors.Is(err, poll.ErrAgain):
			return nil
		case err != nil:
			return err
		}
		c := &conn{server: s}
		if n := len(s.free); n > 0 {
			c.token, s.free = s.free[n-1], s.free[:n-1]
		} else {
			c.token = uint64(len(s.conns))
			s.conns = append(s.conns, nil)
		}
		s.conns[c.token] = c
		if err := s.poller.AddFD(&c.conn, fd, c.token); err != nil {
			return err
		}
	}
	return nil
}

func (s *server) ready(c *conn, ev poll.Event) {
	if ev.Writable {
		c.conn.Interest(true, false)
		c.mark()
	}
	if !ev.Readable && !ev.Hangup {
		return
	}
	n, err := c.conn.Read(s.buf)
	switch {
	case errors.Is(err, poll.ErrAgain):
	case err != nil:
		c.end()
	default:
		c.received(s.buf[:n])
	}
}

// flush writes what waits, once for each connection.
func (s *server) flush() {
	for i, c := range s.dirty {
		s.dirty[i] = nil
		c.dirty = false
		if !c.gone {
			c.write()
		}
	}
	s.dirty = s.dirty[:0]
}
