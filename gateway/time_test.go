package gateway

import (
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
)

// pipes is a listener in memory, for bubbles.
type pipes struct {
	dialed chan net.Conn
	closed chan struct{}
}

func (l *pipes) Accept() (net.Conn, error) {
	select {
	case nc := <-l.dialed:
		return nc, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipes) Close() error {
	select {
	case <-l.closed:
	default:
		close(l.closed)
	}
	return nil
}

func (l *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (l *pipes) dial(t *testing.T) *peer {
	a, b := net.Pipe()
	l.dialed <- a
	return newPeer(t, b)
}

// bubble runs f with a gateway in a bubble, where time is virtual.
func bubble(t *testing.T, change func(*Options), f func(t *testing.T, g *Gateway, l *pipes)) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, true, change)
		l := &pipes{make(chan net.Conn), make(chan struct{})}
		served := make(chan error, 1)
		go func() { served <- s.g.Serve(l) }()
		f(t, s.g, l)
		require.NoError(t, s.g.Close())
		require.ErrorIs(t, <-served, ErrClosed)
	})
}

func TestHeaderTimeout(t *testing.T) {
	bubble(t, nil, func(t *testing.T, g *Gateway, l *pipes) {
		p := l.dial(t)
		begin := time.Now()
		p.write("GET /echo HTTP/1.1\r\nX: ")
		var trickle sync.WaitGroup
		defer trickle.Wait()
		trickle.Go(func() {
			for {
				if _, err := io.WriteString(p.Conn, "x"); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		})
		io.Copy(io.Discard, p.br)
		require.Equal(t, 10*time.Second, time.Since(begin).Round(time.Second))
	})
}

func TestPingTimeout(t *testing.T) {
	bubble(t, nil, func(t *testing.T, g *Gateway, l *pipes) {
		for range 30 { // whatever its slot
			p := l.dial(t)
			p.upgrade("/echo")
			begin := time.Now()
			p.want(ws.OpPing, "")
			pinged := time.Since(begin)
			require.LessOrEqual(t, pinged, 26*time.Second)
			p.wantClose(actors.ClosePing)
			require.Equal(t, pinged+10*time.Second, time.Since(begin))
			p.wantEnd() // no answer to the close frame either
			require.Equal(t, pinged+15*time.Second, time.Since(begin))
		}
	})
}

// TestVanishedPeer: of a peer that is gone without a word (no FIN, nothing read) the room hears
// once its ping was not answered, not only when its socket is given up.
func TestVanishedPeer(t *testing.T) {
	bubble(t, nil, func(t *testing.T, g *Gateway, l *pipes) {
		gone, other := l.dial(t), l.dial(t)
		gone.upgrade("/ws")
		other.upgrade("/ws")
		self := gone.join("r")
		other.join("r")
		begin := time.Now()
		for told := false; !told; {
			switch op, payload := other.frame(); op {
			case ws.OpPing:
				other.write(masked(0x8a, ""))
			case ws.OpText:
				require.Contains(t, payload, `"change":"suspended"`)
				require.Contains(t, payload, self)
				told = true
			}
		}
		after := time.Since(begin)
		require.GreaterOrEqual(t, after, 10*time.Second)
		require.LessOrEqual(t, after, 36*time.Second, "25 s to the ping, 10 s for its answer, and a tick")
		require.Equal(t, 2, g.Stats().Connections, "its socket takes its time")
		time.Sleep(5 * time.Second)
		synctest.Wait()
		require.Equal(t, 1, g.Stats().Connections)
		require.Equal(t, [Endings]uint64{EndedPing: 1}, g.Stats().Ended)
	})
}

// TestAnyByteIsLife: a pong, but also half a frame, keeps a connection.
func TestAnyByteIsLife(t *testing.T) {
	bubble(t, nil, func(t *testing.T, g *Gateway, l *pipes) {
		ponger, trickler := l.dial(t), l.dial(t)
		ponger.upgrade("/echo")
		trickler.upgrade("/echo")
		long := masked(0x82, strings.Repeat("x", 1000))
		for i := range 20 {
			ponger.want(ws.OpPing, "")
			ponger.write(masked(0x8a, ""))
			trickler.want(ws.OpPing, "")
			trickler.write(long[i : i+1])
		}
		require.Equal(t, 2, g.Stats().Connections)
		ponger.write(closing(1000, ""))
		ponger.wantClose(1000)
	})
}

// TestPingsEvery25Seconds, to each of many connections, spread over that time.
func TestPingsEvery25Seconds(t *testing.T) {
	bubble(t, func(o *Options) { o.Shards = 1 }, func(t *testing.T, g *Gateway, l *pipes) {
		const n = 50
		pings := make(chan time.Duration, 1000)
		begin := time.Now()
		for range n {
			p := l.dial(t)
			p.upgrade("/echo")
			go func() {
				for {
					h, err := ws.ReadHeader(p.br)
					if err != nil || h.OpCode != ws.OpPing {
						return
					}
					pings <- time.Since(begin)
					io.WriteString(p.Conn, masked(0x8a, ""))
				}
			}()
		}
		time.Sleep(100*time.Second + time.Millisecond)
		synctest.Wait()
		require.Len(t, pings, 4*n)
		bySecond := map[time.Duration]int{}
		for range 4 * n {
			bySecond[(<-pings).Truncate(time.Second)]++
		}
		require.Len(t, bySecond, 100)
		for _, k := range bySecond {
			require.Equal(t, n/25, k)
		}
	})
}

func TestCloseTimeout(t *testing.T) {
	bubble(t, nil, func(t *testing.T, g *Gateway, l *pipes) {
		p := l.dial(t)
		p.upgrade("/echo")
		begin := time.Now()
		p.write(text("close"))
		p.wantClose(actors.CloseKicked)
		p.wantEnd()
		require.Equal(t, 5*time.Second, time.Since(begin))
	})
}

func TestNoRoomInTime(t *testing.T) {
	bubble(t, nil, func(t *testing.T, g *Gateway, l *pipes) {
		p := l.dial(t)
		p.upgrade("/ws")
		begin := time.Now()
		time.Sleep(10 * time.Second)
		p.write(text(`{"type":"ping"}`)) // does not count
		p.want(ws.OpText, `{"type":"pong"}`)
		require.Contains(t, p.message(), `"code":4400`)
		p.wantClose(actors.CloseNoRoom)
		require.Equal(t, 15*time.Second, time.Since(begin))
		p.write(closing(4400, ""))
		p.wantEnd()
	})
}

func TestNoRoomSinceTheLastLeave(t *testing.T) {
	bubble(t, nil, func(t *testing.T, g *Gateway, l *pipes) {
		p := l.dial(t)
		p.upgrade("/ws")
		p.write(text(`{"type":"join","id":1,"room":"a"}`))
		_, joined := p.frame()
		require.Contains(t, joined, `"joined"`)
		for range 4 {
			p.want(ws.OpPing, "")
			p.write(masked(0x8a, ""))
		}
		p.write(text(`{"type":"leave","id":2,"room":"a"}`))
		require.Contains(t, p.message(), `"ok"`)
		begin := time.Now()
		require.Contains(t, p.message(), `"code":4400`)
		p.wantClose(actors.CloseNoRoom)
		require.Equal(t, 15*time.Second, time.Since(begin))
	})
}

// TestNoLimitWithoutANeed: dialects that know no rooms, and a negative limit.
func TestNoLimitWithoutANeed(t *testing.T) {
	bubble(t, func(o *Options) { o.NoRoomTimeout = -1 }, func(t *testing.T, g *Gateway, l *pipes) {
		for _, path := range []string{"/ws", "/echo"} {
			p := l.dial(t)
			p.upgrade(path)
			for range 4 {
				p.want(ws.OpPing, "")
				p.write(masked(0x8a, ""))
			}
		}
	})
}

// TestShutdownInABubble: a client that never answers holds a drain up for one CloseTimeout.
func TestShutdownInABubble(t *testing.T) {
	bubble(t, nil, func(t *testing.T, g *Gateway, l *pipes) {
		p := l.dial(t)
		p.upgrade("/echo")
		begin := time.Now()
		go io.Copy(io.Discard, p.br)
		require.NoError(t, g.Shutdown(context.Background(), 0))
		require.Equal(t, 5*time.Second, time.Since(begin))
	})
}
