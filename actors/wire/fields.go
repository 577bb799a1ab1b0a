package wire

import (
	"bytes"
	"unicode/utf8"
)

// field is one of the names that a client's message may have at its top level.
type field uint8

const (
	noField field = iota
	fieldType
	fieldID
	fieldRoom
	fieldProfile
	fieldNonce
	fieldToken
	fieldPresence
	fieldResume
	fieldEvent
	fieldData
	fieldTo
	fieldMember
	fieldReason
	fieldLocked
	numFields
)

var fieldNames = [numFields]string{
	fieldType: "type", fieldID: "id", fieldRoom: "room", fieldProfile: "profile",
	fieldNonce: "nonce", fieldToken: "token", fieldPresence: "presence", fieldResume: "resume",
	fieldEvent: "event", fieldData: "data", fieldTo: "to", fieldMember: "member",
	fieldReason: "reason", fieldLocked: "locked",
}

// fieldOf finds a name. It is spelled out because the compiler makes a jump by length and
// bytes of it.
func fieldOf(name []byte) field {
	switch string(name) {
	case "type":
		return fieldType
	case "id":
		return fieldID
	case "room":
		return fieldRoom
	case "profile":
		return fieldProfile
	case "nonce":
		return fieldNonce
	case "token":
		return fieldToken
	case "presence":
		return fieldPresence
	case "resume":
		return fieldResume
	case "event":
		return fieldEvent
	case "data":
		return fieldData
	case "to":
		return fieldTo
	case "member":
		return fieldMember
	case "reason":
		return fieldReason
	case "locked":
		return fieldLocked
	}
	return noField
}

// fields is a client's message whose bytes have been validated and whose known fields have
// been found, but not yet understood. Of a name that comes twice the last one counts, as in
// JSON.parse.
type fields struct {
	c     Codec
	b     []byte
	at    [numFields]span
	fault string // what makes the message a bad_request whatever its fields say
}

// span is a part of the frame; to is 0 where there is none.
type span struct{ from, to uint32 }

// scan validates the frame and finds the fields. The error, which is no more than that the
// frame is not one map of codec c, is bad_frame.
func (f *fields) scan(c Codec, frame []byte) *Error {
	if len(frame) > MaxMessage {
		return badFrame("message: %d bytes, at most %d", len(frame), MaxMessage)
	}
	f.c, f.b = c, frame
	var end int
	if c == Msgpack {
		end = f.scanMsgpack()
	} else {
		if !utf8.Valid(frame) {
			return badFrame("JSON: not UTF-8")
		}
		end = f.scanJSON()
	}
	if end == notMap {
		return badFrame("%s: the message is not a map", c)
	}
	if end != len(frame) {
		return broken(c, frame, end)
	}
	return nil
}

// notMap is returned by the scans for a value that is no map: an index no frame has.
const notMap = -maxSize - 1

func (f *fields) scanJSON() int {
	b := f.b
	s := jsonScanner{b: b, limit: MaxDepth}
	i := skipSpace(b, 0)
	if i == len(b) || b[i] != '{' {
		return notMap
	}
	i = skipSpace(b, i+1)
	if i < len(b) && b[i] == '}' {
		return skipSpace(b, i+1)
	}
	for {
		name, from := s.name(i)
		if from < 0 {
			return from
		}
		if i = s.value(from, 2); i < 0 {
			return i
		}
		f.at[name] = span{uint32(from), uint32(i)}
		i = skipSpace(b, i)
		if i >= len(b) {
			return ^i
		}
		if b[i] == '}' {
			break
		}
		if b[i] != ',' {
			return ^i
		}
		i = skipSpace(b, i+1)
	}
	if s.deep {
		f.fault = faultDepth
	}
	return skipSpace(b, i+1)
}

// name reads the key at i of the message's own map and returns the index of its value.
func (s *jsonScanner) name(i int) (field, int) {
	if i >= len(s.b) || s.b[i] != '"' {
		return noField, ^i
	}
	end := skipString(s.b, i)
	if end < 0 {
		return noField, end
	}
	text := s.b[i+1 : end-1]
	name := fieldOf(text)
	if name == noField && bytes.IndexByte(text, '\\') >= 0 {
		name = fieldOf(appendUnescaped(nil, text))
	}
	return name, s.colon(end)
}

func (f *fields) scanMsgpack() int {
	b := f.b
	w := msgpackWalker{b: b, limit: MaxDepth}
	h := readHead(b, 0)
	if h.kind != kindMap && h.kind != kindInvalid {
		return notMap
	}
	if h.kind == kindInvalid {
		return ^0
	}
	i := h.next
	for range h.n() {
		name, from := w.name(i)
		if from < 0 {
			return from
		}
		if i = w.value(from, 2); i < 0 {
			return i
		}
		f.at[name] = span{uint32(from), uint32(i)}
	}
	f.fault = w.fault
	return i
}

// name reads the key at i of the message's own map and returns the index behind it. A known
// name needs no further check.
func (w *msgpackWalker) name(i int) (field, int) {
	if h := readHead(w.b, i); h.kind == kindStr {
		if name := fieldOf(w.b[h.next:h.end()]); name != noField {
			return name, h.end()
		}
	}
	return noField, w.key(i, 1)
}

// get returns a field's value; a null is absent, except where null is a value.
func (f *fields) get(name field) raw {
	at := f.at[name]
	if at.to == 0 {
		return raw{}
	}
	r := raw{f.c, f.b[at.from:at.to:at.to]}
	if r.null() && name != fieldData && name != fieldProfile {
		return raw{}
	}
	return r
}
