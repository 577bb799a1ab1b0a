package client

import (
	"log/slog"
	"time"

	"github.com/gobwas/ws"

	"github.com/parley-signaling/parley/actors/wire"
)

// receive takes one message of the server to where it belongs. An error means that it cannot
// be read.
func (c *Client) receive(op ws.OpCode, payload []byte) error {
	m, err := decode(c.o.Codec, c.data, op, payload)
	if err != nil || m == nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == Closed {
		return nil
	}
	switch m := m.(type) {
	case *wire.Joined:
		c.refreshICE(m.ICE, m.ICETTL)
		if r := c.rooms[m.Room]; r != nil {
			r.entered(m)
		} else { // given up, but let in
			c.transmit(&wire.Request{Kind: wire.KindLeave, Room: m.Room})
		}
	case *wire.Event:
		c.numbered(m.Room, m.Seq, m)
	case *wire.MemberChange:
		c.numbered(m.Room, m.Seq, m)
	case *wire.RoomChange:
		c.numbered(m.Room, m.Seq, m)
	case *wire.OK:
		c.answer(m.ID, Receipt{Seq: m.Seq, Missing: m.Missing}, nil)
	case *wire.Error:
		c.refused(m)
	case *wire.ICE:
		c.refreshICE(m.ICE, m.TTL)
	case *wire.Bye:
		c.bye(m)
	}
	return nil
}

func (c *Client) refreshICE(servers wire.Value, ttl time.Duration) {
	c.ice = ICE{Servers: own(servers)}
	if ttl > 0 {
		c.ice.Expires = time.Now().Add(ttl)
	}
}

// numbered passes on a message that has a place in its room's order.
func (c *Client) numbered(room string, seq uint64, m wire.Message) {
	if r := c.rooms[room]; r != nil && r.state == roomJoined && r.advance(seq) {
		r.hear(m)
	}
}

// refused takes an error to the request or the join that it answers, or to the room whose
// token is running out.
func (c *Client) refused(e *wire.Error) {
	if e.ID != 0 {
		if c.answer(e.ID, Receipt{}, fromWire(e)) {
			return
		}
		for _, r := range c.rooms {
			if r.joinID == e.ID {
				r.refused(fromWire(e))
				return
			}
		}
	} else if r := c.rooms[e.Room]; r != nil && e.Code == wire.Unauthorized && r.state == roomJoined {
		r.renew()
		return
	}
	level := slog.LevelWarn
	if e.Code == wire.NotJoined { // the leave of a join that was given up
		level = slog.LevelDebug
	}
	c.o.Logger.Log(c.ctx, level, "client: the server complains", "code", e.Code, "message", e.Message, "room", e.Room)
}

func (c *Client) bye(b *wire.Bye) {
	if b.Room == "" {
		c.link.bye = &lostError{code: b.Code, reason: b.Reason, retryAfter: b.RetryAfter}
	} else if r := c.rooms[b.Room]; r != nil && r.state != roomJoining {
		r.bye(b)
	}
}
