package ice

import (
	"bufio"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"time"
)

// stream is a client's TCP or TLS connection. Each Read returns one whole frame (RFC 8656, 12.5:
// a STUN message, or channel data padded to four bytes), because pion's own framing trusts the
// length that the client claims: 65,516 wraps around to nothing and is looked at for ever.
type stream struct {
	net.Conn // TCP

	// Static after construction.
	conn net.Conn // what is spoken over it: itself, or TLS
	list *streams

	r *bufio.Reader // owned by the reader
}

const streamBuffer = 2048

// maxStreamFrame is what pion takes in one piece, in bytes.
const maxStreamFrame = 1599

func newStream(c net.Conn, l *streams) *stream {
	s := &stream{Conn: c, conn: c, list: l}
	if l.tls != nil {
		s.conn = tls.Server(c, l.tls) // the first Read shakes hands
	}
	s.r = bufio.NewReaderSize(s.conn, streamBuffer)
	return s
}

var errFrame = errors.New("ice: neither a STUN message nor channel data")

// frameSize is how long a frame is that begins so, in bytes.
func frameSize(head []byte) (int, error) {
	n := int(binary.BigEndian.Uint16(head[2:]))
	switch head[0] >> 6 {
	case 0:
		n += 20
	case 1:
		n = 4 + (n+3)&^3
	default:
		return 0, errFrame
	}
	if n > maxStreamFrame {
		return 0, errFrame
	}
	return n, nil
}

// Read fills b with one frame.
func (s *stream) Read(b []byte) (int, error) {
	if err := s.conn.SetReadDeadline(time.Now().Add(s.patience())); err != nil {
		return 0, err
	}
	head, err := s.r.Peek(4)
	if err != nil {
		return 0, err
	}
	n, err := frameSize(head)
	if err != nil {
		return 0, err
	}
	if n > len(b) {
		return 0, io.ErrShortBuffer
	}
	return io.ReadFull(s.r, b[:n])
}

func (s *stream) patience() time.Duration {
	if s.list.busy(s.RemoteAddr()) {
		return relayPatience
	}
	return firstPatience
}

// Write sends one frame, or ends a connection that does not take it: half a frame would be
// the end of it anyway.
func (s *stream) Write(b []byte) (int, error) {
	err := s.conn.SetWriteDeadline(time.Now().Add(writePatience))
	if err != nil {
		return 0, err
	}
	n, err := s.conn.Write(b)
	if err != nil {
		_ = s.Conn.Close()
	}
	return n, err
}

// Close ends the connection.
func (s *stream) Close() error {
	s.list.forget(s)
	return s.conn.Close()
}
