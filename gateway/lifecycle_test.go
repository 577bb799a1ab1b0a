package gateway

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/gateway/dialect"
)

func TestOptionsRefused(t *testing.T) {
	sys := newSystem(actors.Options{})
	defer sys.Close(context.Background())
	for want, o := range map[string]Options{
		"System":      {},
		"PongTimeout": {System: sys, PongTimeout: time.Minute},
		"origin":      {System: sys, Origins: []string{"a b"}},
		"route":       {System: sys, Routes: map[string]dialect.Dialect{"ws": nil}},
	} {
		_, err := New(o)
		require.ErrorContains(t, err, want)
	}
}

// TestPanicOfASession ends that connection, with 1011, and nothing else.
func TestPanicOfASession(t *testing.T) {
	both(t, nil, func(t *testing.T, s *server) {
		bystander := s.ws(t, "/echo")
		for range 10 {
			p := s.ws(t, "/echo")
			p.write(text("before") + text("panic") + text("after"))
			p.want(ws.OpText, "before")
			p.wantClose(actors.CloseInternal)
			p.write(closing(1011, ""))
			p.wantEnd()
		}
		bystander.write(text("hi"))
		bystander.want(ws.OpText, "hi")
		require.Equal(t, uint64(10), s.g.Stats().Panics)
	})
}

// TestNoGoroutineForAnIdleConnection: on Linux, that is; and none is left behind elsewhere.
func TestNoGoroutineForAnIdleConnection(t *testing.T) {
	both(t, pages, func(t *testing.T, s *server) {
		before := runtime.NumGoroutine()
		const n = 1000
		for i := range n {
			p := s.dial(t)
			if i%10 == 0 { // as a later request
				p.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
				p.wantPage(200, `GET / ""`)
			}
			p.upgrade("/echo")
			p.write(text("hi"))
			p.want(ws.OpText, "hi")
		}
		require.Equal(t, n, s.g.Stats().Connections)
		require.Equal(t, n, s.sys.Stats().Connections)
		if s.g.shards[0].poller.Descriptors() {
			require.Less(t, runtime.NumGoroutine(), before+20)
		}
	})
}

// TestShutdown: what is queued arrives, then bye and 1001; HTTP under way is finished; new
// connections are refused.
func TestShutdown(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	slow := func(o *Options) {
		deepQueues(o)
		o.HTTP = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			entered <- struct{}{}
			<-release
			w.Write([]byte("done"))
		})
	}
	both(t, slow, func(t *testing.T, s *server) {
		native := s.ws(t, "/ws")
		flooded := s.ws(t, "/echo")
		flooded.write(text("flood"))
		flooded.want(ws.OpText, strings.Repeat("\x00", floodSize))
		half := s.dial(t)
		half.write("GET /echo HT")
		web := s.dial(t)
		web.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		<-entered

		done := make(chan error, 1)
		go func() { done <- s.g.Shutdown(context.Background(), 1500*time.Millisecond) }()
		bye := native.message()
		require.JSONEq(t, `{"type":"bye","code":1001,"reason":"`+s.g.farewell().Reason+`","retryAfter":1500}`, bye)
		native.wantClose(1001)
		_, err := net.Dial("tcp", s.addr)
		require.Error(t, err)
		for range floods - 1 {
			flooded.want(ws.OpText, strings.Repeat("\x00", floodSize))
		}
		flooded.wantClose(1001)
		select {
		case err := <-done:
			t.Fatal("Shutdown did not wait: ", err)
		default:
		}
		native.write(closing(1001, ""))
		flooded.write(closing(1001, ""))
		native.wantEnd()
		flooded.wantEnd()
		release <- struct{}{}
		web.wantPage(200, "done")
		require.NoError(t, <-done)
		require.Equal(t, uint64(2), s.g.Stats().Ended[EndedDrain])
	})
}

