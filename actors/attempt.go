package actors

import "github.com/parley-signaling/parley/actors/wire"

// attempt orders the joins of one client, whatever connections they come over: its nonce tells
// that it is the same client (one that was reloaded has another), and ids grow over reconnects.
// Nothing else does: a join may wait in a connection that its client has given up, on a node or a
// network that is slow, while the next one is let in by another.
type attempt struct {
	nonce uint64 // its hash, the same on every node
	id    uint64 // 0: the join had no nonce or no id, and nobody knows
}

func attemptOf(q *wire.Request) attempt {
	if q.Nonce == "" || q.ID == 0 {
		return attempt{}
	}
	return attempt{barOf(q.Nonce), q.ID}
}

// before tells whether the client has made a before b.
func (a attempt) before(b attempt) bool { return a.nonce == b.nonce && a.id < b.id }

// isLate tells whether a join is an earlier one than that by which m has its seat.
func (m *member) isLate(q *wire.Request) bool {
	return m.seat != nil && m.came.id != 0 && attemptOf(q).before(m.came)
}

const lateJoin = "id: a later join of this nonce is in the room"
