package wire

import (
	"encoding/binary"
	"math"
	"unicode/utf8"

	"github.com/vmihailenco/msgpack/v5/msgpcode"
)

// Every head and number is appended in its shortest form.

func appendMapHead(dst []byte, n int) []byte {
	if n <= int(msgpcode.FixedMapMask) {
		return append(dst, msgpcode.FixedMapLow|byte(n))
	}
	return appendLength(dst, msgpcode.Map16, msgpcode.Map32, n)
}

func appendArrayHead(dst []byte, n int) []byte {
	if n <= int(msgpcode.FixedArrayMask) {
		return append(dst, msgpcode.FixedArrayLow|byte(n))
	}
	return appendLength(dst, msgpcode.Array16, msgpcode.Array32, n)
}

func appendStrHead(dst []byte, n int) []byte {
	switch {
	case n <= int(msgpcode.FixedStrMask):
		return append(dst, msgpcode.FixedStrLow|byte(n))
	case n <= math.MaxUint8:
		return append(dst, msgpcode.Str8, byte(n))
	}
	return appendLength(dst, msgpcode.Str16, msgpcode.Str32, n)
}

func appendLength(dst []byte, code16, code32 byte, n int) []byte {
	if n <= math.MaxUint16 {
		return binary.BigEndian.AppendUint16(append(dst, code16), uint16(n))
	}
	return binary.BigEndian.AppendUint32(append(dst, code32), uint32(n))
}

// appendMsgpackString appends s. Each byte that is not UTF-8 becomes U+FFFD, as in JSON.
func appendMsgpackString(dst []byte, s string) []byte {
	if !utf8.ValidString(s) {
		s = string([]rune(s))
	}
	return append(appendStrHead(dst, len(s)), s...)
}

func appendMsgpackBool(dst []byte, v bool) []byte {
	if v {
		return append(dst, msgpcode.True)
	}
	return append(dst, msgpcode.False)
}

func appendUint(dst []byte, v uint64) []byte {
	switch {
	case v <= uint64(msgpcode.PosFixedNumHigh):
		return append(dst, byte(v))
	case v <= math.MaxUint8:
		return append(dst, msgpcode.Uint8, byte(v))
	case v <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(dst, msgpcode.Uint16), uint16(v))
	case v <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(dst, msgpcode.Uint32), uint32(v))
	}
	return binary.BigEndian.AppendUint64(append(dst, msgpcode.Uint64), v)
}

func appendInt(dst []byte, v int64) []byte {
	switch {
	case v >= 0:
		return appendUint(dst, uint64(v))
	case v >= int64(int8(msgpcode.NegFixedNumLow)):
		return append(dst, byte(v))
	case v >= math.MinInt8:
		return append(dst, msgpcode.Int8, byte(v))
	case v >= math.MinInt16:
		return binary.BigEndian.AppendUint16(append(dst, msgpcode.Int16), uint16(v))
	case v >= math.MinInt32:
		return binary.BigEndian.AppendUint32(append(dst, msgpcode.Int32), uint32(v))
	}
	return binary.BigEndian.AppendUint64(append(dst, msgpcode.Int64), uint64(v))
}

func appendMsgpackFloat(dst []byte, f float64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, msgpcode.Double), math.Float64bits(f))
}
