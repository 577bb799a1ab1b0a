package fields

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/parley-signaling/parley/actors/wire"
)

// Field is one value of a message, as JSON that aliases it; nil is an absent one.
type Field []byte

// Missing tells whether there is no such field; null counts as absent.
func (f Field) Missing() bool { return f == nil || f[0] == 'n' }

// Text returns a string of 1 to most bytes that must be there.
func (f Field) Text(name string, most int) (string, *wire.Error) {
	if f.Missing() {
		return "", Bad("%s: missing", name)
	}
	s, ok := f.unquote()
	switch {
	case !ok:
		return "", Bad("%s: not a string", name)
	case len(s) == 0:
		return "", Bad("%s: 0 bytes, at least 1", name)
	case len(s) > most:
		return "", Bad("%s: %d bytes, at most %d", name, len(s), most)
	}
	return s, nil
}

func (f Field) unquote() (s string, ok bool) {
	if f[0] != '"' {
		return "", false
	}
	if bytes.IndexByte(f, '\\') < 0 {
		return string(f[1 : len(f)-1]), true
	}
	return s, json.Unmarshal(f, &s) == nil
}

// Room returns a string that can name a room.
func (f Field) Room(name string) (string, *wire.Error) {
	s, err := f.Text(name, wire.MaxRoom)
	if err == nil && strings.ContainsFunc(s, unicode.IsControl) {
		return "", Bad("%s: a control character in the name", name)
	}
	return s, err
}

// Value returns the absent Value where there is no such field; null is a value.
func (f Field) Value(name string) (wire.Value, *wire.Error) {
	if f == nil {
		return wire.Value{}, nil
	}
	v, err := wire.ParseValue(wire.JSON, f) // its depth has not been looked at yet
	if err == nil {
		return v, nil
	}
	var e *wire.Error
	if errors.As(err, &e) {
		return v, Bad("%s: %s", name, e.Message)
	}
	return v, Bad("%s: no valid value", name)
}

// Bad is a bad_request that says what is wrong with which field.
func Bad(format string, args ...any) *wire.Error {
	return &wire.Error{Code: wire.BadRequest, Message: fmt.Sprintf(format, args...)}
}

// AppendString appends s as a JSON string.
func AppendString(dst []byte, s string) []byte {
	b, err := json.Marshal(s)
	if err != nil {
		return append(dst, `""`...) // not reached: a string always encodes
	}
	return append(dst, b...)
}
