// Package plain is the yardstick: the relay that one would write first in Go, with a
// goroutine and a buffer for each connection. The first message names a room; every later
// one goes to everybody else in it, as it is. No protocol, no numbers, no history.
package plain

import (
	"bufio"
	"net"
	"sync"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// Server relays. Its zero value is ready.
type Server struct {
	mu    sync.Mutex
	rooms map[string]*room
	conns map[net.Conn]struct{}
	ended sync.WaitGroup
}

type room struct {
	mu      sync.RWMutex
	members map[*member]struct{}
}

type member struct {
	mu   sync.Mutex // of writes
	conn net.Conn
}

const (
	maxMessage   = 64 << 10
	writeTimeout = 10 * time.Second // a slower reader is dropped
)

// Serve accepts until the listener is closed, then closes all connections and waits for them.
func (s *Server) Serve(ln net.Listener) error {
	defer s.ended.Wait()
	defer s.closeAll()
	for {
		conn, err := ln.Accept()
		if err != nil {
			return err
		}
		s.mu.Lock()
		if s.conns == nil {
			s.conns, s.rooms = map[net.Conn]struct{}{}, map[string]*room{}
		}
		s.conns[conn] = struct{}{}
		s.mu.Unlock()
		s.ended.Go(func() { s.serve(conn) })
	}
}

func (s *Server) closeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.conns {
		conn.Close()
	}
}

func (s *Server) serve(conn net.Conn) {
	defer func() {
		conn.Close()
		s.mu.Lock()
		delete(s.conns, conn)
		s.mu.Unlock()
	}()
	if _, err := ws.Upgrade(conn); err != nil {
		return
	}
	m := &member{conn: conn}
	in := bufio.NewReader(conn)
	name, err := m.next(in, nil)
	if err != nil {
		return
	}
	r := s.join(string(name), m)
	defer s.leave(string(name), r, m)
	var buf []byte
	for {
		if buf, err = m.next(in, buf[:0]); err != nil {
			return
		}
		r.publish(m, ws.MustCompileFrame(ws.NewTextFrame(buf)))
	}
}

// next reads one message into buf and answers control frames.
func (m *member) next(in *bufio.Reader, buf []byte) ([]byte, error) {
	for {
		h, err := ws.ReadHeader(in)
		if err == nil {
			err = ws.CheckHeader(h, ws.StateServerSide)
		}
		if err != nil {
			return nil, err
		}
		if h.Length > maxMessage {
			return nil, ws.ErrHeaderLengthUnexpected
		}
		if h.OpCode.IsControl() {
			if err := m.control(h, in); err != nil {
				return nil, err
			}
			continue
		}
		from := len(buf)
		buf = append(buf, make([]byte, h.Length)...)
		if err := readMasked(in, buf[from:], h.Mask); err != nil || h.Fin {
			return buf, err
		}
	}
}

func (m *member) control(h ws.Header, in *bufio.Reader) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return wsutil.ControlHandler{Src: in, Dst: m.conn, State: ws.StateServerSide}.Handle(h)
}

// publish writes one after the other, on the publisher's goroutine.
func (r *room) publish(from *member, frame []byte) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for m := range r.members {
		if m != from {
			m.write(frame)
		}
	}
}

func (m *member) write(frame []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	_ = m.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
	if _, err := m.conn.Write(frame); err != nil {
		m.conn.Close() // its reader sees it
	}
}
