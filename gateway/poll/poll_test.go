package poll

import (
	"io"
	"net"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// kinds runs f for each implementation: bare descriptors, and net.Conn on both pollers.
func kinds(t *testing.T, f func(t *testing.T, h *harness)) {
	for _, k := range []struct {
		name           string
		portable, bare bool
	}{{"epoll", false, true}, {"net.Conn", true, false}, {"net.Conn on epoll", false, false}} {
		t.Run(k.name, func(t *testing.T) {
			if !k.portable && !haveEpoll {
				t.Skip("no epoll")
			}
			p, err := New(k.portable)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, p.Close()) })
			f(t, &harness{T: t, p: p, bare: k.bare, evs: make([]Event, 0, 16)})
		})
	}
}

type harness struct {
	*testing.T
	p    *Poller
	bare bool
	evs  []Event
}

// pair returns a watched connection and its peer.
func (h *harness) pair(token uint64) (*Conn, *net.TCPConn) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(h, err)
	defer ln.Close()
	peer, err := net.Dial("tcp", ln.Addr().String())
	require.NoError(h, err)
	h.Cleanup(func() { peer.Close() })
	nc, err := ln.Accept()
	require.NoError(h, err)
	c := new(Conn)
	if h.bare {
		require.NoError(h, h.p.AddFD(c, dup(h.T, nc.(*net.TCPConn)), token))
		require.NoError(h, nc.Close())
	} else {
		h.p.AddNet(c, nc, token, time.Second)
	}
	h.Cleanup(c.Close)
	return c, peer.(*net.TCPConn)
}

// next waits for an event.
func (h *harness) next() Event {
	for {
		evs, err := h.p.Wait(h.evs[:0], true)
		require.NoError(h, err)
		if len(evs) > 0 {
			require.Len(h, evs, 1)
			return evs[0]
		}
	}
}

// none asserts that nothing is ready.
func (h *harness) none() {
	evs, err := h.p.Wait(h.evs[:0], false)
	require.NoError(h, err)
	require.Empty(h, evs)
}

func TestReadIsLevelTriggered(t *testing.T) {
	kinds(t, func(t *testing.T, h *harness) {
		c, peer := h.pair(7)
		buf := make([]byte, 3)
		_, err := c.Read(buf)
		require.ErrorIs(t, err, ErrAgain)
		_, err = peer.Write([]byte("hello"))
		require.NoError(t, err)
		for _, want := range []string{"hel", "lo"} {
			require.Equal(t, Event{Token: 7, Readable: true}, h.next())
			n, err := c.Read(buf)
			require.NoError(t, err)
			require.Equal(t, want, string(buf[:n]))
		}
		_, err = c.Read(buf)
		require.ErrorIs(t, err, ErrAgain)
		h.none()
	})
}

// TestUnreadIsReportedAgain: an owner may leave a connection unread and be told again, and
// others are told of too.
func TestUnreadIsReportedAgain(t *testing.T) {
	kinds(t, func(t *testing.T, h *harness) {
		const n = 40 // more than fit into one Wait
		conns := map[uint64]*Conn{}
		for i := range uint64(n) {
			c, peer := h.pair(i)
			conns[i] = c
			_, err := peer.Write([]byte("x"))
			require.NoError(t, err)
		}
		for range 3 {
			seen := map[uint64]bool{}
			for len(seen) < n {
				evs, err := h.p.Wait(h.evs[:0], true)
				require.NoError(t, err)
				for _, ev := range evs {
					require.True(t, ev.Readable)
					seen[ev.Token] = true
				}
			}
		}
		for len(conns) > 0 {
			evs, err := h.p.Wait(h.evs[:0], true)
			require.NoError(t, err)
			for _, ev := range evs {
				n, err := conns[ev.Token].Read(make([]byte, 8))
				require.NoError(t, err)
				require.Equal(t, 1, n)
				delete(conns, ev.Token)
			}
		}
		h.none()
	})
}

func TestHalfCloseIsEOF(t *testing.T) {
	kinds(t, func(t *testing.T, h *harness) {
		c, peer := h.pair(1)
		_, err := peer.Write([]byte("x"))
		require.NoError(t, err)
		require.NoError(t, peer.CloseWrite())
		buf := make([]byte, 8)
		h.next()
		n, err := c.Read(buf)
		require.NoError(t, err)
		require.Equal(t, 1, n)
		require.True(t, h.next().Readable)
		_, err = c.Read(buf)
		require.ErrorIs(t, err, io.EOF)
	})
}

