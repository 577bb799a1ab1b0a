package swoole

import (
	"github.com/gobwas/ws"

	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/dialect"
	"github.com/parley-signaling/parley/gateway/dialect/fields"
)

// format is text frames of the dialect's JSON.
type format struct{}

// Append tells the client of events and errors, and of nothing else: it knows no joins, no
// members and no byes.
func (format) Append(dst []byte, m wire.Message) []byte {
	return dialect.AppendFrame(dst, ws.OpText, m, body)
}

func body(dst []byte, m wire.Message) []byte {
	switch m := m.(type) {
	case *wire.Event:
		dst = append(dst, `{"cmd":"publish","event":`...)
		dst = fields.AppendString(dst, m.Event)
		dst = append(dst, `,"data":`...)
		return append(m.Data.Append(dst, wire.JSON), '}')
	case *wire.Error:
		if m.Code == wire.AlreadyJoined {
			return dst // a repeated subscribe
		}
		dst = append(dst, `{"cmd":"error","code":`...)
		dst = fields.AppendString(dst, string(m.Code))
		dst = append(dst, `,"message":`...)
		return append(fields.AppendString(dst, m.Message), '}')
	}
	return dst
}
