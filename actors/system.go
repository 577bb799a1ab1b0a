package actors

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anthdm/hollywood/actor"

	"github.com/parley-signaling/parley/actors/wire"
)

// Options configure a System. The zero value works.
type Options struct {
	Engine *actor.Engine // nil: one of its own
	Logger *slog.Logger  // nil: slog.Default()
	Clock  Clock         // nil: the computer's
	// Scheduler runs rooms whose first connection names none, and all rooms with a behaviour: its
	// goroutines must not be locked to a thread, and may be ended by a behaviour's
	// runtime.Goexit. nil: Goroutines.
	Scheduler Scheduler
	// Go starts what runs beside the rooms, each f on a goroutine of its own, and may put it off:
	// what Await was given, the connections of Hollywood actors, and, where HistoryBytes are
	// nearly used up, the search for who is to let go. nil: the go statement.
	Go func(f func())
	// Watchdog is how long, in real time, a behaviour may hold up its room before it is
	// reported, with its stack; 0: 1 s, negative: never.
	Watchdog     time.Duration
	Linger       time.Duration // how long a suspended member keeps its place; 0: 30 s, negative: not at all
	RoomCapacity int           // members of one room, suspended and hidden ones included; 0: 10,000
	RosterBytes  int           // profiles of one room's members together; 0: 4 MiB
	// MessageRate is how many messages a second a connection may send on average, those of five
	// seconds at once. Further ones are answered rate_limited and, where as many have been as may
	// come at once, the connection is closed. 0: any number.
	MessageRate int
	// Overloaded tells that the process is short of something (memory): clients bring no rooms to
	// life meanwhile. It is called for each of those, and must not block. nil: never.
	Overloaded func() bool
	// HistoryBytes is how much memory all rooms together keep for members that come back: their
	// last messages, and the names of missing members in answers. Where it runs out, the rooms
	// that keep most let go of their oldest first. 0: 256 MiB.
	HistoryBytes int64
	QueueBytes   int // output that one connection may have waiting before it is too slow; 0: 1 MiB
	// Tokens checks the token of every join, but for Hollywood actors'. nil: none is needed, and
	// the first member of a room moderates it.
	Tokens Verifier
	// Cluster joins the systems of several processes into one. nil: this one is alone.
	Cluster Cluster
	// ICE gives the ICE servers that a member is told as it joins: a list as in
	// RTCConfiguration.iceServers (an absent Value: none), and how long its credentials live
	// (0: for ever). A member that stays is told again, with an "ice" message, when half of
	// that time is over or before. nil: none. It is called in rooms' turns, of several rooms at
	// once, and must not block.
	ICE func(room, member string) (servers wire.Value, ttl time.Duration)
	// Observer is told of the comings and goings in all rooms; nil: nobody.
	Observer Observer
}

// maxFormats is how many Formats one system can tell apart.
const maxFormats = 32

// System is the actors of one process: connections and rooms over a Hollywood engine. It is
// safe for concurrent use.
type System struct {
	// Static after NewSystem
	options Options
	engine  *actor.Engine
	log     *slog.Logger
	start   time.Time // what rooms keep of times counts from here

	// Shared
	serial      atomic.Uint64
	connections atomic.Int64
	members     atomic.Int64
	relays      atomic.Int64 // of rooms: those that live elsewhere
	counters    counters
	flow        flow
	refusing    atomic.Bool // RefuseJoins was called
	retention   retention
	running     sync.WaitGroup // goroutines of Await, and of retention
	bots        bots
	renewals    renewals
	node        *node // nil: there is no cluster

	// Guarded by mu
	mu        sync.Mutex
	rooms     map[roomKey]*Room
	handlers  map[handlerKey]namedHandler
	formats   []Format
	behaviors []*namedBehavior
	kinds     map[ConnOptions]*kind // by what they have in common: the key has no Transport
	closed    bool
	idle      chan struct{} // closed when the last room of a closed system has ended
}

// roomKey is a room's name within its namespace, so that no dialect can reach into another's.
type roomKey struct{ namespace, name string }

// ErrClosed is the error of a system that has been closed.
var ErrClosed = errors.New("the system is closed")

// ErrOverloaded is the error of a room that is not brought to life because Options.Overloaded.
var ErrOverloaded = errors.New("room: the server is short of memory")

// ErrTooManyRooms is the error of a room that is not brought to life because its Opener says no.
var ErrTooManyRooms = errors.New("room: too many new rooms from this address")

