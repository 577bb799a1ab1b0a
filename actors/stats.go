package actors

import (
	"sync/atomic"

	"github.com/parley-signaling/parley/actors/wire"
)

// Stats counts what lives, and what went wrong since the start.
type Stats struct {
	Connections, Rooms, Members int // of a cluster's rooms, and of their members, those that live on this node

	// Relays is how many rooms of other nodes have somebody here, who asks to come in included. Each
	// takes about as much memory as a room; nodes' Relays do not add up to a number of rooms.
	Relays int

	HistoryBytes int    // that all rooms keep for members that come back (Options.HistoryBytes)
	HistoryShed  uint64 // messages that rooms have let go of early, so that those are enough

	Refused [len(wire.Codes)]uint64 // requests answered with an error, by the index of its code in wire.Codes
	Cut     [Cuts]uint64            // connections that broke a bound and were closed for it, by Cut
	Dropped [Drops]uint64           // messages that went nowhere, by Drop
	Panics  uint64                  // rooms that a panic, or their behaviour's error, has ended
	Stuck   uint64                  // times that the watchdog found a behaviour that held up its room
}

// Cut is the bound that a connection was closed for. The set is closed.
type Cut uint8

const (
	CutMessages  Cut = iota // too slow: so many messages wait for it
	CutBytes                // too slow: Options.QueueBytes wait for it
	CutAnswers              // too slow: it asks for more rosters and replays than it reads
	CutBadFrames            // it sends what cannot be read
	CutFlood                // it sends more than Options.MessageRate, and goes on
	CutMemory               // it holds memory and does not move, while that is short (Conn.Relieve, Conn.Shed)
	Cuts                    // how many there are
)

var cutNames = [Cuts]string{"messages", "bytes", "answers", "bad_frames", "flood", "memory"}

// String is the bound's name in metrics: lower case, words joined by "_".
func (c Cut) String() string { return nameOf(cutNames[:], int(c)) }

// Drop is why a message went nowhere. The set is closed.
type Drop uint8

const (
	DropSlow    Drop = iota // queued for a connection that was closed as too slow; a resume brings it back
	DropUnheard             // an event for a behaviour that did not receive it
	DropNobody              // published in a room that is not there
	Drops                   // how many there are
)

var dropNames = [Drops]string{"slow", "unheard", "nobody"}

// String is the reason's name in metrics: lower case, words joined by "_".
func (d Drop) String() string { return nameOf(dropNames[:], int(d)) }

func nameOf(names []string, i int) string {
	if i >= len(names) {
		return "unknown"
	}
	return names[i]
}

// counters count what went wrong.
type counters struct {
	refused       [len(wire.Codes)]atomic.Uint64
	cut           [Cuts]atomic.Uint64
	dropped       [Drops]atomic.Uint64
	panics, stuck atomic.Uint64
}

// refuse counts an answer with that code.
func (c *counters) refuse(code wire.Code) {
	for i := range wire.Codes {
		if wire.Codes[i] == code {
			c.refused[i].Add(1)
			return
		}
	}
}

// Stats returns the counts of this moment. From anywhere; they may be of moments a little apart.
func (s *System) Stats() Stats {
	s.mu.Lock()
	rooms := len(s.rooms)
	s.mu.Unlock()
	relays := int(s.relays.Load())
	rooms = max(rooms-relays, 0) // one may be coming or going
	c := &s.counters
	st := Stats{
		Connections: int(s.connections.Load()), Rooms: rooms, Members: int(s.members.Load()), Relays: relays,
		HistoryBytes: int(s.retention.total.Load()), HistoryShed: s.retention.shed.Load(),
		Panics: c.panics.Load(), Stuck: c.stuck.Load(),
	}
	for i := range st.Refused {
		st.Refused[i] = c.refused[i].Load()
	}
	for i := range st.Cut {
		st.Cut[i] = c.cut[i].Load()
	}
	for i := range st.Dropped {
		st.Dropped[i] = c.dropped[i].Load()
	}
	return st
}
