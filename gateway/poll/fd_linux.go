//go:build amd64 || arm64

package poll

import (
	"io"
	"net/netip"
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

func fdPeer(fd int) netip.Addr {
	sa, _ := syscall.Getpeername(fd) // nil where it is gone
	return addrOf(sa)
}

// addrOf is the IP address in sa.
func addrOf(sa syscall.Sockaddr) netip.Addr {
	switch sa := sa.(type) {
	case *syscall.SockaddrInet4:
		return netip.AddrFrom4(sa.Addr)
	case *syscall.SockaddrInet6:
		return netip.AddrFrom16(sa.Addr).Unmap()
	}
	return netip.Addr{}
}

// fdClose closes a socket. abort makes that a reset: the kernel forgets at once what the
// peer has not taken, instead of trying for minutes.
func fdClose(fd int, abort bool) {
	if abort {
		syscall.SetsockoptLinger(fd, syscall.SOL_SOCKET, syscall.SO_LINGER, &syscall.Linger{Onoff: 1})
	}
	syscall.Close(fd)
}

// Accept takes one connection from a listening socket, non-blocking, closed on exec, and tells
// the address that it comes from; the zero Addr where that is not IP. ErrAgain: there is none.
func Accept(fd int) (int, netip.Addr, error) {
	n, from, errno := rawAccept(fd)
	c, err := result(n, errno)
	if err == nil {
		// Not inherited from the listener: what connected before it was set there would keep
		// Nagle's algorithm, and 40 ms a message, for life.
		syscall.SetsockoptInt(c, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
	}
	return c, from, err
}
