package actors

import (
	"fmt"
	"math"
	"time"

	"golang.org/x/time/rate"

	"github.com/parley-signaling/parley/actors/wire"
)

// How many messages a connection may send: Options.MessageRate, a token bucket.
//
// The bucket is made only for who may be about to empty it: until then messages are counted, and
// the clock is looked at once in tallyOf of them, so that idle connections have no bucket and
// others no cost. A connection can be ahead of its rate by so many.

const (
	// rateBurst is how long a rate takes to make up for what may come at once.
	rateBurst = 5 * time.Second
	// rateRetry is what a client is told to wait: until a second's worth is due again.
	rateRetry = time.Second

	tallyOf    = 64
	minRefused = 64
)

// flood is the bucket of a connection that sends much.
type flood struct {
	bucket  *rate.Limiter
	refused int // since the bucket was made; it goes once it is full
}

func atOnce(perSecond int) int {
	return int(min(float64(perSecond)*rateBurst.Seconds(), math.MaxInt32))
}

// Allow takes note of something that the client has sent, and is false where it sends too much.
// Where it goes on nevertheless, it is closed. Do and Refuse take note by themselves.
func (c *Conn) Allow() bool {
	perSecond := c.sys.options.MessageRate
	if perSecond <= 0 {
		return true
	}
	f := (*flood)(nil)
	if c.trouble != nil {
		f = c.trouble.flood
	}
	c.tally++
	check := int(c.tally) >= min(tallyOf, perSecond)
	switch {
	case f != nil && !f.bucket.AllowN(c.sys.Now(), 1):
		c.exceed(f)
		return false
	case check:
		c.count(f, perSecond)
	}
	return true
}

// count looks at the clock: does the client send as fast as the rate, or does it no more?
func (c *Conn) count(f *flood, perSecond int) {
	now := c.sys.Now()
	n, at := c.tally, uint32(now.Sub(c.sys.start)/time.Millisecond)
	fast := uint64(at-c.tallied)*uint64(perSecond) < uint64(n)*1000
	c.tally, c.tallied = 0, at
	switch {
	case f == nil && fast:
		if _, own := c.transport.(*actorConn); own { // the program's own
			return
		}
		f = &flood{bucket: rate.NewLimiter(rate.Limit(perSecond), atOnce(perSecond))}
		f.bucket.AllowN(now, int(n))
		c.troubled().flood = f
	case f != nil && f.bucket.TokensAt(now) >= float64(f.bucket.Burst()-int(n)):
		c.trouble.flood = nil
	}
}

// exceed counts a message too many.
func (c *Conn) exceed(f *flood) {
	if f.refused++; f.refused > max(f.bucket.Burst(), minRefused) && c.close == nil {
		c.sys.counters.cut[CutFlood].Add(1)
		c.Close(Close{Code: ClosePolicy, Reason: "too many messages"})
	}
}

// limited answers a message too many.
func (c *Conn) limited(id uint64, room string) {
	c.sys.counters.refuse(wire.RateLimited)
	if c.close == nil {
		c.Tell(&wire.Error{
			ID: id, Room: room, Code: wire.RateLimited, RetryAfter: rateRetry,
			Message: fmt.Sprintf("more than %d messages a second", c.sys.options.MessageRate),
		})
	}
}
