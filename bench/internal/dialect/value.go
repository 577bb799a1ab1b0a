package dialect

import (
	"encoding/json"
	"strings"

	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/bench/internal/stamp"
)

// Value is the payload of an event: a stamp in a string of a JSON value.
type Value struct {
	before, after string     // JSON around the stamp, both within one string
	msgpack       *[2]string // the same in msgpack: made once, for a stamp is always as long
	Stamp         stamp.Stamp
}

// MinSize is the smallest size of a Text, in bytes.
const MinSize = stamp.Len + 2

// Text returns a string value of size bytes of JSON, quotes included, at least MinSize.
func Text(size int) Value {
	return Value{before: `"`, after: strings.Repeat("x", max(0, size-MinSize)) + `"`}.packed()
}

// Description returns an offer or an answer of size bytes of JSON, at least about 250.
func Description(typ string, size int) Value {
	v := Value{before: `{"type":"` + typ + `","sdp":"v=0\r\no=- `, after: ` 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n`}
	const line, end = `a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid\r\n`, `"}`
	room := size - len(v.before) - stamp.Len - len(v.after) - len(end)
	for ; room >= len(line); room -= len(line) {
		v.after += line
	}
	v.after += strings.Repeat("x", max(0, room)) + end
	return v.packed()
}

// Candidate returns an RTCIceCandidateInit of size bytes of JSON, at least about 150.
func Candidate(size int) Value {
	v := Value{before: `{"candidate":"candidate:`, after: ` 1 udp 2122260223 192.0.2.1 54321 typ host generation 0 `}
	const end = `","sdpMid":"0","sdpMLineIndex":0}`
	room := size - len(v.before) - stamp.Len - len(v.after) - len(end)
	v.after += strings.Repeat("x", max(0, room)) + end
	return v.packed()
}

// Size returns the length of the JSON, in bytes.
func (v Value) Size() int { return len(v.before) + stamp.Len + len(v.after) }

// AppendJSON appends the value.
func (v Value) AppendJSON(dst []byte) []byte {
	dst = append(dst, v.before...)
	dst = v.Stamp.Append(dst)
	return append(dst, v.after...)
}

// packed returns v with its msgpack.
func (v Value) packed() Value {
	var decoded any
	if err := json.Unmarshal(v.AppendJSON(nil), &decoded); err != nil {
		panic(err) // it was written here
	}
	w, err := wire.NewValue(wire.Msgpack, decoded)
	if err != nil {
		panic(err)
	}
	before, after, _ := strings.Cut(string(w.Bytes), string(v.Stamp.Append(nil)))
	v.msgpack = &[2]string{before, after}
	return v
}

// appendMsgpack appends the value.
func (v Value) appendMsgpack(dst []byte) []byte {
	dst = append(dst, v.msgpack[0]...)
	dst = v.Stamp.Append(dst)
	return append(dst, v.msgpack[1]...)
}

// quote returns s as a JSON string.
func quote(s string) string {
	b, _ := json.Marshal(s) // strings have no errors
	return string(b)
}
