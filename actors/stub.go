package actors

import (
	"context"
	"log/slog"
	"time"

	"github.com/anthdm/hollywood/actor"
	"github.com/parley-signaling/parley/actors/wire"
)

// Options configure a System. The zero value works.
type Options struct {
	Engine       *actor.Engine // nil: one of its own
	Logger       *slog.Logger  // nil: slog.Default()
	Linger       time.Duration // how long a suspended member keeps its place; 0: 30 s, negative: not at all
	RoomCapacity int           // members of one room, suspended and hidden ones included; 0: 10,000
	QueueBytes   int           // output one connection may have waiting before it is too slow; 0: 1 MiB
	// ICE gives the ICE servers told to a member that joins: a JSON RTCConfiguration.iceServers
	// list and how long its credentials live. nil: none. Called on the room's goroutine.
	ICE func(room, member string) (servers []byte, ttl time.Duration)
}

// System is the actors of one process: connections and rooms over a Hollywood engine.
type System struct{}

// NewSystem starts a system.
func NewSystem(o Options) (*System, error) { panic("not yet") }

// Engine is the Hollywood engine that the system's actors live in.
func (s *System) Engine() *actor.Engine { panic("not yet") }

// Stats counts what lives.
type Stats struct{ Connections, Rooms, Members int }

func (s *System) Stats() Stats { panic("not yet") }

// Close ends every room and connection and waits, until ctx is done, for the actors to stop.
func (s *System) Close(ctx context.Context) error { panic("not yet") }

// ConnOptions describe a new connection.
type ConnOptions struct {
	Namespace string    // of the rooms it can reach: "" for the native protocol, a dialect's name else
	Format    Format    // required
	Transport Transport // required
	Scheduler Scheduler // runs the rooms that this connection brings to life; nil: Goroutines
	Ephemeral bool      // its members leave as it ends, instead of lingering: clients that cannot resume
}

// Conn is a connection's actor. Its methods belong to one owner (the transport's goroutine, a
// shard), which must not run two at once; only what is said to be callable from anywhere is.
type Conn struct{}

func (s *System) Connect(o ConnOptions) *Conn { panic("not yet") }

// NewRequest returns an empty request from a pool. Conn.Do takes it back.
func NewRequest() *wire.Request { panic("not yet") }

// PID is the connection's address in the Hollywood engine. From anywhere.
func (c *Conn) PID() *actor.PID { panic("not yet") }

// Do carries r out or passes it to its room; r belongs to the system from now on. Where the
// room's mailbox is full, r waits in the connection and Blocked turns true: nothing is lost,
// but the owner should stop reading until it is false again.
func (c *Conn) Do(r *wire.Request) { panic("not yet") }

// Refuse answers a message that could not be decoded. More than 32 bad_frame a minute close
// the connection with 1008.
func (c *Conn) Refuse(err *wire.Error) { panic("not yet") }

// Tell queues m for this client alone.
func (c *Conn) Tell(m wire.Message) { panic("not yet") }

// Blocked reports whether a request waits for a full room. Ready is called when it may have changed;
// Pending then tries again.
func (c *Conn) Blocked() bool { panic("not yet") }

// Rooms is how many rooms the connection is in or about to enter.
func (c *Conn) Rooms() int { panic("not yet") }

// Pending handles what has come in for the connection and appends the output that waits, in
// order, to iov, without growing it beyond its capacity. The bytes are shared and immutable.
func (c *Conn) Pending(iov [][]byte) [][]byte { panic("not yet") }

// Wrote says that the first n bytes of what Pending returned are written.
func (c *Conn) Wrote(n int) { panic("not yet") }

// Close ends the connection in good order: what is queued is written first, then, for codes
// that clients act upon, a bye. From the owner; further requests are ignored.
func (c *Conn) Close(cl Close) { panic("not yet") }

// Closing reports that the connection is to be closed, and how, once Pending returns nothing more.
func (c *Conn) Closing() (Close, bool) { panic("not yet") }

// Ended tells the actor that its transport is gone; it must be called exactly once, and
// nothing else after it. clean: the client closed with 1000, so its members leave; else they linger.
func (c *Conn) Ended(clean bool) { panic("not yet") }
