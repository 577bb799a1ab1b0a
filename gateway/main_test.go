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
	return dialect.AppendFrame(dst, op, m, func(dst []byte, m wire.Message) []byte { return m.AppendTo(dst, wire.JSON) })
}

type echoed struct {
	text  bool
	bytes []byte
}

func (e *echoed) AppendTo(dst []byte, _ wire.Codec) []byte { return append(dst, e.bytes...) }

type echoSession struct{}

func (echoSession) Format() actors.Format { return echo{} }
func (echoSession) Open(*actors.Conn)     {}

func (echoSession) Receive(c *actors.Conn, text bool, message []byte) {
	switch string(message) {
	case "panic":
		panic("a session that panics")
	case "close":
		c.Close(actors.Close{Code: actors.CloseKicked, Reason: "as you wish"})
	case "flood":
		big := make([]byte, 60<<10)
		for range 1 << 10 {
			c.Tell(&echoed{text, big})
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

// start runs a gateway with the native dialect at /ws and echo at /echo. change may be nil.
func start(t *testing.T, portable bool, change func(*Options)) *server {
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	sys, err := actors.NewSystem(actors.Options{Logger: log, Linger: time.Minute})
	require.NoError(t, err)
	o := Options{
		System: sys, Portable: portable, Logger: log, Shards: 2,
		Routes: map[string]dialect.Dialect{"/ws": native.New(), "/echo": echo{}},
	}
	if change != nil {
		change(&o)
	}
	g, err := New(o)
	require.NoError(t, err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- g.Serve(ln) }()
	t.Cleanup(func() {
		require.NoError(t, g.Close())
		require.ErrorIs(t, <-served, ErrClosed)
		require.NoError(t, sys.Close(context.Background()))
		require.Zero(t, g.Stats().Connections)
	})
	return &server{t, g, sys, ln.Addr().String()}
}

// both runs f over epoll and over net.Conn.
func both(t *testing.T, change func(*Options), f func(t *testing.T, s *server)) {
	for name, portable := range map[string]bool{"epoll": false, "net.Conn": true} {
		t.Run(name, func(t *testing.T) { f(t, start(t, portable, change)) })
	}
}
