package apprtc

import (
	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/dialect"
	"github.com/parley-signaling/parley/gateway/dialect/fields"
)

// format is Collider's JSON.
var format = &dialect.Text{Body: body}

// body tells the client what the other one says, and what went wrong.
func body(dst []byte, m wire.Message) []byte {
	switch m := m.(type) {
	case *wire.Event:
		dst = append(dst, `{"msg":`...)
		return append(m.Data.Append(dst, wire.JSON), `,"error":""}`...)
	case *wire.Error:
		if m.ExpiresSoon() { // the clients know no other token than they came with
			return dst
		}
		return appendError(dst, m.Message)
	case *wire.Bye:
		if m.Room != "" && m.Text != "" { // the call has ended it, and says why
			return appendError(dst, m.Text)
		}
	}
	return dst
}

func appendError(dst []byte, text string) []byte {
	dst = append(dst, `{"msg":"","error":`...)
	return append(fields.AppendString(dst, text), '}')
}
