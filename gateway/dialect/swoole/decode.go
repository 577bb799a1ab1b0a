package swoole

import (
	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/dialect/fields"
)

var names = [...]string{"cmd", "subject", "event", "data"}

// decode reads one message into r. Its data aliases message. The limits are those of the
// native protocol: a subject is a room's name.
func decode(message []byte, r *wire.Request) *wire.Error {
	var found [len(names)]fields.Field
	cmd, err := fields.Kind(message, names[:], found[:])
	if err != nil {
		return err
	}
	r.Size = len(message)
	switch cmd {
	case "subscribe":
		r.Kind, r.Hidden = wire.KindJoin, true
	case "publish":
		r.Kind = wire.KindPublish
		if r.Event, err = found[2].Text("event", wire.MaxEvent); err != nil {
			return err
		}
		if r.Data, err = found[3].Value("data"); err != nil {
			return err
		}
	default:
		return fields.Bad("cmd: neither subscribe nor publish")
	}
	r.Room, err = found[1].Room("subject")
	return err
}
