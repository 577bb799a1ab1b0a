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
	kindBool  // bits: 0 or 1
	kindUint  // bits: the number
	kindInt   // bits: the number, two's complement
	kindFloat // bits: IEEE 754, 32 of them where size is 4
	kindStr
	kindBin
	kindExt
	kindArray
	kindMap
)

// head is the first bytes of a msgpack value, read.
type head struct {
	kind kind
	size uint8  // bytes that the scalar or the length took
	n    int    // bytes of a str, bin or ext (its type included), elements of an array, pairs of a map
	next int    // index behind the head: the body's beginning, or the end of a scalar
	bits uint64 // of a scalar
}

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
	h := head{kind: form.kind, size: form.size, next: i + 1 + int(form.size)}
	if h.next > len(b) {
		return head{}
	}
	switch form.size {
	case 0:
		h.bits = uint64(b[i])
	case 1:
		h.bits = uint64(b[i+1])
	case 2:
		h.bits = uint64(binary.BigEndian.Uint16(b[i+1:]))
	case 4:
		h.bits = uint64(binary.BigEndian.Uint32(b[i+1:]))
	case 8:
		h.bits = binary.BigEndian.Uint64(b[i+1:])
	}
	switch form.kind {
	case kindBool:
		h.bits &= 1
	case kindInt:
		h.bits = signExtend(h.bits, form.size)
	case kindStr, kindBin, kindExt, kindArray, kindMap:
		h.setLength(form, len(b))
	}
	return h
}

// setLength takes the length out of bits and checks it against an input of end bytes.
func (h *head) setLength(form headForm, end int) {
	n := uint64(form.n)
	if form.size > 0 {
		n += h.bits
	}
	need := n
	if h.kind == kindMap {
		need *= 2
	}
	if need > uint64(end-h.next) {
		*h = head{}
		return
	}
	h.n, h.bits = int(n), 0
}

func signExtend(v uint64, size uint8) uint64 {
	if size == 0 {
		size = 1
	}
	shift := 64 - 8*uint(size)
	return uint64(int64(v<<shift) >> shift)
}
