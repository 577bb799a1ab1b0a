package poll

import (
	"net"
	"net/netip"
	"time"
)

// Conn is one connection of a Poller. It is meant to be a field of its owner's record: it is
// filled in by AddFD or AddNet and must not be copied afterwards.
type Conn struct {
	poller *Poller
	stream *stream // nil: a bare descriptor
	token  uint64
	fd     int32
	read   bool // the present interest
	write  bool
}

// AddFD fills in c with a connected, non-blocking socket, which c owns from now on, and
// begins to watch it for reading. After an error fd is still the caller's.
func (p *Poller) AddFD(c *Conn, fd int, token uint64) error {
	if p.ep == nil {
		return ErrUnsupported
	}
	*c = Conn{poller: p, token: token, fd: int32(fd), read: true}
	return p.ep.add(fd, token)
}

// AddNet fills in c with nc, which c owns from now on, and begins to watch it for reading.
// linger bounds how long accepted output may still be written after Close.
func (p *Poller) AddNet(c *Conn, nc net.Conn, token uint64, linger time.Duration) {
	s := newStream(p, nc, token, linger)
	*c = Conn{poller: p, stream: s, token: token, fd: -1, read: true}
	s.start()
}

// Read reads what has arrived. io.EOF is the peer's half-close, ErrAgain nothing for now.
func (c *Conn) Read(b []byte) (int, error) {
	if c.stream != nil {
		return c.stream.read(b)
	}
	return fdRead(int(c.fd), b)
}

// Writev writes bufs in order, at most 65 of them, and returns how many bytes were taken;
// fewer than all is no error. ErrAgain: none could be. It does not keep bufs.
func (c *Conn) Writev(bufs [][]byte) (int, error) {
	if c.stream != nil {
		return c.stream.writev(bufs)
	}
	return c.poller.ep.writev(int(c.fd), bufs)
}

// Interest says which events are wanted. Hangups of a bare descriptor are always reported.
func (c *Conn) Interest(read, write bool) error {
	if read == c.read && write == c.write {
		return nil
	}
	c.read, c.write = read, write
	if c.stream != nil {
		c.stream.interest(read, write)
		return nil
	}
	return c.poller.ep.modify(int(c.fd), c.token, read, write)
}

// Reading reports whether reading is of interest at present.
func (c *Conn) Reading() bool { return c.read }

// Peer is the address at the other end; the zero Addr where that is not IP, or gone.
func (c *Conn) Peer() netip.Addr {
	if c.stream == nil {
		return fdPeer(int(c.fd))
	}
	if a, ok := c.stream.nc.RemoteAddr().(*net.TCPAddr); ok {
		return a.AddrPort().Addr().Unmap()
	}
	return netip.Addr{}
}

// CloseWrite ends the outgoing direction, so that the peer sees an end after what was
// written. It does nothing for a net.Conn.
func (c *Conn) CloseWrite() {
	if c.stream == nil {
		fdCloseWrite(int(c.fd))
	}
}

// Close ends the connection; what Writev has taken is still delivered.
func (c *Conn) Close() {
	if c.stream != nil {
		c.stream.close(true)
		return
	}
	fdClose(int(c.fd), false)
}

// Abort ends the connection and throws away what the peer has not taken.
func (c *Conn) Abort() {
	if c.stream != nil {
		c.stream.close(false)
		return
	}
	fdClose(int(c.fd), true)
}

// Release stops watching a bare descriptor and gives it back to the caller.
func (c *Conn) Release() (fd int, ok bool) {
	if c.stream != nil || c.poller == nil {
		return -1, false
	}
	c.poller.ep.remove(int(c.fd))
	return int(c.fd), true
}
