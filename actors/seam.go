package actors

import (
	"runtime"
	"time"

	"github.com/parley-signaling/parley/actors/wire"
)

// Format is how the clients of one endpoint are spoken to: a codec and the framing around
// it. A room encodes a message once per Format in use and hands every member of that Format
// the same bytes, so Formats are few, shared, and comparable with == (a pointer or an empty
// struct). A Format is called from several goroutines at once.
type Format interface {
	// Append appends m as bytes that are ready for the transport (for a WebSocket: one whole
	// frame) and returns the extended slice; it appends nothing where this client is not told.
	// It keeps neither dst nor m, and does not change m.
	Append(dst []byte, m wire.Message) []byte
}

// Transport is what a connection actor asks of whatever carries its bytes.
type Transport interface {
	// Ready says that the connection has work for its owner: output (Pending), an end
	// (Closing) or room to read again (Blocked). It is called from any goroutine, also from
	// inside the connection's own methods, once until the owner has called Pending; it must
	// not block and must not call the connection back.
	Ready()
}

// Opener is a Transport that has a say in whether its connection may bring one more room to life.
type Opener interface {
	// MayOpenRoom is called once for each such room, also for one of another node that the connection
	// speaks to without being in it, from any goroutine. It must not block, and
	// must not call the system back.
	MayOpenRoom() bool
}

// Scheduler decides which goroutine runs a task. Every Schedule is answered by exactly one
// Run. A task is not scheduled again before its Run has begun to return.
// Like Formats, Schedulers are few, shared, and comparable with ==.
type Scheduler interface {
	Schedule(Task)
}

// Task is one bounded turn of an actor.
type Task interface {
	Run()
}

// Goroutines is the default Scheduler: every turn on a goroutine of its own.
type Goroutines struct{}

// Schedule runs t on a new goroutine.
func (Goroutines) Schedule(t Task) { go t.Run() }

// again schedules a task from within its own turn, behind what else is ready to run: a goroutine
// that was just started would go on in its parent's time slice, and a room that is always busy
// would have a processor for 10 ms at a time.
func again(s Scheduler, t Task) {
	if s != (Goroutines{}) {
		s.Schedule(t)
		return
	}
	go func() {
		runtime.Gosched()
		t.Run()
	}()
}

// Close says how a connection ends. Code is a WebSocket close code: see PROTOCOL, "Close codes".
type Close struct {
	Code       int
	Reason     string        // for people; at most 123 bytes
	RetryAfter time.Duration // 0: not said
}

// Close codes, a closed set (RFC 6455, 7.4, and the protocol's own range).
const (
	CloseNormal       = 1000
	CloseDrain        = 1001 // reconnect after RetryAfter, with jitter
	CloseProtocol     = 1002
	CloseUnsupported  = 1003 // a binary frame on JSON, a text frame on msgpack
	CloseInvalid      = 1007 // not UTF-8
	ClosePolicy       = 1008 // terminal
	CloseTooBig       = 1009
	CloseInternal     = 1011
	CloseOverloaded   = 1013
	CloseNoRoom       = 4400 // without a room for too long; retry
	CloseUnauthorized = 4401
	ClosePing         = 4408 // nothing heard after a ping; retry
	CloseReplaced     = 4409 // terminal
	CloseKicked       = 4410 // terminal
	CloseTooSlow      = 4429 // retry, resume
)
