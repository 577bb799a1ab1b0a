package actors

import (
	"bytes"
	"fmt"
)

// maxCarried bounds what a room can carry.
const maxCarried = 1 << 20

// Carry keeps bytes that travel with the room when another node takes it over: its behaviour,
// which begins again there, finds them with Carried. They replace those of the last call. They
// are lost with a node that dies, as all that a behaviour knows is. At most 1 MiB.
func (r *Room) Carry(b []byte) error {
	r.inTurn()
	if len(b) > maxCarried {
		return fmt.Errorf("Carry: %d bytes, at most %d", len(b), maxCarried)
	}
	if r.link != nil {
		r.link.carried = bytes.Clone(b)
	}
	return nil
}

// Carried is what the room was given to Carry before it came to this node; nil: nothing, or it
// has been here all the time.
func (r *Room) Carried() []byte {
	if r.link == nil {
		return nil
	}
	return r.link.carried
}
