//go:build amd64 || arm64

package gateway

import (
	"net"
	"syscall"

	"github.com/stretchr/testify/require"
)

// bareClient connects and upgrades without any memory of Go's net package.
func (s *server) bareClient(head string) (fd int) {
	addr, err := net.ResolveTCPAddr("tcp", s.addr)
	require.NoError(s, err)
	fd, err = syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	require.NoError(s, err)
	require.NoError(s, syscall.Connect(fd, &syscall.SockaddrInet4{Port: addr.Port, Addr: [4]byte(addr.IP.To4())}))
	_, err = syscall.Write(fd, []byte(head))
	require.NoError(s, err)
	buf := make([]byte, 1024)
	n, err := syscall.Read(fd, buf)
	require.NoError(s, err)
	require.Contains(s, string(buf[:n]), " 101 ")
	return fd
}

func closeAll(fds []int) {
	for _, fd := range fds {
		if fd > 0 {
			syscall.Close(fd)
		}
	}
}
