package trystero

import (
	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/dialect/fields"
)

var names = [...]string{"type", "topic", "payload"}

// decode reads one message into r. Its data aliases message. The limits are those of the
// native protocol: a topic is a room's name.
func decode(message []byte, r *wire.Request) (_ []string, err *wire.Error) {
	var found [len(names)]fields.Field
	kind, err := fields.Kind(message, names[:], found[:])
	if err != nil {
		return nil, err
	}
	switch kind {
	case "subscribe":
		r.Kind, r.Hidden = wire.KindJoin, true
	case "unsubscribe":
		r.Kind = wire.KindLeave
	case "publish":
		if found[2] == nil { // null is a payload
			return nil, fields.Bad("payload: missing")
		}
		r.Kind, r.Echo = wire.KindPublish, true
		if r.Data, err = found[2].Value("payload"); err != nil {
			return nil, err
		}
	default:
		return nil, fields.Bad("type: neither subscribe, unsubscribe nor publish")
	}
	r.Size = len(message)
	r.Room, err = found[1].Room("topic")
	return nil, err
}
