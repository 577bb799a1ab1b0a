package topic

import (
	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/dialect/fields"
)

// AppendError appends the code and the message of e as the rest of a JSON object, with a comma
// before and the brace behind. kind, the object's beginning, is such that no client takes the
// whole for anything it knows. That there was nothing to do is no error to these clients, for
// whom a second subscribe, or an unsubscribe too many, changes nothing: it appends nothing.
func AppendError(dst []byte, kind string, e *wire.Error) []byte {
	if e.Code == wire.AlreadyJoined || e.Code == wire.NotJoined {
		return dst
	}
	dst = append(dst, kind...)
	dst = append(dst, `,"code":`...)
	dst = fields.AppendString(dst, string(e.Code))
	dst = append(dst, `,"message":`...)
	return append(fields.AppendString(dst, e.Message), '}')
}
