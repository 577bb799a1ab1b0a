package wire

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/vmihailenco/msgpack/v5/msgpcode"
)

// toMsgpack appends JSON text as msgpack. Its methods take and return indices of b as the
// scanner's do.
type toMsgpack struct {
	b, dst []byte
}

func (t *toMsgpack) value(i, depth int) int {
	if i >= len(t.b) || depth > maxDepthSent {
		return ^i
	}
	switch t.b[i] {
	case '"':
		return t.str(i)
	case '{':
		return t.container(i, depth, '}')
	case '[':
		return t.container(i, depth, ']')
	case 't':
		t.dst = append(t.dst, msgpcode.True)
		return skipWord(t.b, i, "true")
	case 'f':
		t.dst = append(t.dst, msgpcode.False)
		return skipWord(t.b, i, "false")
	case 'n':
		t.dst = append(t.dst, msgpcode.Nil)
		return skipWord(t.b, i, "null")
	}
	return t.number(i)
}

// container appends the map or list at i, which ends with the bracket last. Its length is
// known only then, so its head, of one byte at first, is widened afterwards where that is too
// little.
func (t *toMsgpack) container(i, depth int, last byte) int {
	head := len(t.dst)
	t.dst = append(t.dst, 0)
	n := 0
	for i = skipSpace(t.b, i+1); i < len(t.b) && t.b[i] != last; n++ {
		if n > 0 {
			if t.b[i] != ',' {
				return ^i
			}
			i = skipSpace(t.b, i+1)
		}
		if last == '}' {
			if i = t.key(i); i < 0 {
				return i
			}
		}
		if i = t.value(i, depth+1); i < 0 {
			return i
		}
		i = skipSpace(t.b, i)
	}
	if i >= len(t.b) {
		return ^i
	}
	var buf [5]byte
	if last == '}' {
		t.setHead(head, appendMapHead(buf[:0], n))
	} else {
		t.setHead(head, appendArrayHead(buf[:0], n))
	}
	return i + 1
}

// key appends a key and skips what stands between it and its value.
func (t *toMsgpack) key(i int) int {
	if i >= len(t.b) || t.b[i] != '"' {
		return ^i
	}
	if i = t.str(i); i < 0 {
		return i
	}
	i = skipSpace(t.b, i)
	if i >= len(t.b) || t.b[i] != ':' {
		return ^i
	}
	return skipSpace(t.b, i+1)
}

// setHead puts a head in the place of the one byte that was kept free for it.
func (t *toMsgpack) setHead(at int, head []byte) {
	if len(head) > 1 {
		t.dst = slices.Insert(t.dst, at, head[1:]...)
	}
	copy(t.dst[at:], head)
}

func (t *toMsgpack) str(i int) int {
	end := skipString(t.b, i)
	if end < 0 {
		return end
	}
	text := t.b[i+1 : end-1]
	if bytes.IndexByte(text, '\\') < 0 {
		t.dst = append(appendStrHead(t.dst, len(text)), text...)
		return end
	}
	head := len(t.dst)
	t.dst = appendUnescaped(append(t.dst, 0), text)
	var buf [5]byte
	t.setHead(head, appendStrHead(buf[:0], len(t.dst)-head-1))
	return end
}

func (t *toMsgpack) number(i int) int {
	end := skipNumber(t.b, i)
	if end < 0 {
		return end
	}
	t.dst = appendNumber(t.dst, alias(t.b[i:end]))
	return end
}

// appendNumber appends a JSON number. The integer -0 is a float, which alone has that sign.
func appendNumber(dst []byte, s string) []byte {
	digits := strings.TrimPrefix(s, "-")
	if len(digits) <= maxDigits && strings.IndexFunc(digits, notDigit) < 0 {
		if s[0] != '-' {
			if v, err := strconv.ParseUint(s, 10, 64); err == nil {
				return appendUint(dst, v)
			}
		} else if v, err := strconv.ParseInt(s, 10, 64); err == nil && v != 0 {
			return appendInt(dst, v)
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil { // out of range: f is infinite
		f = math.Copysign(math.MaxFloat64, f)
	}
	return appendMsgpackFloat(dst, f)
}

const maxDigits = len("18446744073709551615")

func notDigit(r rune) bool { return r < '0' || r > '9' }
