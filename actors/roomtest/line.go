package roomtest

import (
	"time"

	"github.com/parley-signaling/parley/actors/wire"
)

// Line is one connection of a client to the engine.
type Line interface {
	// Send gives the engine one frame. It does not fail: a line that is down swallows it.
	Send(frame []byte)
	// Recv waits for the next frame. ok is false, once and for good, when the line has ended;
	// code is then the close code that the engine gave, or 0.
	Recv() (frame []byte, code int, ok bool)
	// Drop cuts the line without a goodbye.
	Drop()
	// CloseClean closes the line with code 1000.
	CloseClean()
}

// Staller is a Line whose reader can stop reading, and go on.
type Staller interface {
	Stall(stalled bool)
}

// Armer is a Line that can be told to break by itself, after up more bytes to the engine or
// down more bytes from it.
type Armer interface {
	Arm(up, down int)
}

// Target is an engine under test, with one native endpoint.
type Target struct {
	Dial func(wire.Codec) (Line, error)
	// Settle calls try, when nothing more is expected to happen, until it returns nil or hope
	// is lost; it returns try's last error.
	Settle func(try func() error) error

	// Connections counts the lines that the engine holds open. nil: Settle has waited until
	// it knew of every end.
	Connections func() int
	// Lossy: a frame sent just before a Drop may never arrive.
	Lossy bool
	// Advance moves time. nil: time is real.
	Advance func(time.Duration)
	// Now is the time that the engine lives by. nil: time.Now.
	Now func() time.Time

	Linger   time.Duration
	Slack    time.Duration // a member may outstay Linger by this much
	Capacity int
	Queue    int // bytes a line may have waiting before it is too slow; 0: never in these tests
	Deep     int // bytes that may be on their way to a reader besides
}
