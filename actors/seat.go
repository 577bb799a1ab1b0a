package actors

import "github.com/parley-signaling/parley/actors/wire"

// seat is a connection's hold in a room, from its first join there until the room has said
// that it is over. Requests carry it, so that those of a membership that has ended are told
// from those of the next.
//
// Where the connection is another node's, the seat is far: it stands for the one that its relay
// knows by the same number, and what it is told goes down to that.
type seat struct {
	// Static after construction
	conn *Conn // nil: far
	peer *peer // far: the relay that it is known to

	// Owned by the connection
	room   *Room  // far: static
	end    *Close // how the membership ended: the socket closes so, if it was the last; nil: it does not
	asked  int32  // joins that are not answered
	asking int32  // those of them that the room has, and that count against maxAsking
	parked int32  // those of them that the room holds
	joined bool
	dead   bool // replaced

	// Owned by the room
	replaced  bool // another connection has taken the membership over, or this one is about to be closed: what still comes is dropped
	farLeaves bool // far: the members of its connection leave as it ends
	member    *member
	number    uint32 // by which relay and owner know it; 0: the owner does not
	refs      int32  // letters of it that its relay keeps
}

// note tells the seat's connection.
func (s *seat) note(what noted, end Close) {
	if s.conn == nil {
		s.peer.note(s, what, end)
		return
	}
	s.conn.tell(note{seat: s, what: what, end: end})
}

// tell tells the seat's client, behind what it was handed before.
func (s *seat) tell(m wire.Message) {
	if s.conn == nil {
		s.peer.tell(s, m)
		return
	}
	s.conn.Tell(m)
}

// ephemeral tells whether the members of the seat's connection leave as it ends.
func (s *seat) ephemeral() bool {
	if s.conn == nil {
		return s.farLeaves
	}
	return s.conn.ephemeral
}

// connection is the id of the actor of the seat's connection; "": another node's.
func (s *seat) connection() string {
	if s.conn == nil {
		return ""
	}
	return s.conn.box.pid.ID
}
