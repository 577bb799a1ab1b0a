// Package fields reads the flat JSON objects that foreign clients speak in: it finds the few
// fields that a dialect knows, checks the whole message, and copies nothing.
package fields

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"sync"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/parley-signaling/parley/actors/wire"
)

// scanner is a reusable decoder over a reusable buffer.
type scanner struct {
	buf bytes.Buffer
	dec *jsontext.Decoder
}

var scanners = sync.Pool{New: func() any {
	s := new(scanner)
	s.dec = jsontext.NewDecoder(&s.buf)
	return s
}}

// Scan checks that message is one JSON object in UTF-8 and nothing besides (else it is
// bad_frame), and puts the field called names[i] into found[i]. Of a name that comes twice the
// last one counts, as in JSON.parse. Depth is not looked at: see Field.Value.
func Scan(message []byte, names []string, found []Field) *wire.Error {
	if !utf8.Valid(message) { // a binary frame, which nobody has looked at yet
		return &wire.Error{Code: wire.BadFrame, Message: "the message is not UTF-8"}
	}
	s := scanners.Get().(*scanner)
	s.reset(message)
	ok := object(s.dec, message, names, found)
	s.reset(nil) // keeps no message alive
	scanners.Put(s)
	if !ok {
		return &wire.Error{Code: wire.BadFrame, Message: "the message is not one JSON object"}
	}
	return nil
}

// Kind is Scan for messages of many kinds, and returns the text of the first of names, which says
// which it is.
func Kind(message []byte, names []string, found []Field) (string, *wire.Error) {
	if err := Scan(message, names, found); err != nil {
		return "", err
	}
	return found[0].Text(names[0], wire.MaxMessage)
}

func (s *scanner) reset(message []byte) {
	s.buf = *bytes.NewBuffer(message)
	// Half a surrogate pair in an escape passes, as in browsers: it is the receiver's affair.
	s.dec.Reset(&s.buf, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

func object(dec *jsontext.Decoder, message []byte, names []string, found []Field) bool {
	if open, err := dec.ReadToken(); err != nil || open.Kind() != '{' {
		return false
	}
	for dec.PeekKind() == '"' {
		name, err := dec.ReadValue()
		if err != nil {
			return false
		}
		to := index(names, name)
		val, err := dec.ReadValue()
		if err != nil {
			return false
		}
		if to >= 0 {
			end := int(dec.InputOffset())
			found[to] = message[end-len(val) : end : end]
		}
	}
	if shut, err := dec.ReadToken(); err != nil || shut.Kind() != '}' {
		return false
	}
	_, err := dec.ReadToken()
	return errors.Is(err, io.EOF)
}

// index finds a name, a JSON string; -1 where it is none of names.
func index(names []string, name []byte) int {
	bare := name[1 : len(name)-1]
	if bytes.IndexByte(bare, '\\') >= 0 {
		var s string
		_ = json.Unmarshal(name, &s) // a valid string
		return slices.Index(names, s)
	}
	for i, n := range names {
		if n == string(bare) {
			return i
		}
	}
	return -1
}
