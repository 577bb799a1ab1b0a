package apprtc

import (
	"strings"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/dialect/fields"
)

// Collider's side of a call: what sockets do.

// register is a client's join.
func (c *call) register(j *actors.Join) error {
	k := c.admit(strings.Clone(j.Wanted))
	switch {
	case k == nil:
		return c.refuse(errFull)
	case c.registered(k):
		return c.refuse(errRegistered)
	}
	c.stopWaiting(k)
	k.subject = strings.Clone(j.Subject)
	j.ID = k.id
	return nil
}

func (c *call) refuse(text string) *wire.Error {
	c.a.wsErrors.Add(1)
	return fields.Bad("%s", text)
}

// entered hands a client that has registered what the other one has said.
func (c *call) entered(m actors.Member) {
	c.a.open.Add(1)
	c.a.total.Add(1)
	k := c.find(m.ID)
	if o := c.other(k); o != nil {
		for _, v := range o.queued.take() {
			_ = c.room.SendAs(o.id, m.ID, event, v) // it is there, and the message was valid
		}
	}
}

// said passes a message on, or has it wait. Where too many wait, its sender is told, and its
// socket closed.
func (c *call) said(e *actors.Event) error {
	k := c.find(e.Member.ID)
	if !c.send(k, e.Data) {
		c.a.wsErrors.Add(1)
		_ = c.room.Kick(k.id, errQueue)
	}
	return actors.ErrDrop
}

// left gives a client whose socket has ended its time to come back.
func (c *call) left(m actors.Member) {
	c.a.open.Add(-1)
	if k := c.find(m.ID); k != nil {
		c.wait(k)
	}
}
