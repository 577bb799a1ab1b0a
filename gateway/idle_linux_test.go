package gateway_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/gateway"
	"github.com/parley-signaling/parley/gateway/dialect"
	"github.com/parley-signaling/parley/gateway/dialect/native"
)

// BenchmarkIdleConnections reports the heap of connections that have joined rooms of ten, in
// JSON, and say nothing more. The clients are bare descriptors, which have none.
func BenchmarkIdleConnections(b *testing.B) {
	const n, perRoom = 5000, 10
	for b.Loop() {
		sys, err := actors.NewSystem(actors.Options{})
		require.NoError(b, err)
		g, err := gateway.New(gateway.Options{
			System: sys, Routes: map[string]dialect.Dialect{"/ws": native.New()}, Logger: slog.New(slog.DiscardHandler),
		})
		require.NoError(b, err)
		ln, err := net.Listen("tcp4", "127.0.0.1:0")
		require.NoError(b, err)
		go g.Serve(ln)

		before := heap()
		fds := make([]int, n)
		for i := range fds {
			fds[i] = joinBare(b, ln.Addr().(*net.TCPAddr).Port, fmt.Sprintf("idle-%d", i/perRoom))
		}
		b.ReportMetric(float64(heap()-before)/n, "B/connection")
		require.Equal(b, n, sys.Stats().Members)
		for _, fd := range fds {
			syscall.Close(fd)
		}
		require.NoError(b, g.Close())
		require.NoError(b, sys.Close(context.Background()))
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// joinBare opens a WebSocket connection on a bare descriptor and joins a room.
func joinBare(tb testing.TB, port int, room string) int {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	require.NoError(tb, err)
	require.NoError(tb, syscall.Connect(fd, &syscall.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}))
	join := `{"type":"join","id":1,"room":"` + room + `"}`
	message := "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n" +
		string([]byte{0x81, 0x80 | byte(len(join)), 0, 0, 0, 0}) + join // masked with zeros
	_, err = syscall.Write(fd, []byte(message))
	require.NoError(tb, err)
	var buf [4096]byte
	for got := ""; ; {
		k, err := syscall.Read(fd, buf[:])
		require.NoError(tb, err)
		require.Positive(tb, k)
		got += string(buf[:k])
		if strings.Contains(got, `"joined"`) {
			return fd
		}
	}
}
