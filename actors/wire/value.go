package wire

import (
	"bytes"
	"encoding/json"

	"github.com/vmihailenco/msgpack/v5"
)

// Codec is one of the two encodings of the protocol. Both carry the same field names and types.
type Codec uint8

const (
	JSON    Codec = iota // text frames, subprotocol parley.v1.json
	Msgpack              // binary frames, subprotocol parley.v1.msgpack: maps with string keys
)

// String returns "json" or "msgpack".
func (c Codec) String() string {
	if c == Msgpack {
		return "msgpack"
	}
	return "json"
}

// Value is one value of any type, as the validated bytes of the codec it arrived in. The
// zero Value is an absent one; an explicit null is not absent. Bytes are immutable: they
// alias the frame that was decoded and are shared with every frame they are copied into.
//
// Decode makes Values of what clients send; ParseValue and NewValue make them of anything
// else. A Value put together by hand is not validated and may break the frames it is copied
// into.
type Value struct {
	Codec Codec
	Bytes []byte
}

// IsAbsent reports whether there is no value (a null is one).
func (v Value) IsAbsent() bool { return v.Bytes == nil }

// ParseValue validates b, which must hold exactly one value in codec c by the rules for a
// client's payload: valid UTF-8, at most MaxDepth-1 levels of nesting (the message around it
// is one), no msgpack ext, NaN or Inf, string keys only. The value aliases b. The error is an
// *Error.
func ParseValue(c Codec, b []byte) (Value, error) {
	if c == JSON {
		b = bytes.Trim(b, " \t\r\n")
	}
	if err := check(c, b, MaxDepth-1); err != nil {
		return Value{}, err
	}
	return Value{Codec: c, Bytes: b}, nil
}

// NewValue encodes a Go value in codec c. Struct fields are named by their json tags in both
// codecs. It fails where the encoding fails or is no valid payload (see ParseValue): a
// time.Time in msgpack, for one, is an ext.
func NewValue(c Codec, v any) (Value, error) {
	if c == JSON {
		b, err := json.Marshal(v)
		if err != nil {
			return Value{}, err
		}
		return ParseValue(c, b)
	}
	var buf bytes.Buffer
	enc := msgpack.NewEncoder(&buf)
	enc.SetCustomStructTag("json")
	enc.UseCompactInts(true)
	if err := enc.Encode(v); err != nil {
		return Value{}, err
	}
	return ParseValue(c, buf.Bytes())
}

// Unmarshal decodes the value into the Go value that into points to, by the rules of
// encoding/json or of msgpack with json tags; an absent value is decoded as null. The result
// does not alias the value.
func (v Value) Unmarshal(into any) error {
	if v.IsAbsent() {
		v = Value{Codec: JSON, Bytes: []byte("null")}
	}
	if v.Codec == JSON {
		return json.Unmarshal(v.Bytes, into)
	}
	// The decoder trusts the lengths that a message claims: nothing unchecked reaches it.
	if err := check(v.Codec, v.Bytes, maxDepthSent); err != nil {
		return err
	}
	dec := msgpack.NewDecoder(bytes.NewReader(v.Bytes))
	dec.SetCustomStructTag("json")
	return dec.Decode(into)
}
