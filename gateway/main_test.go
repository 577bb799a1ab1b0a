package gateway

import (
	"context"
	"io"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/dialect"
	"github.com/parley-signaling/parley/gateway/dialect/native"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// echo is a dialect that sends everything back, in a frame of the same kind. Some messages
// are commands: see its Receive.
type echo struct{}

func (echo) Name() string            { return "echo" }
func (echo) Traits() dialect.Traits  { return dialect.Traits{Roomless: true} }
func (e echo) Format() actors.Format { return e }
func (echo) Open(h *dialect.Handshake) dialect.Session {
	if h.Query == "panic" {
		panic("a dialect that panics")
	}
	for _, p := range h.Protocols {
		if p == "echo" {
			h.Protocol = p
		}
	}
	return echoSession{}
}

// Append implements actors.Format for echoed messages and for byes.
func (echo) Append(dst []byte, m wire.Message) []byte {
	e, ok := m.(*echoed)
	if !ok {
		return dst
	}
	op := ws.OpBinary
	if e.text {
		op = ws.OpText
	}
	if len(e.bytes) == 0 { // AppendFrame would append nothing
		return append(dst, 0x80|byte(op), 0)
	}
	return dialect.AppendFrame(dst, op, m, func(dst []byte, m wire.Message) []byte { return m.AppendTo(dst, wire.JSON) })
}

type echoed struct {
	text  bool
	bytes []byte
}

func (e *echoed) AppendTo(dst []byte, _ wire.Codec) []byte { return append(dst, e.bytes...) }

type echoSession struct{}

// held is sent to by a session that is told to hold its shard up, until it receives.
var held = make(chan struct{})

// A flood is more than the kernel's buffers hold.
const (
	floods    = 256
	floodSize = 60 << 10
)

func (echoSession) Format() actors.Format { return echo{} }
func (echoSession) Open(*actors.Conn)     {}

func (echoSession) Receive(c *actors.Conn, text bool, message []byte) {
	switch string(message) {
	case "panic":
		panic("a session that panics")
	case "hold": // the shard
		held <- struct{}{}
		<-held
	case "close":
		c.Close(actors.Close{Code: actors.CloseKicked, Reason: "as you wish"})
	case "flood":
		for range floods {
			c.Tell(&echoed{text, make([]byte, floodSize)})
		}
	default:
		if cap(message) != len(message) {
			panic("not an exact copy")
		}
		c.Tell(&echoed{text, message})
	}
}

// server is a gateway on a loopback port, with its system.
type server struct {
	*testing.T
	g    *Gateway
	sys  *actors.System
	addr string
}

// start makes a gateway with the native dialect at /ws and echo at /echo. change may be nil.
func start(t *testing.T, portable bool, change func(*Options)) *server {
	o := Options{
		Portable: portable, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)), Shards: 2,
		Routes: map[string]dialect.Dialect{"/ws": native.New(), "/echo": echo{}},
	}
	if change != nil {
		change(&o)
	}
	if o.System == nil {
		o.System = newSystem(actors.Options{Logger: o.Logger, Linger: time.Minute})
	}
	sys := o.System
	g, err := New(o)
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, g.Close())
		require.NoError(t, sys.Close(context.Background()))
		require.Zero(t, g.Stats().Connections)
		// net/http's goroutines end a little later.
		require.Eventually(t, func() bool { return g.o.Quota.Sockets() == 0 }, patience, time.Millisecond)
	})
	return &server{T: t, g: g, sys: sys}
}

// serve has s listen on a loopback port.
func (s *server) serve() *server {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(s, err)
	served := make(chan error, 1)
	go func() { served <- s.g.Serve(ln) }()
	s.Cleanup(func() {
		require.NoError(s, s.g.Close())
		require.ErrorIs(s, <-served, ErrClosed)
	})
	s.addr = ln.Addr().String()
	return s
}

func newSystem(o actors.Options) *actors.System {
	sys, err := actors.NewSystem(o)
	if err != nil {
		panic(err)
	}
	return sys
}

// deepQueues lets a connection have a flood of output waiting.
func deepQueues(o *Options) {
	o.System = newSystem(actors.Options{Logger: o.Logger, QueueBytes: 2 * floods * floodSize})
}

// both runs f over epoll and over net.Conn.
func both(t *testing.T, change func(*Options), f func(t *testing.T, s *server)) {
	for name, portable := range map[string]bool{"epoll": false, "net.Conn": true} {
		t.Run(name, func(t *testing.T) { f(t, start(t, portable, change).serve()) })
	}
}

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// wantConnections waits for the number of open connections.
func (s *server) wantConnections(n int) {
	s.Helper()
	require.Eventually(s, func() bool { return s.g.Stats().Connections == n }, patience, time.Millisecond)
}
