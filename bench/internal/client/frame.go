package client

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/gobwas/ws"
)

// Protocol violations of a server.
var (
	errMasked   = errors.New("the server sent a masked frame")
	errReserved = errors.New("the server sent a frame with a reserved bit or opcode")
	errHuge     = errors.New("the server sent a frame of more than 64 MiB")
	errOrder    = errors.New("the server sent fragments out of order")
	errKind     = errors.New("the server sent a message of the wrong kind (text or binary)")
)

const maxFrame = 64 << 20

// appendHeader appends the header of a whole, masked message (RFC 6455, 5.2).
func appendHeader(dst []byte, op ws.OpCode, n int, mask [4]byte) []byte {
	dst = append(dst, 0x80|byte(op))
	switch {
	case n < 126:
		dst = append(dst, 0x80|byte(n))
	case n <= math.MaxUint16:
		dst = binary.BigEndian.AppendUint16(append(dst, 0x80|126), uint16(n))
	default:
		dst = binary.BigEndian.AppendUint64(append(dst, 0x80|127), uint64(n))
	}
	return append(dst, mask[:]...)
}

// parseFrame returns the frame at the beginning of b, and its length; 0: it is not whole.
func parseFrame(b []byte) (h ws.Header, payload []byte, n int, err error) {
	if len(b) < 2 {
		return h, nil, 0, nil
	}
	h.Fin, h.Rsv, h.OpCode = b[0]&0x80 != 0, b[0]>>4&7, ws.OpCode(b[0]&0x0f)
	switch {
	case h.Rsv != 0 || h.OpCode.IsReserved():
		return h, nil, 0, errReserved
	case b[1]&0x80 != 0:
		return h, nil, 0, errMasked
	}
	size, head := uint64(b[1]), 2
	switch size {
	case 126:
		head = 4
	case 127:
		head = 10
	}
	if len(b) < head {
		return h, nil, 0, nil
	}
	switch head {
	case 4:
		size = uint64(binary.BigEndian.Uint16(b[2:]))
	case 10:
		size = binary.BigEndian.Uint64(b[2:])
	}
	if size > maxFrame {
		return h, nil, 0, errHuge
	}
	if uint64(len(b)-head) < size {
		return h, nil, 0, nil
	}
	h.Length = int64(size)
	n = head + int(size)
	return h, b[head:n], n, nil
}

// received handles one frame.
func (c *Conn) received(h ws.Header, payload []byte) {
	switch h.OpCode {
	case ws.OpPing:
		c.loop.Stats.Pings++
		c.frame(ws.OpPong, payload)
	case ws.OpPong:
		c.handler.Ponged(c)
	case ws.OpClose:
		c.closed(payload)
	case ws.OpContinuation:
		c.fragment(h, payload, len(c.message) > 0)
	default:
		if want := c.loop.target.Binary; want != (h.OpCode == ws.OpBinary) {
			c.end(errKind)
			return
		}
		if h.Fin && len(c.message) == 0 {
			c.loop.Stats.Received++
			c.handler.Received(c, payload)
			return
		}
		c.fragment(h, payload, len(c.message) == 0)
	}
}

// fragment gathers the parts of a message.
func (c *Conn) fragment(h ws.Header, payload []byte, inOrder bool) {
	if !inOrder {
		c.end(errOrder)
		return
	}
	c.message = append(c.message, payload...)
	if h.Fin {
		c.loop.Stats.Received++
		message := c.message
		c.message = nil
		c.handler.Received(c, message)
	}
}

// closed handles the peer's close frame, and answers it if it is the first one.
func (c *Conn) closed(payload []byte) {
	if c.state == closing {
		c.end(nil)
		return
	}
	e := &CloseError{Code: 1005}
	if len(payload) >= 2 {
		e.Code, e.Reason = int(binary.BigEndian.Uint16(payload)), string(payload[2:])
		payload = payload[:2]
	}
	c.frame(ws.OpClose, payload)
	_, _ = c.pc.Writev([][]byte{c.out}) // it ends in either case
	c.end(e)
}
