package wire

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
type Value struct {
	Codec Codec
	Bytes []byte
}

// IsAbsent reports whether there is no value (a null is one).
func (v Value) IsAbsent() bool { return v.Bytes == nil }
