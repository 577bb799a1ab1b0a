package client

import (
	"net/netip"
	"os"

	"golang.org/x/sys/unix"
)

// dialFD begins a non-blocking connect. Failing later shows as a hang-up.
func (l *Loop) dialFD(c *Conn, token uint64) error {
	to := l.nextAddr()
	family := unix.AF_INET6
	if to.Addr().Is4() {
		family = unix.AF_INET
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	if err := l.connect(fd, to); err == nil {
		err = l.poller.AddFD(&c.pc, fd, token)
		if err == nil {
			return nil
		}
		unix.Close(fd)
		return err
	} else {
		unix.Close(fd)
		return err
	}
}

func (l *Loop) connect(fd int, to netip.AddrPort) error {
	if err := unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1); err != nil {
		return os.NewSyscallError("setsockopt", err)
	}
	if from := l.nextSource(); from.IsValid() {
		// The port is chosen at connect, so that it is free for this pair of addresses only.
		if err := unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1); err != nil {
			return os.NewSyscallError("setsockopt", err)
		}
		if err := unix.Bind(fd, sockaddr(netip.AddrPortFrom(from, 0))); err != nil {
			return os.NewSyscallError("bind", err)
		}
	}
	if err := unix.Connect(fd, sockaddr(to)); err != nil && err != unix.EINPROGRESS {
		return os.NewSyscallError("connect", err)
	}
	return nil
}

func sockaddr(a netip.AddrPort) unix.Sockaddr {
	if a.Addr().Is4() {
		return &unix.SockaddrInet4{Addr: a.Addr().As4(), Port: int(a.Port())}
	}
	return &unix.SockaddrInet6{Addr: a.Addr().As16(), Port: int(a.Port())}
}
