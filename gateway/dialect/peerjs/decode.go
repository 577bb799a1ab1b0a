package peerjs

import (
	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/dialect/fields"
)

// The messages that clients send each other.
const (
	offer     = "OFFER"
	answer    = "ANSWER"
	candidate = "CANDIDATE"
	leave     = "LEAVE"
	expire    = "EXPIRE"
	heartbeat = "HEARTBEAT"
)

var names = [...]string{"type", "dst", "payload"}

// decode reads one message into r, whose Data aliases it; r has no Kind for a heartbeat. A
// LEAVE to nobody gives up the id.
func decode(message []byte, r *wire.Request) *wire.Error {
	var found [len(names)]fields.Field
	typ, err := fields.Kind(message, names[:], found[:])
	if err != nil {
		return err
	}
	switch typ {
	case heartbeat:
		return nil
	case offer, answer, candidate, leave, expire:
	default:
		return fields.Bad("type: none of OFFER, ANSWER, CANDIDATE, LEAVE, EXPIRE and HEARTBEAT")
	}
	if typ == leave && found[1].Missing() {
		r.Kind, r.Room, r.Size = wire.KindLeave, peers, len(message)
		return nil
	}
	dst, err := found[1].Text("dst", MaxID)
	if err != nil {
		return err
	}
	if r.Data, err = found[2].Value("payload"); err != nil {
		return err
	}
	r.Kind, r.Room, r.Size = wire.KindSend, peers, len(message)
	r.Event, r.To = typ, []string{dst}
	return nil
}
