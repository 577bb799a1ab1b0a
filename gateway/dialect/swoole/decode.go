package swoole

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/parley-signaling/parley/actors/wire"
)

// decode reads one message into r. Its data aliases message. The limits are those of the
// native protocol: a subject is a room's name.
func decode(message []byte, r *wire.Request) *wire.Error {
	if !utf8.Valid(message) { // a binary frame, which nobody has looked at yet
		return &wire.Error{Code: wire.BadFrame, Message: "the message is not UTF-8"}
	}
	var f fields
	if err := json.Unmarshal(message, &f); err != nil || f == nil {
		return &wire.Error{Code: wire.BadFrame, Message: "the message is not one JSON object"}
	}
	r.Size = len(message)
	cmd, err := f.text("cmd", wire.MaxMessage)
	if err != nil {
		return err
	}
	switch cmd {
	case "subscribe":
		r.Kind, r.Hidden = wire.KindJoin, true
	case "publish":
		r.Kind = wire.KindPublish
		if r.Event, err = f.text("event", wire.MaxEvent); err != nil {
			return err
		}
		if r.Data, err = f.value("data"); err != nil {
			return err
		}
	default:
		return bad("cmd: neither subscribe nor publish")
	}
	r.Room, err = f.subject()
	return err
}

// fields are a message's, by name; of a name that comes twice the last one counts, as in
// JSON.parse.
type fields map[string]json.RawMessage

// text returns a string of 1 to most bytes that must be there; null counts as absent.
func (f fields) text(name string, most int) (string, *wire.Error) {
	b, ok := f[name]
	if !ok || string(b) == "null" {
		return "", bad("%s: missing", name)
	}
	var s string
	switch err := json.Unmarshal(b, &s); {
	case err != nil:
		return "", bad("%s: not a string", name)
	case len(s) == 0:
		return "", bad("%s: 0 bytes, at least 1", name)
	case len(s) > most:
		return "", bad("%s: %d bytes, at most %d", name, len(s), most)
	}
	return s, nil
}

func (f fields) subject() (string, *wire.Error) {
	s, err := f.text("subject", wire.MaxRoom)
	if err == nil && strings.ContainsFunc(s, unicode.IsControl) {
		return "", bad("subject: a control character in the name")
	}
	return s, err
}

// value returns the absent Value where there is no such field; null is a value.
func (f fields) value(name string) (wire.Value, *wire.Error) {
	b, ok := f[name]
	if !ok {
		return wire.Value{}, nil
	}
	v, err := wire.ParseValue(wire.JSON, b)
	if err == nil {
		return v, nil
	}
	var e *wire.Error
	if errors.As(err, &e) {
		return v, bad("%s: %s", name, e.Message)
	}
	return v, bad("%s: no valid value", name)
}

func bad(format string, args ...any) *wire.Error {
	return &wire.Error{Code: wire.BadRequest, Message: fmt.Sprintf(format, args...)}
}
