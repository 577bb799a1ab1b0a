//go:build amd64 || arm64

package gateway

import (
	"log/slog"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/gobwas/ws"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/gateway/gatewaytest"
)

// TestNoDescriptorsLeft: the listener rests, says so once, and goes on when there are some.
func TestNoDescriptorsLeft(t *testing.T) {
	var log gatewaytest.Log
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
	require.NotZero(t, s.g.Stats().Refused[RefusedDescriptors])
}

func TestAcceptErrors(t *testing.T) {
	for _, c := range []struct {
		errno             syscall.Errno
		scarce, transient bool
	}{
		{syscall.EMFILE, true, true},
		{syscall.ENFILE, true, true},
		{syscall.ENOMEM, true, true},
		{syscall.ECONNABORTED, false, true},
		{syscall.EPROTO, false, true},
		{syscall.EBADF, false, false},
		{syscall.EINVAL, false, false},
	} {
		require.Equal(t, c.scarce, scarce(c.errno), c.errno.Error())
		require.Equal(t, c.transient, transient(c.errno), c.errno.Error())
	}
}
