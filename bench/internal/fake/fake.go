// Package fake is a server that does wrong on purpose: what the harness must catch. It is for
// tests.
package fake

import (
	"bytes"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	"github.com/stretchr/testify/require"
)

// Server speaks the plain dialect and can be told to do wrong.
type Server struct {
	ln   net.Listener
	done sync.WaitGroup

	// Guarded by mu
	fault Fault // nil: nothing is wrong
	mu    sync.Mutex
	conns map[net.Conn]bool
	rooms map[string][]*Member
}

// Member is one receiver.
type Member struct {
	Conn net.Conn
	Kept []byte // the fault's own
	n    int
}

// Fault is asked for each delivery, the n-th to this member, counted from 0: what to write
// instead of the frame. The server does nothing else meanwhile.
type Fault func(m *Member, n int, frame []byte) [][]byte

// New starts a server that lives as long as the test.
func New(t testing.TB, fault Fault) *Server {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	f := &Server{ln: ln, fault: fault, conns: map[net.Conn]bool{}, rooms: map[string][]*Member{}}
	f.done.Go(f.accept)
	t.Cleanup(func() {
		ln.Close()
		f.mu.Lock()
		for c := range f.conns {
			c.Close()
		}
		f.mu.Unlock()
		f.done.Wait()
	})
	return f
}

// URL is where it listens.
func (f *Server) URL() string { return "ws://" + f.ln.Addr().String() + "/" }

func (f *Server) accept() {
	for {
		c, err := f.ln.Accept()
		if err != nil {
			return
		}
		f.mu.Lock()
		f.conns[c] = true
		f.mu.Unlock()
		f.done.Go(func() { f.serve(c) })
	}
}

func (f *Server) serve(c net.Conn) {
	defer c.Close()
	if _, err := ws.Upgrade(c); err != nil {
		return
	}
	var me *Member
	var room string
	for {
		b, err := wsutil.ReadClientText(&locked{c, &f.mu})
		if err != nil {
			return
		}
		f.mu.Lock()
		if me == nil {
			me, room = &Member{Conn: c}, string(b)
			f.rooms[room] = append(f.rooms[room], me)
		} else {
			f.publish(me, f.rooms[room], b)
		}
		f.mu.Unlock()
	}
}

func (f *Server) publish(from *Member, room []*Member, b []byte) {
	frame := ws.MustCompileFrame(ws.NewTextFrame(bytes.Clone(b)))
	for _, m := range room {
		if m == from {
			continue
		}
		out := [][]byte{frame}
		if f.fault != nil {
			out = f.fault(m, m.n, frame)
		}
		m.n++
		for _, b := range out {
			_, _ = m.Conn.Write(b)
		}
	}
}

// locked serialises a connection's pongs with its deliveries.
type locked struct {
	net.Conn
	mu *sync.Mutex
}

func (l *locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Conn.Write(b)
}

// Everybody writes a frame to all members of all rooms. From within a fault.
func (f *Server) Everybody(frame []byte) {
	for _, members := range f.rooms {
		for _, m := range members {
			_, _ = m.Conn.Write(frame)
		}
	}
}

// Set replaces the fault.
func (f *Server) Set(fault Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = fault
}

// Close ends the listening.
func (f *Server) Close() { f.ln.Close() }

// StallOnce holds everything up for d, once, at the n-th delivery of some member.
func StallOnce(at int, d time.Duration) Fault {
	stalled := false
	return func(_ *Member, n int, frame []byte) [][]byte {
		if n == at && !stalled {
			stalled = true
			time.Sleep(d) // the fault itself, not a way to wait
		}
		return [][]byte{frame}
	}
}
