package swoole

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

// fields are a message's, as far as the dialect knows them; each aliases the message.
type fields struct{ cmd, subject, event, data field }

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

// scan checks that message, which is UTF-8, is one JSON object and nothing besides, and finds
// the fields. Of a name that comes twice the last one counts, as in JSON.parse.
func (f *fields) scan(message []byte) bool {
	s := scanners.Get().(*scanner)
	s.reset(message)
	ok := f.object(s.dec, message)
	s.reset(nil) // keeps no message alive
	scanners.Put(s)
	return ok
}

func (s *scanner) reset(message []byte) {
	s.buf = *bytes.NewBuffer(message)
	// Half a surrogate pair in an escape passes, as in browsers: it is the receiver's affair.
	s.dec.Reset(&s.buf, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

func (f *fields) object(dec *jsontext.Decoder, message []byte) bool {
	if open, err := dec.ReadToken(); err != nil || open.Kind() != '{' {
		return false
	}
	for dec.PeekKind() == '"' {
		name, err := dec.ReadValue()
		if err != nil {
			return false
		}
		to := f.named(name)
		val, err := dec.ReadValue()
		if err != nil {
			return false
		}
		if to != nil {
			end := int(dec.InputOffset())
			*to = message[end-len(val) : end : end]
		}
	}
	if shut, err := dec.ReadToken(); err != nil || shut.Kind() != '}' {
		return false
	}
	_, err := dec.ReadToken()
	return errors.Is(err, io.EOF)
}

// named finds the field of that name, a JSON string; nil where the dialect knows none.
func (f *fields) named(name []byte) *field {
	name = name[1 : len(name)-1]
	if bytes.IndexByte(name, '\\') >= 0 {
		var s string
		_ = json.Unmarshal(append(append([]byte{'"'}, name...), '"'), &s)
		name = []byte(s)
	}
	switch string(name) {
	case "cmd":
		return &f.cmd
	case "subject":
		return &f.subject
	case "event":
		return &f.event
	case "data":
		return &f.data
	}
	return nil
}
