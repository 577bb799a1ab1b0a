package swoole

import (
	"encoding/json"
	"unicode/utf8"

	"github.com/parley-signaling/parley/actors/wire"
)

// decode reads one message into r. Its data aliases message.
func decode(message []byte, text bool, r *wire.Request) *wire.Error {
	if !text && !utf8.Valid(message) {
		return &wire.Error{Code: wire.BadFrame, Message: "the message is not UTF-8"}
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(message, &fields); err != nil || fields == nil {
		return &wire.Error{Code: wire.BadFrame, Message: "the message is not one JSON object"}
	}
	cmd, err := str(fields, "cmd", 16)
	if err != nil {
		return err
	}
	switch cmd {
	case "subscribe":
		r.Kind, r.Hidden = wire.KindJoin, true
	case "publish":
		r.Kind = wire.KindPublish
		if r.Event, err = str(fields, "event", wire.MaxEvent); err != nil {
			return err
		}
		if d, ok := fields["data"]; ok {
			r.Data = wire.Value{Codec: wire.JSON, Bytes: d}
		}
	default:
		return bad("cmd", "must be subscribe or publish")
	}
	r.Room, err = str(fields, "subject", wire.MaxRoom)
	return err
}

func bad(field, problem string) *wire.Error {
	return &wire.Error{Code: wire.BadRequest, Message: field + " " + problem}
}

func str(fields map[string]json.RawMessage, name string, most int) (s string, _ *wire.Error) {
	if err := json.Unmarshal(fields[name], &s); err != nil {
		return "", bad(name, "must be a string")
	}
	if len(s) == 0 || len(s) > most {
		return "", bad(name, "has a wrong length")
	}
	return s, nil
}
