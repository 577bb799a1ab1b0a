//go:build amd64 || arm64

package poll

import (
	"net"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// dup returns a descriptor of its own for nc's socket.
func dup(t *testing.T, nc *net.TCPConn) int {
	raw, err := nc.SyscallConn()
	require.NoError(t, err)
	fd := -1
	require.NoError(t, raw.Control(func(p uintptr) { fd, err = syscall.Dup(int(p)) }))
	require.NoError(t, err)
	return fd
}
