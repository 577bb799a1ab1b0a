package apprtc

import (
	"bytes"
	"slices"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

// Bounds of a call.
const (
	maxClients = 2
	maxQueued  = 1024    // messages of one client that wait
	maxBytes   = 1 << 20 // of them
)

// event is what everything is called that clients send.
const event = "msg"

// call is what the room of a call keeps besides its members, who are the clients that have
// registered. It belongs to the room's turn.
type call struct {
	a       *apprtc
	room    *actors.Room
	clients []*client // at most maxClients, in the order in which they came
}

// client is somebody who has joined (the room server's side), registered (Collider's), or both.
type client struct {
	id        string
	subject   string // of its token; "": it needs none
	joined    bool
	initiator bool
	stored    queue // for the one who joins next
	queued    queue // for the other one, once it registers
	grace     *actors.Timer
}

// queue is messages that wait, as JSON strings.
type queue struct {
	list  []wire.Value
	bytes int
}

// add is false where there are too many.
func (q *queue) add(v wire.Value) bool {
	if len(q.list) >= maxQueued || q.bytes+len(v.Bytes) > maxBytes {
		return false
	}
	q.list = append(q.list, wire.Value{Codec: v.Codec, Bytes: bytes.Clone(v.Bytes)})
	q.bytes += len(v.Bytes)
	return true
}

// take empties the queue.
func (q *queue) take() []wire.Value {
	list := q.list
	*q = queue{}
	return list
}

// hooks makes the call of a room that comes to life.
func (a *apprtc) hooks(room *actors.Room) actors.Hooks {
	room.Listen(func(actors.Event) bool { return false })
	c := &call{a: a, room: room}
	c.unpack(room.Carried())
	return actors.Hooks{Join: c.register, Entered: c.entered, Send: c.said, Left: c.left, Carry: c.pack, State: c}
}

// find returns a client; nil: it is unknown.
func (c *call) find(id string) *client {
	for _, k := range c.clients {
		if k.id == id {
			return k
		}
	}
	return nil
}

// other returns the other client; nil: there is none.
func (c *call) other(k *client) *client {
	for _, o := range c.clients {
		if o != k {
			return o
		}
	}
	return nil
}

// registered tells whether a client has a socket.
func (c *call) registered(k *client) bool {
	_, there := c.room.Member(k.id)
	return there
}

// admit returns the client of that id, making it where there is a place; nil: there is none.
// Who has neither joined nor a socket makes way.
func (c *call) admit(id string) *client {
	if k := c.find(id); k != nil {
		return k
	}
	if len(c.clients) >= maxClients {
		i := slices.IndexFunc(c.clients, func(k *client) bool { return !k.joined && !c.registered(k) })
		if i < 0 {
			return nil
		}
		c.forget(c.clients[i])
	}
	k := &client{id: id}
	c.clients = append(c.clients, k)
	c.room.Keep(true)
	c.wait(k)
	return k
}

// wait gives a client without a socket its time to register.
func (c *call) wait(k *client) {
	c.stopWaiting(k)
	k.grace = c.room.AfterFunc(c.a.o.Grace, func(*actors.Co) error {
		c.forget(k)
		return nil
	})
}

func (c *call) stopWaiting(k *client) {
	if k.grace != nil {
		k.grace.Stop()
		k.grace = nil
	}
}

// forget ends all that is known of a client, and its socket.
func (c *call) forget(k *client) {
	i := slices.Index(c.clients, k)
	if i < 0 {
		return
	}
	c.clients = slices.Delete(c.clients, i, i+1)
	c.stopWaiting(k)
	if o := c.other(k); o != nil && o.joined {
		o.initiator = true
	}
	c.room.Keep(len(c.clients) > 0)
	_ = c.room.Kick(k.id, "") // if it is there
}

// send hands a message of k to the other client, or has it wait; false: too many do.
func (c *call) send(k *client, v wire.Value) bool {
	if o := c.other(k); o != nil && c.registered(o) {
		return c.room.SendAs(k.id, o.id, event, v) == nil
	}
	return k.queued.add(v)
}
