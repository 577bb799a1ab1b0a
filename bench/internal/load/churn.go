package load

import (
	"fmt"
	"time"

	"github.com/parley-signaling/parley/bench/internal/client"
	"github.com/parley-signaling/parley/bench/internal/dialect"
)

// churns is the scenario churn: connect, upgrade, join, leave, close, and again.
type churns struct {
	*env
	slots []churnSlot

	// The present phase
	meter
	pace
	patrol int64
}

type churnSlot struct {
	conn     *client.Conn // nil: idle
	in       bool
	intended int64
	deadline int64
}

func newChurns(e *env) *churns {
	return &churns{env: e, slots: make([]churnSlot, e.job.InFlight), pace: newPace(e.job.InFlight)}
}

func (c *churns) room(slot int) string {
	return fmt.Sprintf("bench-%s-churn-%d", c.job.Run, c.job.Slot+slot)
}

// Tick begins cycles and ends those that hang.
func (c *churns) Tick(now int64) int64 {
	if c.part == nil {
		return client.Never
	}
	if now >= c.patrol {
		c.expire(now)
		c.patrol = now + int64(100*time.Millisecond)
	}
	for {
		i, intended, ok, next := c.take(now)
		if !ok {
			return min(next, c.patrol)
		}
		c.slots[i] = churnSlot{c.loop.Dial(c, i), false, intended, now + int64(callTimeout)}
	}
}

// Opened joins.
func (c *churns) Opened(conn *client.Conn) {
	if s := &c.slots[conn.Tag]; s.conn == conn {
		s.deadline = c.loop.Now() + int64(callTimeout)
	}
	c.join(conn, dialect.Join{Room: c.room(conn.Tag), ID: 1})
}

// Ponged is the answer to a join where there is no other.
func (c *churns) Ponged(conn *client.Conn) { c.joined(conn) }

// joined leaves and closes.
func (c *churns) joined(conn *client.Conn) {
	s := &c.slots[conn.Tag]
	if s.conn != conn || s.in {
		return
	}
	s.in, s.deadline = true, c.loop.Now()+int64(callTimeout)
	c.buf = c.dialect.AppendLeave(c.buf[:0], c.room(conn.Tag))
	if len(c.buf) > 0 {
		conn.Send(c.buf)
	}
	conn.Close(1000)
}

// Received takes the answer to a join.
func (c *churns) Received(conn *client.Conn, message []byte) {
	m, err := c.dialect.Read(message)
	switch {
	case err != nil:
		c.fail(conn, fmt.Sprintf("%v: %.200q", err, message))
	case m.Kind == dialect.Joined:
		c.joined(conn)
	case m.Kind == dialect.Failed:
		c.fail(conn, "refused: "+m.Text)
	}
}

// Closed ends a cycle.
func (c *churns) Closed(conn *client.Conn, err error) {
	s := &c.slots[conn.Tag]
	switch {
	case s.conn != conn:
		return
	case err != nil || !s.in:
		c.part.fail(fmt.Sprintf("a connection was lost: %v", lossOf(err)))
	default:
		c.cycled(c.loop.Now(), s.intended, true)
	}
	s.conn = nil
	c.release(conn.Tag)
}

func (c *churns) fail(conn *client.Conn, why string) {
	s := &c.slots[conn.Tag]
	if s.conn != conn {
		return
	}
	c.part.fail(why)
	conn.Abort()
	s.conn = nil
	c.release(conn.Tag)
}

func (c *churns) expire(now int64) {
	for i := range c.slots {
		if s := &c.slots[i]; s.conn != nil && s.deadline <= now {
			c.fail(s.conn, fmt.Sprintf("nothing came for a cycle in %s", callTimeout))
		}
	}
}

// Begin starts a phase.
func (c *churns) Begin(p Phase, m meter) {
	c.meter = m
	c.pace.begin(m.window, p.Cycles)
}

// Over reports whether the last cycle has ended.
func (c *churns) Over(now int64) bool { return c.pace.over(now) }

// What a driver needs and churn has not: connections ahead, messages.
func (c *churns) Grow(int)                     {}
func (c *churns) Grown() (bool, error)         { return true, nil }
func (c *churns) Published() map[uint32]uint32 { return nil }
func (c *churns) Expect(map[uint32]uint32)     {}
func (c *churns) Settled() bool                { return true }
func (c *churns) Finish()                      {}
func (c *churns) Close()                       {}
