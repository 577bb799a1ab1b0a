package actors

import (
	"github.com/parley-signaling/parley/actors/wire"
)

// Tell queues m for this client alone.
func (c *Conn) Tell(m wire.Message) { c.deliver(c.format.Append(nil, m)) }

// deliver queues bytes that nobody else shares. From any goroutine.
func (c *Conn) deliver(b []byte) {
	if len(b) > 0 {
		c.push(&burst{bytes: b}, 0, len(b))
	}
}

// push queues a piece of a burst. Where the queue is full the connection is too slow: it
// takes nothing more, and its owner closes it. From any goroutine.
func (c *Conn) push(b *burst, off, end int) {
	c.box.pushOrShut(delivery{burst: b, off: uint32(off), end: uint32(end)})
}

// pushExempt queues the answer to a join, replay included: any size, but not any number.
func (c *Conn) pushExempt(b []byte) {
	n := int64(len(b))
	if n == 0 {
		return
	}
	if waiting := c.exempt.Add(n); waiting > n && waiting > maxExempt {
		c.exempt.Add(-n)
		c.box.overflowNow()
		return
	}
	if c.box.pushOrShut(delivery{burst: &burst{bytes: b, exempt: true}, end: uint32(n)}) != taken {
		c.exempt.Add(-n)
	}
}

// Pending handles what has come in for the connection and appends the output that waits, in
// order, to iov, without growing it beyond its capacity. The bytes are shared and immutable.
// The owner writes and says so (Wrote) until Pending returns nothing, or until its transport
// takes no more.
func (c *Conn) Pending(iov [][]byte) [][]byte {
	c.retry()
	var buf [64]delivery
	for {
		k, overflow := c.box.peek(buf[:])
		if overflow && c.close == nil {
			c.tooSlow()
			continue
		}
		notes := 0
		for notes < k && buf[notes].burst.note != nil {
			c.noted(buf[notes].burst.note)
			notes++
		}
		if notes > 0 {
			c.box.forget(int32(notes))
			continue
		}
		for _, d := range buf[:k] {
			if d.burst.note != nil || len(iov) == cap(iov) {
				break
			}
			iov = append(iov, d.bytes())
		}
		return iov
	}
}

// noted brings the connection's seats up to date.
func (c *Conn) noted(n *note) {
	s := n.seat
	switch n.what {
	case noteShutdown:
		c.Close(Close{Code: CloseNormal, Reason: "closed"})
		return
	case noteJoined:
		s.asked--
		s.joined = true
	case noteRefused:
		s.asked--
		c.unseat(s)
	case noteOver:
		s.joined = false
		c.unseat(s)
		if n.end.Code != 0 && len(c.seats) == 0 && c.close == nil {
			c.finish(n.end) // the room has said bye
		}
	}
}
