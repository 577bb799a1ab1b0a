// Package topic is what the dialects of publish and subscribe have in common. A topic is a
// room of the dialect's namespace, and its subscribers are members that are neither listed nor
// told of others; who publishes need not be one. A subscription ends with its socket.
package topic

import (
	"github.com/gobwas/ws"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/dialect"
)

// Protocol is one dialect of this kind. There is one value of each, and nothing else per
// connection: a message is encoded once for all subscribers.
type Protocol struct {
	Namespace string // of its rooms
	// Decode reads one message into r, which may alias it, and returns the further topics that
	// the same is asked for. Where r.Kind is 0, nothing is.
	Decode func(message []byte, r *wire.Request) (more []string, err *wire.Error)
	// Body appends what the client is told as m, or nothing.
	Body func(dst []byte, m wire.Message) []byte
}

var _ dialect.Dialect = (*Protocol)(nil)

// Name implements dialect.Dialect.
func (p *Protocol) Name() string { return p.Namespace }

// Traits implements dialect.Dialect: the clients cannot resume, and a publisher may never
// subscribe.
func (p *Protocol) Traits() dialect.Traits { return dialect.Traits{Ephemeral: true, Roomless: true} }

// Open implements dialect.Dialect. What is subscribed is known to the rooms.
func (p *Protocol) Open(*dialect.Handshake) dialect.Session { return session{p} }

type session struct{ *Protocol }

func (session) Open(*actors.Conn)       {}
func (s session) Format() actors.Format { return format(s) }

// Receive carries out one message. Text and binary are one to the originals, and here.
func (s session) Receive(c *actors.Conn, _ bool, message []byte) {
	r := actors.NewRequest()
	more, err := s.Decode(message, r)
	if err != nil {
		c.Refuse(err)
		return
	}
	if r.Kind == 0 {
		c.Allow()
		return
	}
	another := *r
	c.Do(r)
	for _, another.Room = range more {
		r := actors.NewRequest()
		*r = another
		c.Do(r)
	}
}

// format is text frames of the protocol's JSON.
type format struct{ *Protocol }

func (f format) Append(dst []byte, m wire.Message) []byte {
	return dialect.AppendFrame(dst, ws.OpText, m, f.Body)
}
