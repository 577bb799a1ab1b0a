package gateway

import (
	"context"
	"io"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/gateway/dialect"
	"github.com/parley-signaling/parley/gateway/dialect/native"
)

func TestSocketIsSmall(t *testing.T) {
	require.LessOrEqual(t, unsafe.Sizeof(socket{}), uintptr(176))
}

// benchServer serves b on loopback.
func benchServer(b *testing.B) (*Gateway, string) {
	log := slog.New(slog.DiscardHandler)
	sys := newSystem(actors.Options{Logger: log})
	g, err := New(Options{System: sys, Logger: log, Routes: map[string]dialect.Dialect{"/ws": native.New(), "/echo": echo{}}, NoRoomTimeout: -1})
	require.NoError(b, err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	go g.Serve(ln)
	b.Cleanup(func() {
		require.NoError(b, g.Close())
		require.NoError(b, sys.Close(context.Background()))
	})
	return g, ln.Addr().String()
}

// BenchmarkNegotiate is an upgrade without its socket: request head in, response out.
func BenchmarkNegotiate(b *testing.B) {
	g, _ := benchServer(b)
	head := []byte(upgradeHead("/ws", "Origin: http://a.example", "User-Agent: Mozilla/5.0 (X11; Linux x86_64)",
		"Accept-Encoding: gzip, deflate, br", "Sec-WebSocket-Extensions: permessage-deflate", "Sec-WebSocket-Protocol: parley.v1.json"))
	b.ReportAllocs()
	for b.Loop() {
		if _, no := g.negotiate(parseHead(head[:endOfHead(head, 0)])); no != nil {
			b.Fatal(no)
		}
	}
}

// BenchmarkUpgrade is a connection's whole life: connect, upgrade, close, over loopback.
func BenchmarkUpgrade(b *testing.B) {
	_, addr := benchServer(b)
	head := []byte(upgradeHead("/ws"))
	end := []byte(closing(1000, ""))
	buf := make([]byte, 4096)
	b.ReportAllocs()
	for b.Loop() {
		nc, err := net.Dial("tcp", addr)
		require.NoError(b, err)
		nc.Write(head)
		nc.Read(buf)
		nc.Write(end)
		io.Copy(io.Discard, nc)
		nc.Close()
	}
}

// BenchmarkEcho is one frame of 256 bytes there and back, over loopback.
func BenchmarkEcho(b *testing.B) {
	_, addr := benchServer(b)
	nc, err := net.Dial("tcp", addr)
	require.NoError(b, err)
	defer nc.Close()
	buf := make([]byte, 4096)
	nc.Write([]byte(upgradeHead("/echo")))
	nc.Read(buf)
	frame := []byte(text(strings.Repeat("x", 256)))
	b.ReportAllocs()
	for b.Loop() {
		nc.Write(frame)
		if _, err := io.ReadFull(nc, buf[:260]); err != nil {
			b.Fatal(err)
		}
	}
}

// TestIdleConnectionIsSmall measures the live heap of open connections, actors included, by
// clients that are bare descriptors.
func TestIdleConnectionIsSmall(t *testing.T) {
	s := start(t, false, nil).serve()
	if !s.g.shards[0].poller.Descriptors() {
		t.Skip("no epoll")
	}
	const n = 1000
	var fds [n + 1]int
	t.Cleanup(func() { closeAll(fds[:]) })
	fds[n] = s.bareClient(upgradeHead("/ws")) // what is made once
	before := heap()
	for i := range n {
		fds[i] = s.bareClient(upgradeHead("/ws"))
	}
	each := (heap() - before) / n
	t.Log(each, "bytes per connection")
	require.Less(t, each, int64(768))
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
