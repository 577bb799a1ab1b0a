package peerjs

import (
	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/dialect"
	"github.com/parley-signaling/parley/gateway/dialect/fields"
)

var format = &dialect.Text{Body: body}

// body tells the client that it is in, what others send it, and what went wrong. A drain has
// no word of its own: the closed socket tells.
func body(dst []byte, m wire.Message) []byte {
	switch m := m.(type) {
	case *wire.Joined:
		return append(dst, `{"type":"OPEN"}`...)
	case *wire.Event:
		return appendEvent(dst, m)
	case *wire.Error:
		if m.ExpiresSoon() { // the clients know no other token than they came with
			return dst
		}
		dst = append(dst, `{"type":`...)
		dst = fields.AppendString(dst, errorType(m.Code))
		dst = append(dst, `,"payload":{"msg":`...)
		return append(fields.AppendString(dst, m.Message), `}}`...)
	}
	return dst
}

func appendEvent(dst []byte, m *wire.Event) []byte {
	dst = append(dst, `{"type":`...)
	dst = fields.AppendString(dst, m.Event)
	dst = append(dst, `,"src":`...)
	dst = fields.AppendString(dst, m.From)
	if len(m.To) > 0 {
		dst = append(dst, `,"dst":`...)
		dst = fields.AppendString(dst, m.To[0])
	}
	if !empty(m) {
		dst = append(dst, `,"payload":`...)
		dst = m.Data.Append(dst, wire.JSON)
	}
	return append(dst, '}')
}

// empty tells whether there is no payload to be shown: between nodes, none is null.
func empty(m *wire.Event) bool {
	return m.Data.IsAbsent() || (m.Event == leave || m.Event == expire) && string(m.Data.Append(nil, wire.JSON)) == "null"
}

// invalidKey is the code of another key than Options.Key, which is this dialect's own.
const invalidKey wire.Code = "invalid_key"

// errorType is what clients tell errors apart by.
func errorType(c wire.Code) string {
	switch c {
	case wire.AlreadyJoined:
		return "ID-TAKEN"
	case invalidKey:
		return "INVALID-KEY"
	}
	return "ERROR"
}
