package load

import (
	"fmt"
	"time"

	"github.com/parley-signaling/parley/bench/internal/client"
)

// Grow opens connections ahead, where calls are warm.
func (c *calls) Grow(n int) {
	if c.warm {
		c.goal = min(n, len(c.slots)*2)
	}
}

// Grown reports whether they are all members.
func (c *calls) Grown() (bool, error) { return c.grown >= c.goal, c.fatal }

func (c *calls) open() {
	for c.next < c.goal && c.next-c.grown < growLimit {
		c.dial(c.next)
		c.next++
	}
}

// Begin starts a phase.
func (c *calls) Begin(p Phase, m meter) {
	c.meter = m
	c.pace.begin(m.window, p.Cycles)
}

// Tick begins calls and ends those that hang.
func (c *calls) Tick(now int64) int64 {
	c.open()
	if c.part == nil {
		return client.Never
	}
	if now >= c.patrol {
		c.expire(now)
		c.patrol = now + int64(100*time.Millisecond)
	}
	for {
		slot, intended, ok, next := c.take(now)
		if !ok {
			return min(next, c.patrol)
		}
		c.start(slot, now, intended)
	}
}

func (c *calls) start(i int, now, intended int64) {
	slot := &c.slots[i]
	slot.active, slot.intended = true, intended
	c.goesOn(i)
	slot.n++
	for k := range slot.sides {
		s := &slot.sides[k]
		s.got, s.answer = 0, false
		if s.conn == nil {
			c.dial(i*2 + k)
		}
	}
	c.offer(i)
}

// done ends a call that went well.
func (c *calls) done(i int, now int64) {
	slot := &c.slots[i]
	if !slot.active {
		return // more than was sent, which is counted
	}
	c.cycled(now, slot.intended, true)
	slot.active = false
	if !c.warm {
		c.hangUp(i)
	}
	c.release(i)
}

func (c *calls) hangUp(i int) {
	for k := range c.slots[i].sides {
		if s := &c.slots[i].sides[k]; s.conn != nil {
			conn := s.conn
			s.conn, s.in = nil, false
			conn.Close(1000)
		}
	}
}

// goesOn notes that something has come for a call. However slow the machine, a call that goes on is
// waited for: how long it took is what is to be told.
func (c *calls) goesOn(i int) { c.slots[i].deadline = c.loop.Now() + int64(callTimeout) }

// expire gives up on calls that hang.
func (c *calls) expire(now int64) {
	for i := range c.slots {
		if slot := &c.slots[i]; slot.active && slot.deadline <= now {
			c.abandon(i, fmt.Sprintf("nothing came for a call in %s", callTimeout))
		}
	}
}

// abandon ends a call that went wrong. It counts as one failure: what has not come of it by now may
// still have been on its way, so that only what later messages have overtaken is lost.
func (c *calls) abandon(i int, why string) {
	slot := &c.slots[i]
	slot.active = false
	c.part.fail(why)
	for k := range slot.sides {
		s := &slot.sides[k]
		s.from.Abandon(slot.sides[1-k].sent, &c.part.Tally)
		if s.conn != nil {
			s.conn.Abort()
		}
		s.conn, s.in = nil, false
	}
	c.release(i)
}

func (c *calls) settleStreams(slot *callSlot) {
	for k := range slot.sides {
		slot.sides[k].from.Finish(slot.sides[1-k].sent, &c.part.Tally)
	}
}

// broken follows something that must not be.
func (c *calls) broken(conn *client.Conn, why string) {
	switch {
	case c.part == nil:
		c.fatal = fmt.Errorf("%s", why)
	case c.slots[conn.Tag/2].active:
		c.abandon(conn.Tag/2, why)
	default:
		c.part.fail(why)
	}
}

// Closed is a loss in the middle of a call, or the end of one that is over.
func (c *calls) Closed(conn *client.Conn, err error) {
	s := c.side(conn.Tag)
	if s.conn != conn {
		return
	}
	s.conn, s.in = nil, false
	c.broken(conn, fmt.Sprintf("a connection was lost: %v", lossOf(err)))
}

// Over reports whether the last call has ended.
func (c *calls) Over(now int64) bool { return c.pace.over(now) }

// Published is what the sides have sent.
func (c *calls) Published() map[uint32]uint32 { return nil }

// Expect has nothing to learn: both sides are here.
func (c *calls) Expect(map[uint32]uint32) {}

// Settled is true: calls end with their last message.
func (c *calls) Settled() bool { return true }

// Finish counts what is missing.
func (c *calls) Finish() {
	for i := range c.slots {
		c.settleStreams(&c.slots[i])
	}
}

// Close hangs up.
func (c *calls) Close() {
	for i := range c.slots {
		c.hangUp(i)
	}
}
