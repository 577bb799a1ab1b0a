package wire

import (
	"encoding/binary"

	"github.com/vmihailenco/msgpack/v5/msgpcode"
)

// kind is what a msgpack value is, whichever of its encodings was chosen.
type kind uint8

const (
	kindInvalid kind = iota // 0xc1, or a claim beyond the end of the input
	kindNil
	kindBool  // v: 0 or 1
	kindUint  // v: the number
	kindInt   // v: the number, two's complement
	kindFloat // v: IEEE 754, 32 of them where size is 4
	kindStr
	kindBin
	kindExt
	kindArray
	kindMap
)

// head is the first bytes of a msgpack value, read. It has no more fields than the compiler
// keeps in registers.
type head struct {
	kind kind
	size uint8 // bytes that the scalar or the length took
	next int   // index behind the head: the body's beginning, or the end of a scalar
	v    uint64
}

// n is the bytes of a str, bin or ext (its type included), the elements of an array, the
// pairs of a map.
func (h head) n() int { return int(h.v) }

// end is the index behind a str, bin or ext.
func (h head) end() int { return h.next + int(h.v) }

// headForm is how a value with a certain first byte goes on.
type headForm struct {
	kind kind
	size uint8 // bytes that follow as a scalar or as a length
	n    uint8 // the length where none follows; else what is to be added to it
}

var headForms = makeHeadForms()

func makeHeadForms() (f [256]headForm) {
	for c := range f {
		switch b := byte(c); {
		case b <= msgpcode.PosFixedNumHigh:
			f[b].kind = kindUint
		case b >= msgpcode.NegFixedNumLow:
			f[b].kind = kindInt
		case msgpcode.IsFixedMap(b):
			f[b] = headForm{kindMap, 0, b & msgpcode.FixedMapMask}
		case msgpcode.IsFixedArray(b):
			f[b] = headForm{kindArray, 0, b & msgpcode.FixedArrayMask}
		case msgpcode.IsFixedString(b):
			f[b] = headForm{kindStr, 0, b & msgpcode.FixedStrMask}
		}
	}
	f[msgpcode.Nil].kind = kindNil
	f[msgpcode.False].kind = kindBool
	f[msgpcode.True].kind = kindBool
	f[msgpcode.Float] = headForm{kindFloat, 4, 0}
	f[msgpcode.Double] = headForm{kindFloat, 8, 0}
	for i := range byte(4) { // sizes 1, 2, 4, 8 follow each other in the table of codes
		f[msgpcode.Uint8+i] = headForm{kindUint, 1 << i, 0}
		f[msgpcode.Int8+i] = headForm{kindInt, 1 << i, 0}
	}
	for i := range byte(3) {
		f[msgpcode.Str8+i] = headForm{kindStr, 1 << i, 0}
		f[msgpcode.Bin8+i] = headForm{kindBin, 1 << i, 0}
		f[msgpcode.Ext8+i] = headForm{kindExt, 1 << i, 1}
	}
	for i := range byte(5) {
		f[msgpcode.FixExt1+i] = headForm{kindExt, 0, 1<<i + 1}
	}
	for i := range byte(2) {
		f[msgpcode.Array16+i] = headForm{kindArray, 2 << i, 0}
		f[msgpcode.Map16+i] = headForm{kindMap, 2 << i, 0}
	}
	return f
}

// readHead reads the head of the value at i. A length that claims more than the bytes that
// are left could hold (a byte an element) makes it kindInvalid, so that whoever allocates by
// n allocates no more than the input is long.
func readHead(b []byte, i int) head {
	if i >= len(b) {
		return head{}
	}
	form := headForms[b[i]]
	next := i + 1 + int(form.size)
	if next > len(b) {
		return head{}
	}
	v := bigEndian(b[i:next])
	switch {
	case form.kind >= kindStr:
		if form.size == 0 {
			v = 0
		}
		v += uint64(form.n)
		need := v
		if form.kind == kindMap {
			need *= 2
		}
		if need > uint64(len(b)-next) {
			return head{}
		}
	case form.kind == kindInt:
		v = signExtend(v, form.size)
	case form.kind == kindBool:
		v &= 1
	}
	return head{form.kind, form.size, next, v}
}

// bigEndian reads what follows the first byte of b, or that byte where nothing follows.
func bigEndian(b []byte) uint64 {
	switch len(b) {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(b[1])
	case 3:
		return uint64(binary.BigEndian.Uint16(b[1:]))
	case 5:
		return uint64(binary.BigEndian.Uint32(b[1:]))
	}
	return binary.BigEndian.Uint64(b[1:])
}

func signExtend(v uint64, size uint8) uint64 {
	if size == 0 {
		size = 1
	}
	shift := 64 - 8*uint(size)
	return uint64(int64(v<<shift) >> shift)
}
