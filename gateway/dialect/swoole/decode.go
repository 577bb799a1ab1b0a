package swoole

import (
	"bytes"
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
	if !f.scan(message) {
		return &wire.Error{Code: wire.BadFrame, Message: "the message is not one JSON object"}
	}
	r.Size = len(message)
	cmd, err := f.cmd.text("cmd", wire.MaxMessage)
	if err != nil {
		return err
	}
	switch cmd {
	case "subscribe":
		r.Kind, r.Hidden = wire.KindJoin, true
	case "publish":
		r.Kind = wire.KindPublish
		if r.Event, err = f.event.text("event", wire.MaxEvent); err != nil {
			return err
		}
		if r.Data, err = f.data.value("data"); err != nil {
			return err
		}
	default:
		return bad("cmd: neither subscribe nor publish")
	}
	r.Room, err = f.subject.room("subject")
	return err
}

// field is one value of a message, as JSON; nil is an absent one.
type field []byte

// text returns a string of 1 to most bytes that must be there; null counts as absent.
func (f field) text(name string, most int) (string, *wire.Error) {
	if f == nil || f[0] == 'n' {
		return "", bad("%s: missing", name)
	}
	s, ok := f.unquote()
	switch {
	case !ok:
		return "", bad("%s: not a string", name)
	case len(s) == 0:
		return "", bad("%s: 0 bytes, at least 1", name)
	case len(s) > most:
		return "", bad("%s: %d bytes, at most %d", name, len(s), most)
	}
	return s, nil
}

func (f field) unquote() (s string, ok bool) {
	if f[0] != '"' {
		return "", false
	}
	if bytes.IndexByte(f, '\\') < 0 {
		return string(f[1 : len(f)-1]), true
	}
	return s, json.Unmarshal(f, &s) == nil
}

func (f field) room(name string) (string, *wire.Error) {
	s, err := f.text(name, wire.MaxRoom)
	if err == nil && strings.ContainsFunc(s, unicode.IsControl) {
		return "", bad("%s: a control character in the name", name)
	}
	return s, err
}

// value returns the absent Value where there is no such field; null is a value.
func (f field) value(name string) (wire.Value, *wire.Error) {
	if f == nil {
		return wire.Value{}, nil
	}
	v, err := wire.ParseValue(wire.JSON, f) // its depth has not been looked at yet
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
