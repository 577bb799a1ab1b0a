package gateway_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/roomtest"
	"github.com/parley-signaling/parley/gateway"
	"github.com/parley-signaling/parley/gateway/dialect"
	"github.com/parley-signaling/parley/gateway/dialect/native"
	"github.com/parley-signaling/parley/gateway/gatewaytest"
)

// target starts a gateway behind a proxy that breaks lines.
func target(t testing.TB, portable bool, seed uint64, o actors.Options) roomtest.Target {
	return targetOf(t, gateway.Options{Portable: portable}, seed, o)
}

func targetOf(t testing.TB, gw gateway.Options, seed uint64, o actors.Options) roomtest.Target {
	o.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	sys, err := actors.NewSystem(o)
	require.NoError(t, err)
	gw.System, gw.Logger, gw.Shards = sys, o.Logger, 2
	gw.Routes = map[string]dialect.Dialect{"/ws": native.New()}
	g, err := gateway.New(gw)
	require.NoError(t, err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- g.Serve(ln) }()
	p, err := gatewaytest.NewProxy(ln.Addr().String(), seed)
	require.NoError(t, err)
	t.Cleanup(func() {
		p.Close()
		require.NoError(t, g.Close())
		require.ErrorIs(t, <-served, gateway.ErrClosed)
		require.NoError(t, sys.Close(context.Background()))
	})
	tg := gatewaytest.Target(p, "/ws", seed, func() int { return sys.Stats().Connections })
	tg.Linger, tg.Capacity, tg.Queue = o.Linger, o.RoomCapacity, o.QueueBytes
	return tg
}

// both runs f over epoll and over net.Conn.
func both(t *testing.T, f func(t *testing.T, portable bool)) {
	for name, portable := range map[string]bool{"epoll": false, "net.Conn": true} {
		t.Run(name, func(t *testing.T) { f(t, portable) })
	}
}

func number(t *testing.T, name string, otherwise uint64) uint64 {
	s := os.Getenv(name)
	if s == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(s, 10, 64)
	require.NoError(t, err, name)
	return n
}

// TestRoomModelSockets is TestRoomModelInMemory over sockets: the lines run through a proxy
// that cuts them anywhere, and what was on its way may or may not have arrived. ROOMTEST_SEED
// repeats a seed, as far as real time allows.
func TestRoomModelSockets(t *testing.T) {
	both(t, func(t *testing.T, portable bool) {
		t.Parallel()
		seed := number(t, "ROOMTEST_SEED", 1)
		tg := target(t, portable, seed, actors.Options{Linger: 2 * time.Second, RoomCapacity: 6})
		d := roomtest.NewDriver(tg, seed)
		defer d.Close()
		if err := d.Run(int(number(t, "ROOMTEST_STEPS", 400))); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		t.Logf("seed %d: %v", seed, d.Steps())
	})
}

// TestGuaranteesSockets shows each guarantee of the protocol over sockets.
func TestGuaranteesSockets(t *testing.T) {
	both(t, func(t *testing.T, portable bool) {
		t.Parallel()
		for i, g := range roomtest.Guarantees {
			t.Run(g.Name, func(t *testing.T) {
				linger := 30 * time.Second
				if g.Waits {
					linger = time.Second
				}
				tg := target(t, portable, uint64(i), actors.Options{Linger: linger, RoomCapacity: 6, QueueBytes: 256 << 10})
				g.Show(&roomtest.World{TB: t, Target: tg})
			})
		}
	})
}
