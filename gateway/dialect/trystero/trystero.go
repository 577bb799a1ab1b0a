// Package trystero speaks the protocol of trystero's WebSocket relay (dmotz/trystero,
// packages/ws-relay): publish and subscribe by topic.
//
//	client → server  {"type":"subscribe","topic":T}
//	client → server  {"type":"unsubscribe","topic":T}
//	client → server  {"type":"publish","topic":T,"payload":P}
//	server → client  {"topic":T,"payload":P}
//
// A publish reaches every subscriber of the topic, its publisher included if that has
// subscribed. There are no acknowledgements; a second subscribe and an unsubscribe too many
// change nothing.
//
// Where the original ignores what it cannot use, this one says why:
//
//	server → client  {"type":"error","code":C,"message":M}
//
// It has no topic, and the clients look for theirs, so none of them is confused by it.
package trystero

import (
	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/dialect"
	"github.com/parley-signaling/parley/gateway/dialect/fields"
	"github.com/parley-signaling/parley/gateway/dialect/internal/topic"
)

// New returns the dialect. It has no state: one serves any number of gateways and paths.
func New() dialect.Dialect { return protocol }

var protocol = &topic.Protocol{Namespace: "trystero", Decode: decode, Body: body}

// body tells the client of what was published, and of errors.
func body(dst []byte, m wire.Message) []byte {
	switch m := m.(type) {
	case *wire.Event:
		dst = append(dst, `{"topic":`...)
		dst = fields.AppendString(dst, m.Room)
		dst = append(dst, `,"payload":`...)
		return append(m.Data.Append(dst, wire.JSON), '}')
	case *wire.Error:
		return topic.AppendError(dst, `{"type":"error"`, m)
	}
	return dst
}
