package fleet

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

// fake is a server of the plain dialect that can be told to do wrong.
type fake struct {
	ln   net.Listener
	done sync.WaitGroup

	// wrong is asked for each delivery, the n-th to this member, counted from 0: what to
	// write instead of frame. nil: nothing is wrong. Guarded by mu.
	wrong func(m *fakeMember, n int, frame []byte) [][]byte

	mu    sync.Mutex
	conns map[net.Conn]bool
	rooms map[string][]*fakeMember
}

type fakeMember struct {
	conn net.Conn
	n    int
	kept []byte // for wrong
}

func newFake(t *testing.T, wrong func(m *fakeMember, n int, frame []byte) [][]byte) *fake {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	f := &fake{ln: ln, wrong: wrong, conns: map[net.Conn]bool{}, rooms: map[string][]*fakeMember{}}
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

func (f *fake) url() string { return "ws://" + f.ln.Addr().String() + "/" }

func (f *fake) accept() {
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

func (f *fake) serve(c net.Conn) {
	defer c.Close()
	if _, err := ws.Upgrade(c); err != nil {
		return
	}
	var me *fakeMember
	var room string
	for {
		b, err := wsutil.ReadClientText(&locked{c, &f.mu})
		if err != nil {
			return
		}
		f.mu.Lock()
		if me == nil {
			me, room = &fakeMember{conn: c}, string(b)
			f.rooms[room] = append(f.rooms[room], me)
		} else {
			f.publish(me, f.rooms[room], b)
		}
		f.mu.Unlock()
	}
}

func (f *fake) publish(from *fakeMember, room []*fakeMember, b []byte) {
	frame := ws.MustCompileFrame(ws.NewTextFrame(bytes.Clone(b)))
	for _, m := range room {
		if m == from {
			continue
		}
		out := [][]byte{frame}
		if f.wrong != nil {
			out = f.wrong(m, m.n, frame)
		}
		m.n++
		for _, b := range out {
			_, _ = m.conn.Write(b)
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

// stallOnce holds everything up, once.
func stallOnce(at int, d time.Duration) func(*fakeMember, int, []byte) [][]byte {
	stalled := false
	return func(_ *fakeMember, n int, frame []byte) [][]byte {
		if n == at && !stalled {
			stalled = true
			time.Sleep(d) // the fault itself, not a way to wait
		}
		return [][]byte{frame}
	}
}
