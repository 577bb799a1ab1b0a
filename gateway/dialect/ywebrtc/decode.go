package ywebrtc

import (
	"encoding/json"
	"fmt"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/dialect/fields"
)

var names = [...]string{"type", "topic", "topics", "clients"}

// decode reads one message into r: of several topics the first, and returns the others. Its
// data aliases message. The limits are those of the native protocol: a topic is a room's name.
func decode(message []byte, r *wire.Request) (more []string, err *wire.Error) {
	var found [len(names)]fields.Field
	kind, err := fields.Kind(message, names[:], found[:])
	if err != nil {
		return nil, err
	}
	r.Size = len(message)
	switch kind {
	case "subscribe":
		r.Hidden = true
		return decodeTopics(found[2], wire.KindJoin, r)
	case "unsubscribe":
		return decodeTopics(found[2], wire.KindLeave, r)
	case "publish":
		r.Kind, r.Echo = wire.KindPublish, true
		if r.Room, err = found[1].Room("topic"); err != nil {
			return nil, err
		}
		if found[3] != nil { // it is ours to say
			message = without(message, "clients")
		}
		r.Data, err = fields.Field(message).Value("message")
		return nil, err
	case "ping":
		r.Kind = wire.KindPing
		return nil, nil
	}
	return nil, fields.Bad("type: neither subscribe, unsubscribe, publish nor ping")
}

// decodeTopics has r.Kind stay 0 where there are no topics: a client says so as it connects.
func decodeTopics(list fields.Field, kind wire.Kind, r *wire.Request) (more []string, err *wire.Error) {
	if list.Missing() {
		return nil, fields.Bad("topics: missing")
	}
	var topics []json.RawMessage
	if json.Unmarshal(list, &topics) != nil {
		return nil, fields.Bad("topics: not a list")
	}
	if len(topics) > actors.MaxRooms {
		return nil, fields.Bad("topics: %d, at most %d", len(topics), actors.MaxRooms)
	}
	for i, t := range topics {
		topic, err := fields.Field(t).Room(fmt.Sprintf("topics[%d]", i))
		if err != nil {
			return nil, err
		}
		if i == 0 {
			r.Kind, r.Room = kind, topic
		} else {
			more = append(more, topic)
		}
	}
	return more, nil
}

// without takes a field off a JSON object.
func without(object []byte, name string) []byte {
	var all map[string]json.RawMessage
	if json.Unmarshal(object, &all) != nil {
		return object // not reached: it has been scanned
	}
	delete(all, name)
	rest, err := json.Marshal(all)
	if err != nil {
		return object // not reached: its values are valid
	}
	return rest
}
