package client

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/gobwas/ws"

	"github.com/parley-signaling/parley/gateway/poll"
)

// CloseError is a close frame of the peer.
type CloseError struct {
	Code   int // RFC 6455, 7.4; 1005: none was given
	Reason string
}

func (e *CloseError) Error() string { return fmt.Sprintf("closed with %d %s", e.Code, e.Reason) }

var errAbandoned = errors.New("the close was not answered")

// The states of a connection.
const (
	dialing   = iota // a goroutine dials
	upgrading        // the request is on its way, the answer not yet here
	open
	closing // a close frame is sent; input is still read
	gone
)

// Conn is one connection. It belongs to its loop's goroutine.
type Conn struct {
	// Static after construction
	loop    *Loop
	handler Handler
	Tag     int // the handler's own

	index, gen uint32
	pc         poll.Conn
	state      uint8
	aborted    bool
	dirty      bool   // in loop.dirty
	slow       bool   // it is read by Trickle only
	in         []byte // the part of a frame, or of the upgrade's answer, that has arrived
	message    []byte // the fragments of a message that have arrived
	out        []byte // not yet written
	deadline   int64  // of a closing
}

// Open reports whether messages can be sent.
func (c *Conn) Open() bool { return c.state == open }

// Send queues a message, which leaves at the end of the pass. It does not keep message.
func (c *Conn) Send(message []byte) {
	op := ws.OpText
	if c.loop.target.Binary {
		op = ws.OpBinary
	}
	c.loop.Stats.Sent++
	c.frame(op, message)
}

// Ping queues a ping.
func (c *Conn) Ping() { c.frame(ws.OpPing, nil) }

// Close queues a close frame; the peer's end, or a time-out, is told to the handler.
func (c *Conn) Close(code int) {
	if c.state != open {
		return
	}
	c.frame(ws.OpClose, ws.NewCloseFrameBody(ws.StatusCode(code), ""))
	c.state = closing
	c.deadline = c.loop.now + int64(closeTimeout)
	c.loop.closing = append(c.loop.closing, c)
}

// Abort drops the connection at once, as a lost network would; the handler is not told.
func (c *Conn) Abort() {
	if c.state == gone || c.aborted {
		return
	}
	c.loop.Stats.Aborted++
	c.aborted = true
	if c.state != dialing { // else its goroutine finds out
		c.pc.Abort()
		c.leave()
	}
}

// Queued returns the bytes that the server has not taken.
func (c *Conn) Queued() int { return len(c.out) }

// Slow has the connection read nothing by itself any more: what arrives waits in the kernel,
// and then at the server. That such a connection was cut is noticed at once by epoll, elsewhere
// by the next Trickle.
func (c *Conn) Slow() {
	c.slow = true
	c.markDirty()
}

// Trickle reads up to n bytes of a slow connection, where some are there.
func (c *Conn) Trickle(n int) {
	if c.state == open && n > 0 {
		c.readUpTo(n)
	}
}

func (c *Conn) frame(op ws.OpCode, payload []byte) {
	if c.state != open {
		return
	}
	key := rand.Uint32()
	mask := [4]byte{byte(key), byte(key >> 8), byte(key >> 16), byte(key >> 24)}
	c.out = appendHeader(c.out, op, len(payload), mask)
	from := len(c.out)
	c.out = append(c.out, payload...)
	ws.Cipher(c.out[from:], mask, 0)
	c.markDirty()
}

func (c *Conn) markDirty() {
	if !c.dirty {
		c.dirty = true
		c.loop.dirty = append(c.loop.dirty, c)
	}
}

func (c *Conn) write() {
	if len(c.out) > 0 {
		n, err := c.pc.Writev([][]byte{c.out})
		if err != nil && !errors.Is(err, poll.ErrAgain) {
			c.end(err)
			return
		}
		if n > 0 {
			c.loop.Stats.Writes++
			c.loop.Stats.BytesOut += uint64(n)
			c.out = c.out[:copy(c.out, c.out[n:])]
		}
	}
	if err := c.pc.Interest(!c.slow, len(c.out) > 0); err != nil {
		c.end(err)
	}
}

// read takes what has arrived, once: what is left is reported again.
func (c *Conn) read() { c.readUpTo(len(c.loop.buf)) }

func (c *Conn) readUpTo(most int) {
	l := c.loop
	have := copy(l.buf, c.in)
	if have == len(l.buf) {
		l.buf = append(l.buf, make([]byte, len(l.buf))...) // a message beyond the buffer
		copy(l.buf, c.in)
	}
	n, err := c.pc.Read(l.buf[have:min(len(l.buf), have+most)])
	if errors.Is(err, poll.ErrAgain) {
		return
	}
	if err != nil {
		if c.state == closing {
			err = nil // however the peer ends it
		}
		c.end(err)
		return
	}
	l.Stats.Reads++
	l.Stats.BytesIn += uint64(n)
	l.now = Now()
	rest := c.take(l.buf[:have+n])
	if c.state != gone {
		c.in = append(c.in[:0], rest...)
	}
}

// take consumes what is whole and returns the rest.
func (c *Conn) take(b []byte) []byte {
	if c.state == upgrading {
		n, err := c.loop.target.checkUpgrade(b)
		if err != nil {
			c.end(err)
			return nil
		}
		if n == 0 {
			return b
		}
		b = b[n:]
		c.state = open
		c.loop.Stats.Opened++
		c.handler.Opened(c)
	}
	for c.state != gone {
		h, payload, n, err := parseFrame(b)
		if err != nil {
			c.end(err)
			return nil
		}
		if n == 0 {
			return b
		}
		b = b[n:]
		c.received(h, payload)
	}
	return nil
}

// end tells the handler, unless it knows.
func (c *Conn) end(err error) {
	if c.state == gone {
		return
	}
	c.pc.Close()
	c.leave()
	c.handler.Closed(c, err)
}

func (c *Conn) leave() {
	c.state = gone
	c.in, c.out, c.message = nil, nil, nil
	c.loop.remove(c)
}