// NewSystem starts a system.
func NewSystem(o Options) (*System, error) {
	o.Linger = cmp.Or(o.Linger, 30*time.Second)
	o.RoomCapacity = cmp.Or(o.RoomCapacity, 10_000)
	o.RosterBytes = cmp.Or(o.RosterBytes, 4<<20)
	o.Watchdog = cmp.Or(o.Watchdog, time.Second)
	o.QueueBytes = cmp.Or(o.QueueBytes, 1<<20)
	o.HistoryBytes = cmp.Or(o.HistoryBytes, 256<<20)
	if o.RoomCapacity < 0 {
		return nil, fmt.Errorf("RoomCapacity: %d, at least 1", o.RoomCapacity)
	}
	if o.RosterBytes < 0 || o.MessageRate < 0 {
		return nil, fmt.Errorf("RosterBytes: %d, MessageRate: %d, not below 0", o.RosterBytes, o.MessageRate)
	}
	if o.QueueBytes < 0 || o.QueueBytes > 1<<30 {
		return nil, fmt.Errorf("QueueBytes: %d, from 1 to %d", o.QueueBytes, 1<<30)
	}
	if o.HistoryBytes < 0 {
		return nil, fmt.Errorf("HistoryBytes: %d, not below 0", o.HistoryBytes)
	}
	if o.Overloaded == nil {
		o.Overloaded = func() bool { return false }
	}
	if o.Scheduler == nil {
		o.Scheduler = Goroutines{}
	}
	if o.Go == nil {
		o.Go = func(f func()) { go f() }
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Engine == nil {
		e, err := actor.NewEngine(actor.NewEngineConfig())
		if err != nil {
			return nil, err
		}
		o.Engine = e
	}
	s := &System{
		options: o, engine: o.Engine, log: o.Logger,
		rooms: make(map[roomKey]*Room), kinds: make(map[ConnOptions]*kind), idle: make(chan struct{}),
	}
	s.start = s.Now()
	s.renewals.sys = s
	s.retention.init(o.HistoryBytes)
	if o.Cluster != nil {
		s.node = newNode(s, o.Cluster)
	}
	return s, nil
}

// Engine is the Hollywood engine that the system's actors live in.
func (s *System) Engine() *actor.Engine { return s.engine }

// Close ends every room (its members are told: bye, closed) and the connections of Hollywood
// actors, and waits, until ctx is done, for them to stop, and for what Await has begun. Joins
// are refused from now on. Other connections are their transports' to end.
func (s *System) Close(ctx context.Context) error {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		if len(s.rooms) == 0 {
			close(s.idle)
		}
	}
	rooms := make([]*Room, 0, len(s.rooms))
	for _, r := range s.rooms {
		rooms = append(rooms, r)
	}
	s.mu.Unlock()
	s.renewals.close()
	for _, r := range rooms {
		r.stop()
	}
	s.bots.close(s.engine)
	done := make(chan struct{})
	go func() {
		<-s.idle
		s.bots.running.Wait()
		s.running.Wait() // their contexts are cancelled: their rooms have ended
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// room returns a living room, or nil.
func (s *System) room(k roomKey) *Room {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rooms[k]
}

// roomAnywhere is room, or what stands in here for one that may live on another node; never dead.
// nil without an error: there is none. Nobody knows yet whether the other node has the room, so
// may has a say as in a room that is opened; its error is returned.
func (s *System) roomAnywhere(k roomKey, dead *Room, may func() error) (*Room, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rooms[k]
	switch {
	case r != nil && r != dead:
		return r, nil
	case s.closed, s.node == nil, s.node.view.Number == 0, s.node.view.owner(k) == s.node.self && s.node.knows(k):
		return nil, nil
	}
	if err := may(); err != nil {
		return nil, err
	}
	return s.create(k, dead, s.options.Scheduler)
}

// openRoom returns the room of that name, bringing it to life where there is none but dead.
// by is who asks for it; nil: the program. Where it is an Opener it has a say. ErrClosed,
// ErrTooManyRooms, ErrOverloaded.
func (s *System) openRoom(k roomKey, dead *Room, sched Scheduler, by any) (*Room, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.rooms[k]; (r == nil || r == dead) && !s.closed {
		if by != nil && s.options.Overloaded() {
			return nil, ErrOverloaded
		}
		if o, ok := by.(Opener); ok && !o.MayOpenRoom() {
			return nil, ErrTooManyRooms
		}
	}
	return s.create(k, dead, sched)
}

// create is openRoom under mu.
func (s *System) create(k roomKey, dead *Room, sched Scheduler) (*Room, error) {
	switch r := s.rooms[k]; {
	case s.closed:
		return nil, ErrClosed
	case s.node != nil && s.node.view.Number == 0:
		return nil, errNoView
	case r != nil && r != dead:
		return r, nil
	}
	k.name = strings.Clone(k.name) // it aliases a whole frame
	b := s.behaviorOf(k)
	if b != nil {
		sched = s.options.Scheduler
	}
	r := newRoom(s, k, s.serial.Add(1), sched)
	if b != nil {
		r.behavior, r.dog = b, newWatchdog(r, b)
	}
	if s.node != nil {
		s.node.place(r)
		r.countRelay(!r.home())
	}
	s.rooms[r.key] = r
	s.engine.SpawnProc(&r.box)
	return r, nil
}

// roomEnded forgets a room that has shut its mailbox.
func (s *System) roomEnded(r *Room) {
	s.engine.Registry.Remove(r.box.pid)
	r.countRelay(false)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rooms[r.key] == r {
		delete(s.rooms, r.key)
	}
	if s.closed && len(s.rooms) == 0 {
		select {
		case <-s.idle:
		default:
			close(s.idle)
		}
	}
}

// kindOf finds or makes what connections with such options share.
func (s *System) kindOf(o ConnOptions) *kind {
	o.Transport = nil
	if o.Scheduler == nil {
		o.Scheduler = s.options.Scheduler
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.kinds[o]
	if k == nil {
		k = &kind{
			sys: s, namespace: o.Namespace, format: o.Format, class: s.classOf(o.Format),
			ephemeral: o.Ephemeral, bound: o.Bound, scheduler: o.Scheduler,
		}
		s.kinds[o] = k
	}
	return k
}

// classOf numbers the formats in use. Under mu.
func (s *System) classOf(f Format) uint8 {
	for i, g := range s.formats {
		if f == g {
			return uint8(i)
		}
	}
	if len(s.formats) == maxFormats {
		panic(fmt.Sprintf("actors: more than %d formats; formats are to be shared", maxFormats))
	}
	s.formats = append(s.formats, f)
	return uint8(len(s.formats) - 1)
}
