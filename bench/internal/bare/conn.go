package bare

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/gobwas/ws"

	"github.com/parley-signaling/parley/gateway/poll"
)

// conn is one connection.
type conn struct {
	server *server
	conn   poll.Conn
	token  uint64
	open   bool   // the upgrade is done
	named  bool   // room is known
	room   string // key of server.rooms
	in     []byte // incomplete
	out    []byte
	dirty  bool // in server.dirty
	ending bool // a close frame is in out
	gone   bool
}

// received takes what was read; b is the server's.
func (c *conn) received(b []byte) {
	if len(c.in) > 0 {
		c.in = append(c.in, b...)
		b = c.in
	}
	rest := b
	if !c.open {
		rest = c.upgrade(rest)
	}
	for c.open && !c.gone && !c.ending {
		n := c.frame(rest)
		if n == 0 {
			break
		}
		rest = rest[n:]
	}
	switch {
	case len(rest) == 0:
		c.in = nil
	case len(rest) < len(b) || len(c.in) == 0:
		c.in = bytes.Clone(rest)
	}
}

// upgrade answers the request once it is there as a whole, and returns what is left.
func (c *conn) upgrade(b []byte) (rest []byte) {
	end := bytes.Index(b, []byte("\r\n\r\n"))
	if end < 0 {
		return b
	}
	var m struct {
		bytes.Reader
		answer
	}
	m.Reset(b[:end+4])
	if _, err := ws.Upgrade(&m); err != nil {
		c.end()
		return nil
	}
	c.open = true
	c.send(m.answer)
	return b[end+4:]
}

// answer collects what is written.
type answer []byte

func (a *answer) Write(b []byte) (int, error) {
	*a = append(*a, b...)
	return len(b), nil
}

// frame handles one frame at the front of b and returns its size; 0: it is not complete.
func (c *conn) frame(b []byte) int {
	h, size, ok := header(b)
	if !ok {
		return 0
	}
	if ws.CheckHeader(h, ws.StateServerSide) != nil || h.Length < 0 || h.Length > maxMessage {
		c.end()
		return 0
	}
	n := size + int(h.Length)
	if len(b) < n {
		return 0
	}
	payload := b[size:n]
	ws.Cipher(payload, h.Mask, 0)
	switch {
	case h.OpCode == ws.OpPing:
		c.send(appendFrame(nil, ws.OpPong, payload))
	case h.OpCode == ws.OpClose:
		c.send(appendFrame(nil, ws.OpClose, payload))
		c.ending = true
	case h.OpCode.IsData():
		c.message(h.OpCode, payload)
	}
	return n
}

// message joins, or relays.
func (c *conn) message(op ws.OpCode, payload []byte) {
	rooms := c.server.rooms
	if !c.named {
		c.named, c.room = true, string(payload)
		rooms[c.room] = append(rooms[c.room], c)
		return
	}
	frame := appendFrame(nil, op, payload)
	for _, to := range rooms[c.room] {
		if to != c {
			to.send(frame)
		}
	}
}

func (c *conn) send(b []byte) {
	c.out = append(c.out, b...)
	c.mark()
}

func (c *conn) mark() {
	if !c.dirty {
		c.dirty = true
		c.server.dirty = append(c.server.dirty, c)
	}
}

// write writes what waits, as much of it as the kernel takes.
func (c *conn) write() {
	if len(c.out) > 0 {
		n, err := c.conn.Writev([][]byte{c.out})
		if err != nil && !errors.Is(err, poll.ErrAgain) {
			c.end()
			return
		}
		c.out = c.out[:copy(c.out, c.out[n:])]
	}
	switch {
	case len(c.out) > 0:
		c.conn.Interest(true, true)
	case c.ending:
		c.end()
	case cap(c.out) > 4096: // idle ones keep nothing
		c.out = nil
	}
}

func (c *conn) end() {
	if c.gone {
		return
	}
	c.gone = true
	c.conn.Close()
	s := c.server
	s.conns[c.token] = nil
	s.free = append(s.free, c.token)
	if !c.named {
		return
	}
	in := s.rooms[c.room]
	if i := slices.Index(in, c); i >= 0 {
		in = slices.Delete(in, i, i+1)
	}
	if s.rooms[c.room] = in; len(in) == 0 {
		delete(s.rooms, c.room)
	}
}

// header reads a masked frame's header.
func header(b []byte) (h ws.Header, size int, ok bool) {
	if len(b) < 2 {
		return h, 0, false
	}
	h = ws.Header{
		Fin: b[0]&0x80 != 0, Rsv: b[0] >> 4 & 7, OpCode: ws.OpCode(b[0] & 15),
		Masked: b[1]&0x80 != 0, Length: int64(b[1] & 0x7f),
	}
	size = 2
	switch h.Length {
	case 126:
		size = 4
	case 127:
		size = 10
	}
	if h.Masked {
		size += 4
	}
	if len(b) < size {
		return h, 0, false
	}
	switch h.Length {
	case 126:
		h.Length = int64(binary.BigEndian.Uint16(b[2:]))
	case 127:
		h.Length = int64(binary.BigEndian.Uint64(b[2:]))
	}
	if h.Masked {
		copy(h.Mask[:], b[size-4:size])
	}
	return h, size, true
}

func appendFrame(dst []byte, op ws.OpCode, payload []byte) []byte {
	dst = append(dst, 0x80|byte(op))
	if n := len(payload); n < 126 {
		dst = append(dst, byte(n))
	} else {
		dst = binary.BigEndian.AppendUint16(append(dst, 126), uint16(n)) // maxMessage
	}
	return append(dst, payload...)
}
