package wire

import (
	"math"
	"unicode/utf8"
)

// msgpackWalker validates msgpack without building anything. Its functions return the index
// behind what begins at i, or the complement of the index at which the bytes are no msgpack,
// as the JSON scanner does.
type msgpackWalker struct {
	b     []byte
	limit int // levels of nesting that are allowed
	// fault is the first thing found that is msgpack but not allowed in the protocol.
	fault string
}

const (
	faultDepth = "nesting: too many levels of maps and lists"
	faultExt   = "msgpack: an ext value is not supported"
	faultFloat = "number: NaN and infinities are not supported"
	faultKey   = "msgpack: a map's key is not a string"
	faultUTF8  = "msgpack: a string is not UTF-8"
)

func (w *msgpackWalker) refuse(fault string) {
	if w.fault == "" {
		w.fault = fault
	}
}

// value skips the value at i. A map or list that begins there is on level depth.
func (w *msgpackWalker) value(i, depth int) int {
	h := readHead(w.b, i)
	switch h.kind {
	case kindInvalid:
		return ^i
	case kindStr:
		end := h.end()
		if !utf8.Valid(w.b[h.next:end]) {
			w.refuse(faultUTF8)
		}
		return end
	case kindBin:
		return h.end()
	case kindExt:
		w.refuse(faultExt)
		return h.end()
	case kindFloat:
		if f := h.float(); math.IsNaN(f) || math.IsInf(f, 0) {
			w.refuse(faultFloat)
		}
	case kindArray, kindMap:
		if depth > w.limit {
			w.refuse(faultDepth)
			return skipDeepMsgpack(w.b, i)
		}
		if h.kind == kindMap {
			return w.pairs(h, depth)
		}
		return w.elements(h, depth)
	}
	return h.next
}

func (w *msgpackWalker) elements(h head, depth int) int {
	i := h.next
	for range h.n() {
		if i = w.value(i, depth+1); i < 0 {
			return i
		}
	}
	return i
}

func (w *msgpackWalker) pairs(h head, depth int) int {
	i := h.next
	for range h.n() {
		if i = w.key(i, depth); i < 0 {
			return i
		}
		if i = w.value(i, depth+1); i < 0 {
			return i
		}
	}
	return i
}

// key skips the key at i of a map on level depth.
func (w *msgpackWalker) key(i, depth int) int {
	if i < len(w.b) && headForms[w.b[i]].kind != kindStr {
		w.refuse(faultKey)
	}
	return w.value(i, depth+1)
}

// float returns the number of a kindFloat.
func (h head) float() float64 {
	if h.size == 4 {
		return float64(math.Float32frombits(uint32(h.v)))
	}
	return math.Float64frombits(h.v)
}

// skipDeepMsgpack skips the value at i, however deep it nests, without recursion: see
// skipDeepJSON.
func skipDeepMsgpack(b []byte, i int) int {
	for pending := 1; pending > 0; pending-- {
		h := readHead(b, i)
		switch h.kind {
		case kindInvalid:
			return ^i
		case kindStr, kindBin, kindExt:
			h.next = h.end()
		case kindArray:
			pending += h.n()
		case kindMap:
			pending += 2 * h.n()
		}
		if i = h.next; pending-1 > len(b)-i {
			return ^i // more values are promised than bytes are left
		}
	}
	return i
}
