package wire

import "github.com/vmihailenco/msgpack/v5/msgpcode"

// Append appends the value in codec c, transcoding where it arrived in the other one; an
// absent value is appended as null. It does not fail on a validated value; one that was put
// together by hand and cannot be transcoded is appended as null.
//
// From JSON to msgpack: a number written as an integer that fits 64 bits becomes the shortest
// integer, any other number a float64, and one beyond the range of float64 the largest one of
// its sign (JSON.parse would make it infinite, which no client may send); half a surrogate pair
// in an escape becomes U+FFFD.
//
// From msgpack to JSON: bin becomes a string in standard base64 with padding; a float becomes
// the shortest number that reads back as the same float64, so that an integral one looks like an
// integer.
func (v Value) Append(dst []byte, c Codec) []byte {
	if len(v.Bytes) == 0 {
		return appendNull(dst, c)
	}
	if v.Codec == c {
		return append(dst, v.Bytes...)
	}
	from := len(dst)
	end := 0
	if c == Msgpack {
		t := toMsgpack{b: v.Bytes, dst: dst}
		end = t.value(skipSpace(v.Bytes, 0), 1)
		dst = t.dst
	} else {
		t := toJSON{b: v.Bytes, dst: dst}
		end = t.value(0, 1)
		dst = t.dst
	}
	if end < 0 {
		return appendNull(dst[:from], c)
	}
	return dst
}

func appendNull(dst []byte, c Codec) []byte {
	if c == Msgpack {
		return append(dst, msgpcode.Nil)
	}
	return append(dst, "null"...)
}
