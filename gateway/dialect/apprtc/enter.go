package apprtc

import (
	"crypto/rand"
	"math/big"

	"github.com/parley-signaling/parley/actors/wire"
)

// The room server's side of a call: what HTTP requests do.

// result is what the room server answers.
type result string

const (
	success       result = "SUCCESS"
	full          result = "FULL"
	unknownRoom   result = "UNKNOWN_ROOM"
	unknownClient result = "UNKNOWN_CLIENT"
	failed        result = "ERROR"
)

// loopback is the client that a caller who wants to talk to itself brings along.
const loopback = "LOOPBACK_CLIENT_ID"

// join makes a client with a new id, whose token is of that subject ("": it needs none).
func (c *call) join(subject string, withItself bool) report {
	switch {
	case c.room.Barred(subject):
		return report{Result: failed, Problem: errBarred}
	case c.occupancy() >= maxClients:
		return report{Result: full}
	}
	k := c.admit(newClientID())
	if k == nil { // sockets that nobody has joined for
		return report{Result: full}
	}
	k.subject, k.joined, k.initiator = subject, true, c.occupancy() == 0
	if withItself {
		if l := c.admit(loopback); l != nil {
			l.joined = true
		}
	}
	rep := report{Result: success, ID: k.id, Initiator: k.initiator}
	if o := c.other(k); o != nil {
		for _, v := range o.stored.take() {
			var s string
			_ = v.Unmarshal(&s) // it was made of one
			rep.Messages = append(rep.Messages, s)
		}
	}
	return rep
}

// occupancy is how many clients have joined.
func (c *call) occupancy() (n int) {
	for _, k := range c.clients {
		if k.joined {
			n++
		}
	}
	return n
}

// who finds a client that has joined.
func (c *call) who(id string) (*client, result) {
	if c.occupancy() == 0 {
		return nil, unknownRoom
	}
	if k := c.find(id); k != nil && k.joined {
		return k, success
	}
	return nil, unknownClient
}

// message keeps what a client says for the one who joins next, or, once somebody has, sends it.
func (c *call) message(id string, v wire.Value) result {
	k, r := c.who(id)
	switch {
	case k == nil:
		return r
	case c.occupancy() < maxClients && !k.stored.add(v),
		c.occupancy() >= maxClients && !c.send(k, v):
		return failed
	}
	return success
}

// leave gives up a client's place. Its socket, if it has one, still works: it says bye there.
func (c *call) leave(id string) result {
	k, r := c.who(id)
	if k == nil {
		return r
	}
	k.joined, k.initiator, k.stored = false, false, queue{}
	if l := c.find(loopback); l != nil {
		c.forget(l)
	}
	if o := c.other(k); o != nil && o.joined {
		o.initiator = true
	}
	if !c.registered(k) {
		c.forget(k)
	}
	return success
}

// newClientID returns 16 random digits: the original's 8 can be guessed.
func newClientID() string {
	n, _ := rand.Int(rand.Reader, big.NewInt(9e15)) // never fails (crypto/rand)
	return n.Add(n, big.NewInt(1e15)).String()
}
