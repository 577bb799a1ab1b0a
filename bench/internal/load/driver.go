package load

import (
	"github.com/parley-signaling/parley/bench/internal/client"
	"github.com/parley-signaling/parley/bench/internal/dialect"
	"github.com/parley-signaling/parley/bench/internal/stamp"
)

// driver runs one scenario on a loop. Its methods run on the loop's goroutine.
type driver interface {
	// Grow opens connections until there are n; Tick goes on with it.
	Grow(n int)
	// Grown reports whether they are all there; the error is a reason to give up.
	Grown() (bool, error)
	// Begin starts a phase, whose first work is due at its start.
	Begin(p Phase, m meter)
	// Tick does what is due and returns when it wants to be called again.
	Tick(now int64) int64
	// Over reports whether nothing new will be begun in this phase.
	Over(now int64) bool
	// Published tells how many messages its publishers have sent, by publisher. After Over.
	Published() map[uint32]uint32
	// Expect tells what all processes' publishers have sent.
	Expect(published map[uint32]uint32)
	// Settled reports whether everything is done that was begun.
	Settled() bool
	// Finish counts what is missing.
	Finish()
	// Close leaves in peace.
	Close()
}

// env is what the drivers of a process share.
type env struct {
	job     Job
	loop    *client.Loop
	dialect dialect.Dialect
	reader  stamp.Reader
	buf     []byte // for one message
}

// Publishers of the scenarios of one process are told apart by their highest bits.
const (
	publisherBits = 28
	groupTag      = 0
	callTag       = 1
	stormTag      = 2
)

// send encodes and queues one message.
func (e *env) publish(c *client.Conn, p dialect.Publish) {
	e.buf = e.dialect.AppendPublish(e.buf[:0], p)
	c.Send(e.buf)
}

// join asks for membership. The answer is a Joined, or the pong to a ping that follows the
// request where the dialect has no answers.
func (e *env) join(c *client.Conn, j dialect.Join) {
	j.Presence = e.job.Presence
	e.buf = e.dialect.AppendJoin(e.buf[:0], j)
	c.Send(e.buf)
	if !e.dialect.Answers() {
		c.Ping()
	}
}
