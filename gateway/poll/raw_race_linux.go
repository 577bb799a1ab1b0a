//go:build (amd64 || arm64) && race

package poll

import (
	"errors"
	"net/netip"
	"syscall"
	"unsafe"
)

// The ordinary wrappers tell the race detector which memory the kernel touches.

func rawRead(fd int, b []byte) (int, syscall.Errno) { return wrapped(syscall.Read(fd, b)) }

func rawWrite(fd int, b []byte) (int, syscall.Errno) { return wrapped(syscall.Write(fd, b)) }

// rawWritev writes the buffers one by one: package syscall has no writev.
func rawWritev(fd int, v []syscall.Iovec) (int, syscall.Errno) {
	sum := 0
	for _, iov := range v {
		n, errno := wrapped(syscall.Write(fd, unsafe.Slice(iov.Base, iov.Len)))
		if errno != 0 && sum == 0 {
			return 0, errno
		}
		sum += n
		if n < int(iov.Len) {
			break
		}
	}
	return sum, 0
}

func rawAccept(fd int) (int, netip.Addr, syscall.Errno) {
	n, sa, err := syscall.Accept4(fd, syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC)
	n, errno := wrapped(n, err)
	return n, addrOf(sa), errno
}

func epollWait(fd int, events []syscall.EpollEvent) (int, error) {
	n, err := syscall.EpollWait(fd, events, 0)
	if errors.Is(err, syscall.EINTR) {
		return 0, nil
	}
	return max(n, 0), err
}

func wrapped(n int, err error) (int, syscall.Errno) {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return 0, errno
	}
	return n, 0
}
