package wire

import (
	"encoding/base64"
	"math"
	"strconv"
)

// toJSON appends msgpack as JSON text. Its methods take and return indices of b as the
// walker's do.
type toJSON struct {
	b, dst []byte
}

func (t *toJSON) value(i, depth int) int {
	h := readHead(t.b, i)
	switch h.kind {
	case kindNil:
		t.dst = append(t.dst, "null"...)
	case kindBool:
		t.dst = strconv.AppendBool(t.dst, h.v != 0)
	case kindUint:
		t.dst = strconv.AppendUint(t.dst, h.v, 10)
	case kindInt:
		t.dst = strconv.AppendInt(t.dst, int64(h.v), 10)
	case kindFloat:
		f := h.float()
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return ^i
		}
		t.dst = appendJSONFloat(t.dst, f)
	case kindStr:
		t.dst = appendJSONString(t.dst, alias(t.b[h.next:h.end()]))
		return h.end()
	case kindBin:
		t.bin(t.b[h.next:h.end()])
		return h.end()
	case kindArray, kindMap:
		if depth > maxDepthSent {
			return ^i
		}
		if h.kind == kindMap {
			return t.pairs(h, depth)
		}
		return t.elements(h, depth)
	default:
		return ^i
	}
	return h.next
}

func (t *toJSON) bin(b []byte) {
	t.dst = append(t.dst, '"')
	t.dst = base64.StdEncoding.AppendEncode(t.dst, b)
	t.dst = append(t.dst, '"')
}

func (t *toJSON) elements(h head, depth int) int {
	t.dst = append(t.dst, '[')
	i := h.next
	for n := range h.n() {
		if n > 0 {
			t.dst = append(t.dst, ',')
		}
		if i = t.value(i, depth+1); i < 0 {
			return i
		}
	}
	t.dst = append(t.dst, ']')
	return i
}

func (t *toJSON) pairs(h head, depth int) int {
	t.dst = append(t.dst, '{')
	i := h.next
	for n := range h.n() {
		if n > 0 {
			t.dst = append(t.dst, ',')
		}
		if i >= len(t.b) || headForms[t.b[i]].kind != kindStr {
			return ^i
		}
		if i = t.value(i, depth+1); i < 0 {
			return i
		}
		t.dst = append(t.dst, ':')
		if i = t.value(i, depth+1); i < 0 {
			return i
		}
	}
	t.dst = append(t.dst, '}')
	return i
}
