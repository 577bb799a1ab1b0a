package wire

import (
	"math"
	"strconv"
)

// raw is one value inside a validated frame, of which it is a part. The zero raw is an
// absent one.
type raw struct {
	c Codec
	b []byte
}

func (r raw) absent() bool { return r.b == nil }

func (r raw) null() bool {
	if r.c == Msgpack {
		return headForms[r.b[0]].kind == kindNil
	}
	return r.b[0] == 'n'
}

// str returns the string that r is, aliasing the frame where it can.
func (r raw) str() (string, bool) {
	if r.c == JSON {
		if r.b[0] != '"' {
			return "", false
		}
		return jsonString(r.b), true
	}
	h := readHead(r.b, 0)
	if h.kind != kindStr {
		return "", false
	}
	return alias(r.b[h.next:h.end()]), true
}

func (r raw) boolean() (v, ok bool) {
	if r.c == JSON {
		return r.b[0] == 't', r.b[0] == 't' || r.b[0] == 'f'
	}
	h := readHead(r.b, 0)
	return h.v != 0, h.kind == kindBool
}

// integer returns the number that r is, if it is an integer from 0 to MaxInt: by value, as
// JavaScript sees it, so that 1.0 and 1e3 are integers too.
func (r raw) integer() (uint64, bool) {
	if r.c == JSON {
		return jsonInteger(r.b)
	}
	switch h := readHead(r.b, 0); h.kind {
	case kindUint:
		return h.v, h.v <= MaxInt
	case kindInt:
		return h.v, int64(h.v) >= 0 && h.v <= MaxInt
	case kindFloat:
		return floatInteger(h.float())
	}
	return 0, false
}

func jsonInteger(b []byte) (uint64, bool) {
	if len(b) <= 16 { // no more digits than MaxInt has
		var v uint64
		for _, c := range b {
			if c -= '0'; c > 9 {
				v = math.MaxUint64
				break
			}
			v = v*10 + uint64(c)
		}
		if v <= MaxInt {
			return v, true
		}
	}
	if c := b[0]; c != '-' && c-'0' > 9 {
		return 0, false
	}
	f, err := strconv.ParseFloat(alias(b), 64)
	if err != nil {
		return 0, false
	}
	return floatInteger(f)
}

func floatInteger(f float64) (uint64, bool) {
	if !(f >= 0 && f <= MaxInt) || f != math.Trunc(f) {
		return 0, false
	}
	return uint64(f), true
}

func (r raw) isString() bool { return r.begins('"', kindStr) }
func (r raw) list() bool     { return r.begins('[', kindArray) }
func (r raw) dict() bool     { return r.begins('{', kindMap) }

func (r raw) begins(first byte, k kind) bool {
	if r.c == JSON {
		return r.b[0] == first
	}
	return headForms[r.b[0]].kind == k
}

// elements returns a cursor before the first element of the list, or the first pair of the
// map, that r is.
func (r raw) elements() cursor {
	if r.c == JSON {
		return cursor{c: JSON, b: r.b, pos: 1, pairs: r.b[0] == '{'}
	}
	h := readHead(r.b, 0)
	return cursor{c: Msgpack, b: r.b, pos: h.next, left: h.n(), pairs: h.kind == kindMap}
}

// cursor goes through a validated list or map.
type cursor struct {
	c        Codec
	b        []byte
	pos      int
	left     int  // msgpack: what is still to come
	pairs    bool // a map
	key, val raw  // set by next
}

// next moves to the next element or pair and reports whether there was one.
func (c *cursor) next() bool {
	if c.c == Msgpack {
		return c.nextMsgpack()
	}
	c.pos = skipSpace(c.b, c.pos)
	if c.b[c.pos] == ',' {
		c.pos = skipSpace(c.b, c.pos+1)
	}
	if c.b[c.pos] == ']' || c.b[c.pos] == '}' {
		return false
	}
	if c.pairs {
		c.key = raw{JSON, c.b[c.pos:skipString(c.b, c.pos)]}
		s := jsonScanner{b: c.b}
		c.pos = s.key(c.pos)
	}
	s := jsonScanner{b: c.b, limit: maxDepthSent}
	end := s.value(c.pos, 1)
	c.val = raw{JSON, c.b[c.pos:end:end]}
	c.pos = end
	return true
}

func (c *cursor) nextMsgpack() bool {
	if c.left == 0 {
		return false
	}
	c.left--
	if c.pairs {
		c.key = c.takeMsgpack()
	}
	c.val = c.takeMsgpack()
	return true
}

func (c *cursor) takeMsgpack() raw {
	w := msgpackWalker{b: c.b, limit: maxDepthSent}
	end := w.value(c.pos, 1)
	r := raw{Msgpack, c.b[c.pos:end:end]}
	c.pos = end
	return r
}
