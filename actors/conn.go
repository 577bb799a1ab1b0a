package actors

import (
	"strconv"
	"sync/atomic"
	"time"

	"github.com/anthdm/hollywood/actor"

	"github.com/parley-signaling/parley/actors/wire"
)

// Bounds of one connection.
const (
	// MaxRooms is how many rooms one connection may be in, or on its way into.
	MaxRooms = 256

	maxBursts      = 4096     // letters that may wait in a connection's mailbox
	maxAsking      = 16       // joins under way; further ones wait
	freeExempt     = 16 << 20 // bytes of answers to joins that wait to be written; beyond, further joins wait
	maxExempt      = 64 << 20 // beyond, the connection is too slow
	maxBadFrames   = 32       // within badFrameWindow
	badFrameWindow = time.Minute
)

// ConnOptions describe a new connection.
type ConnOptions struct {
	Namespace string    // of the rooms it can reach: "" for the native protocol, else a dialect's name
	Format    Format    // required
	Transport Transport // required
	Scheduler Scheduler // runs the rooms that this connection brings to life; nil: the system's
	Ephemeral bool      // its members leave as it ends, instead of lingering: clients that cannot resume
	Bound     bool      // it ends with its last room: 1000 as it leaves it, 1008 where its join is refused
}

// Conn is a connection's actor. Its methods belong to one owner (the transport's goroutine, a
// shard), which must not run two of them at once; only PID may be called from anywhere. After
// Ended none may be called.
type Conn struct {
	// Static after Connect
	*kind
	transport Transport

	// Owned by the owner
	seats   []*seat
	asking  int32    // joins under way, of all seats
	trouble *trouble // what few connections ever have
	close   *Close   // set: the connection is ending
	tallied uint32   // when tally began, in milliseconds of the system
	tally   uint8    // messages since then
	cut     bool     // the oldest delivery is written in part

	// Shared
	box    mailbox[delivery]
	exempt atomic.Int64 // bytes of exempt bursts that wait
}

// kind is what connections of one endpoint and one scheduler have in common. Static.
type kind struct {
	sys       *System
	namespace string
	format    Format
	class     uint8 // the format's index in the system
	ephemeral bool
	bound     bool
	scheduler Scheduler
}

// trouble is the state of a connection that had to wait, or whose client sends rubbish, or much.
type trouble struct {
	held []heldRequest // waiting for a full room, or for answers to be written; in order
	bad  []time.Time   // when the last bad frames came

	outside string // the room that was last spoken to from outside

	flood *flood // nil: it does not send as fast as it may
	token string // of all its joins, where its protocol has none (Bear)
}

func (c *Conn) troubled() *trouble {
	if c.trouble == nil {
		c.trouble = new(trouble)
	}
	return c.trouble
}

type heldRequest struct {
	seat *seat // nil: a publish from outside
	room *Room
	req  *wire.Request
}

// Connect makes the actor of a new connection. It lives until Ended.
func (s *System) Connect(o ConnOptions) *Conn {
	c := &Conn{kind: s.kindOf(o), transport: o.Transport}
	id := connKind + "/" + strconv.FormatUint(s.serial.Add(1), 36)
	c.box.init(c, actor.NewPID(s.engine.Address(), id), maxBursts, s.options.QueueBytes)
	s.engine.SpawnProc(&c.box)
	s.connections.Add(1)
	return c
}

// PID is the connection's address in the Hollywood engine. A wire.Message sent there reaches
// the client; Engine.Stop and Engine.Poison close the connection.
func (c *Conn) PID() *actor.PID { return c.box.pid }

// Namespace is that of the rooms that the connection can reach.
func (c *Conn) Namespace() string { return c.namespace }

// Rooms is how many rooms the connection is in or about to enter.
func (c *Conn) Rooms() int { return len(c.seats) }

// Blocked reports whether a request waits for a full room. The owner should not read while it
// does. Ready is called when that may have changed; Pending then tries again.
func (c *Conn) Blocked() bool { return c.trouble != nil && len(c.trouble.held) > 0 }

// Close ends the connection in good order: what is queued is written first, then, for the
// codes that clients act upon, a bye. Further requests are ignored.
func (c *Conn) Close(cl Close) {
	if c.close != nil {
		return
	}
	c.finish(cl)
	if sayBye(cl.Code) {
		bye := &wire.Bye{Code: cl.Code, Reason: cl.Reason, RetryAfter: cl.RetryAfter}
		if b := c.format.Append(nil, bye); len(b) > 0 {
			c.box.force(delivery{burst: &burst{bytes: b}, end: uint32(len(b))})
		}
	}
}

// finish takes nothing more; what is queued is still written.
func (c *Conn) finish(cl Close) {
	c.close = &cl
	c.box.close(false)
	c.drop()
	c.box.nudge()
	switch cl.Code {
	case CloseTooSlow, ClosePing:
		c.part()
	}
}

// part tells the rooms at once what Ended would only when the goodbye is over: a client that reads
// nothing, or is not there, may take all the time that it has for that, and its fellows are to know
// that it hears nothing more.
func (c *Conn) part() {
	for _, s := range c.seats {
		s.room.box.force(roomLetter{op: opParted, seat: s})
	}
}

// sayBye tells whether a bye goes before the close frame: not where the peer broke RFC 6455,
// or is dead.
func sayBye(code int) bool {
	switch code {
	case CloseProtocol, CloseUnsupported, CloseInvalid, CloseTooBig, ClosePing:
		return false
	}
	return true
}

// Closing reports that the connection is to be closed, and how, once Pending returns nothing more.
func (c *Conn) Closing() (Close, bool) {
	if c.close == nil {
		return Close{}, false
	}
	return *c.close, true
}

// Ended tells the actor that its transport is gone; it must be called exactly once, and
// nothing else after it. clean: the client closed with 1000, so its members leave; else they
// linger.
func (c *Conn) Ended(clean bool) {
	c.box.bury() // a Ready that was about to be called may still come
	c.drop()
	for _, s := range c.seats {
		s.room.box.force(roomLetter{op: opEnded, seat: s, clean: clean})
	}
	c.seats = nil
	c.sys.engine.Registry.Remove(c.box.pid)
	c.sys.connections.Add(-1)
}

// drop lets go of the requests that still wait for a full room.
func (c *Conn) drop() {
	if c.Blocked() {
		for _, h := range c.trouble.held {
			release(h.req)
		}
		c.trouble.held = nil
	}
}

// wake implements host.
func (c *Conn) wake() { c.transport.Ready() }

// foreign implements host. It runs on the sender's goroutine.
func (c *Conn) foreign(msg any, sender *actor.PID) {
	switch m := msg.(type) {
	case wire.Message:
		c.deliver(c.format.Append(nil, m))
	case *wire.Request:
		a, ok := c.transport.(*actorConn)
		if !ok {
			deadLetter(c.sys.engine, c.box.pid, msg, sender)
			return
		}
		a.ask(m)
	case Ask:
		reply(c.sys.engine, sender, Answer{Actor: c.box.pid.ID})
	case stopActor:
		c.shutDown(endClosed)
	case disconnect:
		c.shutDown(m.end)
	default:
		if asPill(msg) {
			c.shutDown(endClosed)
			swallow(c.sys.engine, msg)
			return
		}
		deadLetter(c.sys.engine, c.box.pid, msg, sender)
	}
}
