package actors

import "time"

// burst is what a room or a connection says in one pass, encoded once and shared by all who
// hear it. It is immutable from the moment it is handed out.
type burst struct {
	bytes  []byte
	made   time.Duration // when its room's turn began, on the system's clock; 0: not by a pass
	exempt bool          // an answer to a join, replay included: not counted against a slow reader
	note   *note         // no bytes, but something for the connection's actor to know
}

// delivery is a letter to a connection: a piece of a burst.
type delivery struct {
	burst    *burst
	off, end uint32
}

func (d delivery) weight() int32 {
	if d.burst.exempt {
		return 0
	}
	return int32(d.end - d.off)
}

func (d delivery) bytes() []byte { return d.burst.bytes[d.off:d.end] }

// note tells a connection what became of one of its seats.
type note struct {
	seat *seat
	what noted
	end  Close // over: how the socket closes if this was its last room; Code 0: it does not. shutdown: how it closes
}

// tell puts n among what the connection has to write, in its order. Some notes answer what
// the client did: one that makes too many while it does not read is too slow.
func (c *Conn) tell(n note) {
	if c.box.len() >= 2*maxBursts {
		c.box.overflowNow(CutAnswers)
	}
	c.box.force(delivery{burst: &burst{note: &n}})
}

type noted uint8

const (
	noteJoined   noted = iota // a join was answered, and the seat is taken
	noteRefused               // a join was answered, and changed nothing
	noteOver                  // the membership has ended
	noteReplaced              // it goes on, on another connection
	noteHeld                  // a join waits for the word of the room's behaviour
	noteShutdown              // somebody asked for the connection to end
)
