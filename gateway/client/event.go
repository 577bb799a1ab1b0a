package client

import "github.com/parley-signaling/parley/actors/wire"

// Event is one of [Message], [MemberChange], [RoomChange], [Suspended], [Resumed] and [Gap].
type Event interface{ event() }

// Message is what another member sent, or the room itself.
type Message struct {
	Seq   uint64 // its number in the room
	From  string // a member id; empty: the room's own behaviour
	Event string
	Data  wire.Value
	To    []string // as the sender wrote it; nil: it went to everyone
}

// Decode decodes the data into the Go value that into points to.
func (m Message) Decode(into any) error { return m.Data.Unmarshal(into) }

// MemberChange tells of a member's coming, going and changing. It is about oneself only where
// one's own role has changed.
type MemberChange struct {
	Seq    uint64 // 0: found out by comparing rosters after a Gap
	Change wire.Change
	Member Member // as it is now; one that has left, as it was
	Reason string // why it left: leave, timeout, kicked, drain, error; missed: during a Gap
}

// RoomChange tells of a setting of the whole room.
type RoomChange struct {
	Seq    uint64 // 0: found out after a Gap
	Locked bool
}

// Suspended: the connection is down. The others see this member suspended; requests wait.
type Suspended struct {
	Err error
}

// Resumed: the client is back in the room. Unless a Gap follows, so does all that it missed.
type Resumed struct {
	Self string // this member's id
	Same bool   // it is the one from before; false: to the others this is somebody new
}

// Gap: in this place events are missing. What is not derived from them, such as the roster, is
// right nevertheless, and MemberChanges that follow tell how it differs from before.
type Gap struct {
	Cause Cause
	Lost  int // how many; -1: only the server knows
}

// Cause is why there is a Gap.
type Cause uint8

const (
	// History: the server no longer had all that was missed, or the membership had run out.
	History Cause = iota
	// NewRoom: the room has begun anew, as after a restart of the server, or (without a Suspended
	// before) on another node of its cluster. Requests that were not answered fail with ErrInterrupted.
	NewRoom
	// Overflow: more than Options.Queue events waited to be read.
	Overflow
)

// String names the cause.
func (c Cause) String() string {
	switch c {
	case History:
		return "history"
	case NewRoom:
		return "new room"
	case Overflow:
		return "overflow"
	}
	return "unknown"
}

func (Message) event()      {}
func (MemberChange) event() {}
func (RoomChange) event()   {}
func (Suspended) event()    {}
func (Resumed) event()      {}
func (Gap) event()          {}