func TestShutdownIsBounded(t *testing.T) {
	both(t, func(o *Options) { o.CloseTimeout = time.Hour }, func(t *testing.T, s *server) {
		p := s.ws(t, "/echo") // it will not answer
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		done := make(chan error, 1)
		go func() { done <- s.g.Shutdown(ctx, 0) }()
		p.wantClose(1001)
		cancel()
		require.ErrorIs(t, <-done, context.Canceled)
		require.Zero(t, s.g.Stats().Connections)
		require.ErrorIs(t, s.g.Serve(listen(t)), ErrClosed)
	})
}

// In so long a window each step ends one connection of a shard: the first goes at once, and there
// are more than can go before the second of them is seen to.
func TestGoodbyesAreSpreadOverAWindow(t *testing.T) {
	const n = 100
	both(t, func(o *Options) { o.DrainWindow, o.Shards = time.Hour, 1 }, func(t *testing.T, s *server) {
		told, gone := make(chan bool, n), make(chan bool, n)
		for range n {
			p := s.ws(t, "/echo")
			go func() {
				read, _ := p.Read(make([]byte, 1))
				told <- read > 0
				_, _ = io.Copy(io.Discard, p) // until it is closed
				gone <- true
			}()
		}
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		done := make(chan error, 1)
		go func() { done <- s.g.Shutdown(ctx, 0) }()
		require.True(t, <-told)
		cancel()
		require.ErrorIs(t, <-done, context.Canceled)
		ended := s.g.Stats().Ended
		require.NotZero(t, ended[EndedDrain], "somebody was told")
		require.NotZero(t, ended[EndedCut], "and others were not yet")
		require.EqualValues(t, n, ended[EndedDrain]+ended[EndedCut])
		for range n {
			<-gone
		}
	})
}

func TestSeveralListeners(t *testing.T) {
	both(t, nil, func(t *testing.T, s *server) {
		ln := listen(t)
		served := make(chan error, 1)
		go func() { served <- s.g.Serve(ln) }()
		second := &server{T: t, g: s.g, sys: s.sys, addr: ln.Addr().String()}
		for _, s := range []*server{s, second} {
			p := s.ws(t, "/echo")
			p.write(text("hi"))
			p.want(ws.OpText, "hi")
		}
		require.NoError(t, s.g.Close())
		require.ErrorIs(t, <-served, ErrClosed)
	})
}

// TestManyConnections opens and closes more than a shard's event buffer holds.
func TestManyConnections(t *testing.T) {
	both(t, nil, func(t *testing.T, s *server) {
		peers := make([]*peer, 3*eventsPerTurn)
		for i := range peers {
			peers[i] = s.ws(t, "/echo")
		}
		for _, p := range peers {
			p.write(text("hi"))
		}
		for _, p := range peers {
			p.want(ws.OpText, "hi")
			p.write(closing(1000, ""))
		}
		for _, p := range peers {
			p.wantClose(1000)
			p.wantEnd()
		}
		s.wantConnections(0)
		require.Equal(t, uint64(len(peers)), s.g.Stats().Accepted)
		require.Equal(t, [Endings]uint64{EndedByPeer: uint64(len(peers))}, s.g.Stats().Ended)
	})
}

func listen(t *testing.T) net.Listener {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { ln.Close() })
	return ln
}

// TestUpgradeWhileDraining: refused, where an outer server still takes requests.
func TestUpgradeWhileDraining(t *testing.T) {
	s := start(t, false, nil)
	outer := httptest.NewServer(s.g)
	defer outer.Close()
	require.NoError(t, s.g.Shutdown(context.Background(), 0))
	s.addr = outer.Listener.Addr().String()
	p := s.dial(t)
	p.write(upgradeHead("/echo"))
	r := p.response()
	require.Equal(t, http.StatusServiceUnavailable, r.StatusCode)
	require.NotEmpty(t, r.Header.Get("Retry-After"))
	require.Equal(t, [Refusals]uint64{RefusedDraining: 1}, s.g.Stats().Refused)
}
