//go:build amd64 || arm64

package poll

import (
	"io"
	"syscall"
)

// result translates what a non-blocking system call said.
func result(n int, errno syscall.Errno) (int, error) {
	switch errno {
	case 0:
		return n, nil
	case syscall.EAGAIN:
		return 0, ErrAgain
	}
	return 0, errno
}

func fdRead(fd int, b []byte) (int, error) {
	n, err := result(rawRead(fd, b))
	if n == 0 && err == nil && len(b) > 0 {
		return 0, io.EOF
	}
	return n, err
}

func fdCloseWrite(fd int) { syscall.Shutdown(fd, syscall.SHUT_WR) }

// fdClose closes a socket. abort makes that a reset: the kernel forgets at once what the
// peer has not taken, instead of trying for minutes.
func fdClose(fd int, abort bool) {
	if abort {
		syscall.SetsockoptLinger(fd, syscall.SOL_SOCKET, syscall.SO_LINGER, &syscall.Linger{Onoff: 1})
	}
	syscall.Close(fd)
}

// Accept takes one connection from a listening socket: non-blocking, closed on exec. ErrAgain:
// there is none.
func Accept(fd int) (int, error) {
	c, err := result(rawAccept(fd))
	if err == nil {
		// Not inherited from the listener: what connected before it was set there would keep
		// Nagle's algorithm, and 40 ms a message, for life.
		syscall.SetsockoptInt(c, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
	}
	return c, err
}