func TestNoReadInterest(t *testing.T) {
	kinds(t, func(t *testing.T, h *harness) {
		c, peer := h.pair(1)
		require.NoError(t, c.Interest(false, false))
		_, err := peer.Write([]byte("x"))
		require.NoError(t, err)
		h.none()
		require.NoError(t, c.Interest(true, false))
		require.True(t, h.next().Readable)
	})
}

func TestResetIsReported(t *testing.T) {
	kinds(t, func(t *testing.T, h *harness) {
		c, peer := h.pair(1)
		require.NoError(t, peer.SetLinger(0))
		require.NoError(t, peer.Close())
		h.next()
		_, err := c.Read(make([]byte, 8))
		require.Error(t, err)
		require.NotErrorIs(t, err, ErrAgain)
	})
}

// TestWritev fills a socket whose peer does not read, then drains it, and compares what
// arrived with what was taken.
func TestWritev(t *testing.T) {
	kinds(t, func(t *testing.T, h *harness) {
		c, peer := h.pair(1)
		bufs := make([][]byte, maxBufs)
		var chunk []byte
		for i := range bufs {
			bufs[i] = make([]byte, 1000+i)
			for j := range bufs[i] {
				bufs[i][j] = byte(i + j)
			}
			chunk = append(chunk, bufs[i]...)
		}
		var want []byte
		for n, err := len(chunk), error(nil); n == len(chunk); {
			n, err = c.Writev(bufs)
			if err != ErrAgain {
				require.NoError(t, err)
			}
			want = append(want, chunk[:n]...)
		}
		got := make([]byte, len(want))
		_, err := io.ReadFull(peer, got)
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.NoError(t, c.Interest(true, true))
		require.True(t, h.next().Writable)
		_, err = c.Writev(bufs[:1])
		require.NoError(t, err)
	})
}

func TestCloseDeliversWhatWasTaken(t *testing.T) {
	kinds(t, func(t *testing.T, h *harness) {
		c, peer := h.pair(1)
		n, err := c.Writev([][]byte{[]byte("good"), []byte("bye")})
		require.NoError(t, err)
		require.Equal(t, 7, n)
		c.Close()
		all, err := io.ReadAll(peer)
		require.NoError(t, err)
		require.Equal(t, "goodbye", string(all))
	})
}

func TestWakeEndsASleep(t *testing.T) {
	kinds(t, func(t *testing.T, h *harness) {
		var wg sync.WaitGroup
		defer wg.Wait()
		for range 100 {
			wg.Go(h.p.Wake)
			evs, err := h.p.Wait(h.evs[:0], true)
			require.NoError(t, err)
			require.Empty(t, evs)
			wg.Wait()
			h.p.Wait(h.evs[:0], false) // the wake may have come before the sleep
		}
	})
}

// TestAttend: a Wake before it is forgotten, one after it is not.
func TestAttend(t *testing.T) {
	kinds(t, func(t *testing.T, h *harness) {
		h.p.Wake()
		h.p.Attend()
		woken := make(chan struct{})
		go func() {
			defer close(woken)
			for h.p.state.Load() != asleep {
				runtime.Gosched()
			}
			h.p.Wake()
		}()
		_, err := h.p.Wait(h.evs[:0], true)
		require.NoError(t, err)
		<-woken
		h.p.Wait(h.evs[:0], false)
		h.p.Attend()
		h.p.Wake()
		_, err = h.p.Wait(h.evs[:0], true)
		require.NoError(t, err)
	})
}

func TestStreamsInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, err := New(true)
		require.NoError(t, err)
		a, b := net.Pipe()
		var c Conn
		p.AddNet(&c, a, 3, time.Second)
		time.AfterFunc(time.Hour, func() { b.Write([]byte("late")) })
		evs, err := p.Wait(make([]Event, 0, 1), true)
		require.NoError(t, err)
		require.Equal(t, []Event{{Token: 3, Readable: true}}, evs)

		n, err := c.Writev([][]byte{[]byte("nobody reads this")})
		require.NoError(t, err)
		require.Positive(t, n)
		start := time.Now()
		c.Close()
		require.NoError(t, p.Close())
		require.Equal(t, time.Second, time.Since(start), "the linger of unread output")
		b.Close()
	})
}

func BenchmarkWakeAwake(b *testing.B) {
	p, err := New(false)
	require.NoError(b, err)
	defer p.Close()
	b.ReportAllocs()
	for b.Loop() {
		p.Wake()
	}
}
