//go:build amd64 || arm64

package gateway

import (
	"bytes"
	"log/slog"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/gobwas/ws"
	"github.com/stretchr/testify/require"
)

// syncBuffer is a log that is read while it is written.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// TestNoDescriptorsLeft: the listener rests, says so once, and goes on when there are some.
func TestNoDescriptorsLeft(t *testing.T) {
	var log syncBuffer
	s := start(t, false, func(o *Options) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) }).serve()
	before := s.ws(t, "/echo")

	var limit syscall.Rlimit
	require.NoError(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit))
	fd, err := syscall.Open(os.DevNull, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	require.NoError(t, err)
	syscall.Close(fd)
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: uint64(fd) + 1, Max: limit.Max}))
	defer syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)

	p := s.dial(t) // has the last descriptor
	p.write(upgradeHead("/echo"))
	require.Eventually(t, func() bool { return strings.Contains(log.String(), "no connections can be accepted") }, patience, 1e6)
	before.write(text("still served"))
	before.want(ws.OpText, "still served")
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit))
	require.Equal(t, 101, p.response().StatusCode)
	require.Equal(t, 1, strings.Count(log.String(), "no connections can be accepted"))
}
