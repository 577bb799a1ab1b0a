//go:build amd64 || arm64

package gateway

import (
	"errors"
	"net"
	"os"
	"syscall"
)

// listeningFD returns the descriptor of a TCP listener, which stays the listener's.
func listeningFD(ln net.Listener) (int, bool) {
	t, ok := ln.(*net.TCPListener)
	if !ok {
		return -1, false
	}
	raw, err := t.SyscallConn()
	if err != nil {
		return -1, false
	}
	fd := -1
	err = raw.Control(func(p uintptr) {
		fd = int(p)
	})
	return fd, err == nil
}

// takeFD makes nc's socket a bare descriptor of the caller's, and closes nc.
func takeFD(nc net.Conn) (int, bool) {
	t, ok := nc.(*net.TCPConn)
	if !ok {
		return -1, false
	}
	raw, err := t.SyscallConn()
	if err != nil {
		return -1, false
	}
	var fd uintptr
	var errno syscall.Errno
	err = raw.Control(func(p uintptr) {
		fd, _, errno = syscall.Syscall(syscall.SYS_FCNTL, p, syscall.F_DUPFD_CLOEXEC, 0)
	})
	if err != nil || errno != 0 {
		return -1, false
	}
	nc.Close()
	return int(fd), true
}

// netConn makes a descriptor a net.Conn, in Go's network poller. It takes fd in any case.
func netConn(fd int) (net.Conn, error) {
	f := os.NewFile(uintptr(fd), "tcp")
	defer f.Close() // net.FileConn has its own
	return net.FileConn(f)
}

func closeFD(fd int) { syscall.Close(fd) }

// scarce: the process or the system has no room for another connection.
func scarce(err error) bool {
	for _, e := range []syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// transient: the next connection may be accepted. The errors of a connection that has
// failed meanwhile are those of accept(2).
func transient(err error) bool {
	for _, e := range []syscall.Errno{syscall.EBADF, syscall.EINVAL, syscall.ENOTSOCK, syscall.EFAULT} {
		if errors.Is(err, e) {
			return false
		}
	}
	return true
}
