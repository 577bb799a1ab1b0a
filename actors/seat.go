package actors

import "github.com/parley-signaling/parley/actors/wire"

// seat is a connection's hold in a room, from its first join there until the room has said
// that it is over. Requests carry it, so that those of a membership that has ended are told
// from those of the next.
type seat struct {
	// Static after construction
	conn *Conn

	// Owned by the connection
	room   *Room
	end    *Close // how the membership ended: the socket closes so, if it was the last; nil: it does not
	asked  int32  // joins that are not answered
	asking int32  // those of them that the room has, and that count against maxAsking
	parked int32  // those of them that the room holds
	joined bool
	dead   bool // replaced

	// Owned by the room
	member   *member
	replaced bool // another connection has taken the membership over: what still comes is dropped
}

// note tells the seat's connection.
func (s *seat) note(what noted, end Close) {
	s.conn.tell(note{seat: s, what: what, end: end})
}

// tell tells the seat's client, behind what it was handed before.
func (s *seat) tell(m wire.Message) { s.conn.Tell(m) }

// ephemeral tells whether the members of the seat's connection leave as it ends.
func (s *seat) ephemeral() bool { return s.conn.ephemeral }

// connection is the id of the actor of the seat's connection.
func (s *seat) connection() string { return s.conn.box.pid.ID }
