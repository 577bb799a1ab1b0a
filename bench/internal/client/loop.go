// Package client is a lean WebSocket client for very many connections: one goroutine, one
// buffer, no goroutine and no timer per connection. A Loop and its connections belong to the
// goroutine in Run; only Post may be called from elsewhere.
package client

import (
	"context"
	"errors"
	"math"
	"net/netip"
	"sync"
	"time"

	"github.com/parley-signaling/parley/gateway/poll"
)

// Handler is told what happens to connections, on the loop's goroutine.
type Handler interface {
	// Opened: the upgrade is done.
	Opened(c *Conn)
	// Received: a message, which is valid until the return.
	Received(c *Conn, message []byte)
	// Ponged: a pong to Conn.Ping.
	Ponged(c *Conn)
	// Closed: c is gone. A *CloseError tells the peer's close code. It is called once for
	// each connection, but not after Abort.
	Closed(c *Conn, err error)
}

// Stats counts a loop's work.
type Stats struct {
	Dialed, Opened     uint64
	Reads, Received    uint64 // reads that brought something; messages
	Writes, Sent       uint64 // writes that took something; messages
	BytesIn, BytesOut  uint64
	Pings              uint64 // of the server, all answered
	Aborted, Abandoned uint64 // Abandoned: their close was not answered in closeTimeout
}

// Add returns the work of both.
func (s Stats) Add(o Stats) Stats { return s.Sub(Stats{}.Sub(o)) }

// Sub returns the work since an earlier look.
func (s Stats) Sub(o Stats) Stats {
	return Stats{
		Dialed: s.Dialed - o.Dialed, Opened: s.Opened - o.Opened,
		Reads: s.Reads - o.Reads, Received: s.Received - o.Received,
		Writes: s.Writes - o.Writes, Sent: s.Sent - o.Sent,
		BytesIn: s.BytesIn - o.BytesIn, BytesOut: s.BytesOut - o.BytesOut,
		Pings: s.Pings - o.Pings, Aborted: s.Aborted - o.Aborted, Abandoned: s.Abandoned - o.Abandoned,
	}
}

const (
	readBuffer   = 256 << 10
	maxEvents    = 128 // of one pass; queued output leaves at its end
	closeTimeout = 10 * time.Second
	dialTimeout  = 10 * time.Second // of a connection that a goroutine dials
)

// Never is a time that does not come.
const Never = math.MaxInt64

// alarmToken is no connection's.
const alarmToken = ^uint64(0) - 1

// Loop runs connections to one target.
type Loop struct {
	// Static after construction
	target  *Target
	sources []netip.Addr
	poller  *poll.Poller
	alarm   alarm
	ctx     context.Context // ends with Close
	cancel  context.CancelFunc
	dials   sync.WaitGroup // goroutines that dial

	// Owned by the loop's goroutine
	Stats   Stats
	addr    int // of the target's, where the last connection went
	now     int64
	conns   []*Conn // by index; nil: free
	free    []uint32
	gens    []uint32 // by index: how often it was used, so that old events are known
	dirty   []*Conn  // with queued output, or with some again
	closing []*Conn  // in the order of their deadlines
	buf     []byte
	source  int
	armed   int64 // when the alarm rings
	stopped bool

	// Guarded by mu
	mu     sync.Mutex
	posted []func()
}

// New returns a loop to a prepared target. portable leaves epoll out.
func New(target *Target, sources []netip.Addr, portable bool) (*Loop, error) {
	p, err := poll.New(portable)
	if err != nil {
		return nil, err
	}
	l := &Loop{target: target, sources: sources, poller: p, buf: make([]byte, readBuffer), now: Now()}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	if l.alarm, err = newAlarm(p); err != nil {
		l.cancel()
		return nil, errors.Join(err, p.Close())
	}
	return l, nil
}

// Now returns the time of the present pass, or of the last read: ns since the Unix epoch.
func (l *Loop) Now() int64 { return l.now }

