package actors

import (
	"sync"
	"sync/atomic"
	"time"
)

// Traffic is what goes on in a system: counts since its start, but for the peaks. It is counted
// once in a turn of a room, never for each message or receiver.
type Traffic struct {
	Delivered uint64 // messages handed to connections; what a resume replays is not counted again
	Turns     uint64 // of rooms

	Joined    uint64        // new members
	Recovered uint64        // members back on a new connection, with all that they had missed
	Restarted uint64        // members back, but what they had missed was no longer there
	Suspended uint64        // members whose connection was lost, and who may come back
	Left      [Exits]uint64 // members gone for good, by Exit

	// RoomWait is how long the first letter of a turn has waited in its room's mailbox, of one
	// turn in eight; a busy room's further turns are not in it. ConnectionWait is how long a message takes from its
	// room's turn to the connection's owner, of those that Conn.Sample looks at.
	RoomWait, ConnectionWait Durations

	// The most letters that a turn has found in a mailbox, in the last PeakWindow or a little
	// longer: since Traffic was last asked for, where that is longer ago.
	RoomPeak, ConnectionPeak int
}

// PeakWindow is how far back the peaks in Traffic reach at least.
const PeakWindow = 10 * time.Second

// Exit is why a member is gone. The set is closed.
type Exit uint8

const (
	ExitLeave   Exit = iota // it said so, or its client closed in good order
	ExitTimeout             // it did not come back in time
	ExitKicked              // by a moderator, the room's behaviour, or an operator
	ExitClosed              // its room was closed, or has failed
	Exits                   // how many there are
)

var exitNames = [Exits]string{"leave", "timeout", "kicked", "closed"}

// String is the reason's name in metrics: lower case, words joined by "_".
func (e Exit) String() string { return nameOf(exitNames[:], int(e)) }

// flow is what Traffic is made of.
type flow struct {
	delivered, turns                        atomic.Uint64
	joined, recovered, restarted, suspended atomic.Uint64
	left                                    [Exits]atomic.Uint64
	roomWait, connWait                      durations
	roomPeak, connPeak                      peak
}

// Traffic returns the counts of this moment. From anywhere; they may be of moments a little apart.
func (s *System) Traffic() Traffic {
	f := &s.flow
	now := s.Now().Sub(s.start)
	t := Traffic{
		Delivered: f.delivered.Load(), Turns: f.turns.Load(),
		Joined: f.joined.Load(), Recovered: f.recovered.Load(), Restarted: f.restarted.Load(), Suspended: f.suspended.Load(),
		RoomWait: f.roomWait.load(), ConnectionWait: f.connWait.load(),
		RoomPeak: f.roomPeak.look(now), ConnectionPeak: f.connPeak.look(now),
	}
	for i := range t.Left {
		t.Left[i] = f.left[i].Load()
	}
	return t
}

// peak is the largest of the numbers that it has seen lately.
type peak struct {
	now atomic.Int64 // since turned

	// Guarded by mu
	mu     sync.Mutex
	before int64         // in the window before
	turned time.Duration // when that ended
}

// see is cheap where n is nothing new.
func (p *peak) see(n int) {
	for {
		most := p.now.Load()
		if int64(n) <= most || p.now.CompareAndSwap(most, int64(n)) {
			return
		}
	}
}

// look is the peak in the window that ended last and since then; now is on a clock of the caller's.
func (p *peak) look(now time.Duration) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now-p.turned >= PeakWindow {
		p.before, p.turned = p.now.Swap(0), now
	}
	return int(max(p.before, p.now.Load()))
}
