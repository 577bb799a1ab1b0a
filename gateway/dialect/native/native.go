// Package native speaks Parley's own protocol, version 1: JSON in text frames or msgpack in
// binary ones, by the WebSocket subprotocol that the client asked for.
package native

import (
	"errors"

	"github.com/gobwas/ws"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/dialect"
)

// Subprotocols, as in Sec-WebSocket-Protocol.
const (
	ProtocolJSON    = "parley.v1.json"
	ProtocolMsgpack = "parley.v1.msgpack"
)

// New returns the native dialect. It has no state: one serves any number of gateways.
func New() dialect.Dialect { return native{} }

type native struct{}

func (native) Name() string           { return "" }
func (native) Traits() dialect.Traits { return dialect.Traits{} }

// Open takes the first known subprotocol in the client's order. With none asked for, or none
// known, it is JSON and no subprotocol in the answer.
func (native) Open(h *dialect.Handshake) dialect.Session {
	for _, p := range h.Protocols {
		switch p {
		case ProtocolJSON:
			h.Protocol = p
			return session(wire.JSON)
		case ProtocolMsgpack:
			h.Protocol = p
			return session(wire.Msgpack)
		}
	}
	return session(wire.JSON)
}

// session is the codec and nothing else, so that all connections of a codec share one value.
type session wire.Codec

func (s session) Format() actors.Format { return format(s) }
func (session) Open(*actors.Conn)       {}

// Receive decodes one message. A frame of the other codec's kind closes with 1003.
func (s session) Receive(c *actors.Conn, text bool, message []byte) {
	if text != (wire.Codec(s) == wire.JSON) {
		c.Close(actors.Close{Code: actors.CloseUnsupported, Reason: "the subprotocol is " + wire.Codec(s).String()})
		return
	}
	r := actors.NewRequest()
	if err := wire.Decode(wire.Codec(s), message, r); err != nil {
		c.Refuse(refusal(err))
		return
	}
	c.Do(r)
}

func refusal(err error) *wire.Error {
	var e *wire.Error
	if errors.As(err, &e) {
		return e
	}
	return &wire.Error{Code: wire.Internal, Message: "the message could not be read"}
}

// format is one codec in WebSocket frames.
type format wire.Codec

func (f format) Append(dst []byte, m wire.Message) []byte {
	if wire.Codec(f) == wire.Msgpack {
		return dialect.AppendFrame(dst, ws.OpBinary, m, appendMsgpack)
	}
	return dialect.AppendFrame(dst, ws.OpText, m, appendJSON)
}

func appendJSON(dst []byte, m wire.Message) []byte    { return m.AppendTo(dst, wire.JSON) }
func appendMsgpack(dst []byte, m wire.Message) []byte { return m.AppendTo(dst, wire.Msgpack) }
