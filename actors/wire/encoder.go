package wire

import (
	"strconv"
	"time"
)

// encoder appends one message in one codec. A message is written once, as calls of its
// methods, and comes out in both codecs with the same fields in the same order. Nothing is
// allocated but what dst grows by.
type encoder struct {
	c   Codec
	dst []byte
}

// begin opens a map of n fields. JSON does not look at n; msgpack writes it, so n fields
// must follow.
func (e *encoder) begin(n int) {
	if e.c == Msgpack {
		e.dst = appendMapHead(e.dst, n)
		return
	}
	e.dst = append(e.dst, '{')
}

func (e *encoder) end() {
	if e.c == JSON {
		e.dst = append(e.dst, '}')
	}
}

// name begins a field. It must need no escapes and have at most 31 bytes.
func (e *encoder) name(name string) {
	if e.c == Msgpack {
		e.dst = appendStrHead(e.dst, len(name))
		e.dst = append(e.dst, name...)
		return
	}
	if e.dst[len(e.dst)-1] != '{' {
		e.dst = append(e.dst, ',')
	}
	e.dst = append(e.dst, '"')
	e.dst = append(e.dst, name...)
	e.dst = append(e.dst, '"', ':')
}

func (e *encoder) text(name, v string) {
	e.name(name)
	e.str(v)
}

func (e *encoder) str(v string) {
	if e.c == Msgpack {
		e.dst = appendMsgpackString(e.dst, v)
		return
	}
	e.dst = appendJSONString(e.dst, v)
}

func (e *encoder) uint(name string, v uint64) {
	e.name(name)
	if e.c == Msgpack {
		e.dst = appendUint(e.dst, v)
		return
	}
	e.dst = strconv.AppendUint(e.dst, v, 10)
}

func (e *encoder) boolean(name string, v bool) {
	e.name(name)
	switch {
	case e.c == Msgpack:
		e.dst = appendMsgpackBool(e.dst, v)
	case v:
		e.dst = append(e.dst, "true"...)
	default:
		e.dst = append(e.dst, "false"...)
	}
}

// value writes an absent value as null.
func (e *encoder) value(name string, v Value) {
	e.name(name)
	e.dst = v.Append(e.dst, e.c)
}

// list opens a list of n elements, each of which begins with a call of element.
func (e *encoder) list(name string, n int) {
	e.name(name)
	if e.c == Msgpack {
		e.dst = appendArrayHead(e.dst, n)
		return
	}
	e.dst = append(e.dst, '[')
}

// element begins the i-th element, counted from 0.
func (e *encoder) element(i int) {
	if e.c == JSON && i > 0 {
		e.dst = append(e.dst, ',')
	}
}

func (e *encoder) endList() {
	if e.c == JSON {
		e.dst = append(e.dst, ']')
	}
}

func (e *encoder) texts(name string, v []string) {
	e.list(name, len(v))
	for i, s := range v {
		e.element(i)
		e.str(s)
	}
	e.endList()
}

// seconds writes whole seconds, rounded up: a time that is not zero is not told as 0.
func (e *encoder) seconds(name string, d time.Duration) { e.duration(name, d, time.Second) }

// millis writes whole milliseconds, rounded up.
func (e *encoder) millis(name string, d time.Duration) { e.duration(name, d, time.Millisecond) }

func (e *encoder) duration(name string, d, unit time.Duration) {
	n := max(0, d/unit)
	if d > 0 && d%unit != 0 {
		n++
	}
	e.uint(name, uint64(n))
}

// count is how many of the conditions hold: of the fields that a message may leave out.
func count(conditions ...bool) (n int) {
	for _, c := range conditions {
		if c {
			n++
		}
	}
	return n
}
