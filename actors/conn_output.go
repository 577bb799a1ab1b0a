package actors

import (
	"github.com/parley-signaling/parley/actors/wire"
)

// Tell queues m for this client alone.
func (c *Conn) Tell(m wire.Message) {
	b := c.format.Append(nil, m)
	if len(b) > 0 {
		c.sys.flow.delivered.Add(1)
	}
	c.deliver(b)
}

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

// takesExempt is false, and the connection ends, where more answers to joins wait than any
// client that reads could have.
func (c *Conn) takesExempt() bool {
	if c.exempt.Load() <= maxExempt {
		return true
	}
	c.box.overflowNow(CutAnswers)
	return false
}

// pushExempt queues the answer to a join, replay included, of whatever size.
func (c *Conn) pushExempt(b []byte) {
	n := int64(len(b))
	if n == 0 {
		return
	}
	c.exempt.Add(n)
	if c.box.pushOrShut(delivery{burst: &burst{bytes: b, exempt: true}, end: uint32(n)}) != taken {
		c.exempt.Add(-n)
	}
}

// Pending handles what has come in for the connection and appends the output that waits, in
// order, to iov, without growing it beyond its capacity. The bytes are shared and immutable.
// The owner writes and says so (Wrote) until Pending returns nothing, or until its transport
// takes no more.
func (c *Conn) Pending(iov [][]byte) [][]byte {
	var buf [64]delivery
	space := buf[:min(len(buf), cap(iov)-len(iov))]
	// To look comes before retry: a room that drains from here on calls again.
	k, overflow := c.box.look(space)
	if overflow != Cuts || c.Blocked() || len(space) == 0 || k > 0 && buf[0].burst.note != nil {
		if overflow != Cuts && c.close == nil {
			c.tooSlow(overflow)
		}
		c.readNotes()
		c.retry()
		k = c.box.peek(space)
	}
	for _, d := range buf[:k] {
		if d.burst.note != nil {
			break
		}
		iov = append(iov, d.bytes())
	}
	if k == len(buf) {
		k = c.box.len()
	}
	c.sys.flow.connPeak.see(k)
	return iov
}

// Sample measures, for Traffic.ConnectionWait, how long the oldest output has waited. The owner
// calls it before Pending, now and then: to look at the clock for each connection would cost
// more than it tells.
func (c *Conn) Sample() {
	var oldest [1]delivery
	if c.box.peek(oldest[:]) == 1 && oldest[0].burst.made != 0 && !c.cut {
		c.sys.flow.connWait.add(c.sys.Now().Sub(c.sys.start) - oldest[0].burst.made)
	}
}

// readNotes handles the notes that nothing unwritten stands before, and reports whether there
// were any.
func (c *Conn) readNotes() (any bool) {
	var front [1]delivery
	for c.box.peek(front[:]) == 1 && front[0].burst.note != nil {
		c.noted(front[0].burst.note)
		c.box.forget(1)
		any = true
	}
	return any
}

// noted brings the connection's seats up to date.
func (c *Conn) noted(n *note) {
	s := n.seat
	switch n.what {
	case noteShutdown:
		c.Close(n.end)
		return
	case noteJoined:
		c.answered(s)
		s.joined, s.end = true, nil
	case noteRefused:
		c.answered(s)
		if c.bound && !s.joined {
			s.end = &endRefused
		}
	case noteReplaced:
		// The room answers nothing more of this seat: what is sent from now on, by a client
		// that has read the bye, gets another.
		c.asking -= s.asking
		s.joined, s.asked, s.asking, s.parked, s.end, s.dead = false, 0, 0, 0, &n.end, true
	case noteHeld: // who waits for a moderator's word does not keep others waiting
		if s.parked == s.asked { // it was told so before, by a node that has died
			return
		}
		s.parked++
		s.asking--
		c.asking--
	case noteOver:
		s.joined, s.end = false, nil
		if n.end.Code != 0 {
			s.end = &n.end
		} else if c.bound {
			s.end = &endLeft
		}
	}
	c.unseat(s)
}

// How a bound connection ends without a word from its room.
var (
	endRefused = Close{Code: ClosePolicy, Reason: "refused"}
	endLeft    = Close{Code: CloseNormal, Reason: "left"}
)

// answered counts the room's answer to a join.
func (c *Conn) answered(s *seat) {
	s.asked--
	if s.parked > 0 {
		s.parked--
		return
	}
	s.asking--
	c.asking--
}