// Len returns how many connections there are.
func (l *Loop) Len() int { return len(l.conns) - len(l.free) }

// Post has f run on the loop's goroutine. From anywhere.
func (l *Loop) Post(f func()) {
	l.mu.Lock()
	l.posted = append(l.posted, f)
	l.mu.Unlock()
	l.poller.Wake()
}

// Stop ends Run after the present pass.
func (l *Loop) Stop() { l.stopped = true }

// Run serves until Stop. In every pass it calls tick, which does what is due at now and
// returns when it wants to be called at the latest.
func (l *Loop) Run(tick func(now int64) (next int64)) error {
	evs := make([]poll.Event, 0, maxEvents)
	for !l.stopped {
		l.runPosted()
		l.now = Now()
		next := min(tick(l.now), l.expireClosing())
		l.flush()
		block := next > l.now && !l.stopped
		if block && next != Never && (next < l.armed || l.armed <= l.now) {
			l.alarm.set(time.Duration(next - l.now))
			l.armed = next
		}
		var err error
		if evs, err = l.poller.Wait(evs[:0], block); err != nil {
			return err
		}
		l.dispatch(evs)
	}
	return nil
}

// Close aborts what is left and frees the poller. After Run.
func (l *Loop) Close() error {
	l.cancel()
	for _, c := range l.conns {
		if c != nil {
			c.Abort()
		}
	}
	l.dials.Wait()
	l.runPosted()
	l.alarm.close()
	return l.poller.Close()
}

func (l *Loop) runPosted() {
	l.mu.Lock()
	posted := l.posted
	l.posted = nil
	l.mu.Unlock()
	for _, f := range posted {
		f()
	}
}

func (l *Loop) dispatch(evs []poll.Event) {
	for _, ev := range evs {
		if ev.Token == alarmToken {
			l.alarm.clear()
			continue
		}
		index, gen := uint32(ev.Token), uint32(ev.Token>>32)
		c := l.conns[index]
		if c == nil || c.gen != gen {
			continue // closed earlier in this pass
		}
		if ev.Readable || ev.Hangup {
			c.read()
		}
		if ev.Writable && c.state != gone {
			c.markDirty()
		}
	}
}

// flush writes what is queued.
func (l *Loop) flush() {
	for i := 0; i < len(l.dirty); i++ { // a failed write may queue more
		c := l.dirty[i]
		c.dirty = false
		if c.state != gone {
			c.write()
		}
	}
	clear(l.dirty)
	l.dirty = l.dirty[:0]
}

// expireClosing gives up on peers that do not answer a close, and returns the next deadline.
func (l *Loop) expireClosing() int64 {
	n := 0
	for n < len(l.closing) && (l.closing[n].state == gone || l.closing[n].deadline <= l.now) {
		if c := l.closing[n]; c.state != gone {
			l.Stats.Abandoned++
			c.end(errAbandoned)
		}
		n++
	}
	rest := copy(l.closing, l.closing[n:])
	clear(l.closing[rest:])
	l.closing = l.closing[:rest]
	if rest == 0 {
		return Never
	}
	return l.closing[0].deadline
}

// add gives c a place.
func (l *Loop) add(c *Conn) (token uint64) {
	if n := len(l.free); n > 0 {
		c.index = l.free[n-1]
		l.free = l.free[:n-1]
	} else {
		c.index = uint32(len(l.conns))
		l.conns = append(l.conns, nil)
		l.gens = append(l.gens, 0)
	}
	l.gens[c.index]++
	c.gen = l.gens[c.index] & (1<<31 - 1) // clear of alarmToken
	l.conns[c.index] = c
	return uint64(c.gen)<<32 | uint64(c.index)
}

func (l *Loop) remove(c *Conn) {
	l.conns[c.index] = nil
	l.free = append(l.free, c.index)
}
