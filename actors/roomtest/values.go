package roomtest

import (
	"strings"

	"github.com/parley-signaling/parley/actors/wire"
)

// texts are strings that are easily mangled on the way from one codec to another.
var texts = []string{"", "hello", "é", "\"quoted\"", "back\\slash", "line\nbreak\ttab", "\x00\x01\x1f\x7f",
	"\u2028\u2029", "😀 𝄞", "</script>&<>", strings.Repeat("long", 30)}

// value is any value that both codecs can carry.
func (d *Driver) value(s *seat, depth int) any {
	switch n := d.rng.IntN(11); {
	case n == 0:
		return nil
	case n == 1:
		return d.chance(50)
	case n == 2:
		return int64(d.rng.Uint64()>>11) * int64(1-2*d.rng.IntN(2))
	case n == 3:
		return int64(d.rng.IntN(300) - 150)
	case n == 4:
		return float64(d.rng.IntN(1000)) + 0.5
	case n == 5 && s.conn != nil && s.conn.codec == wire.Msgpack:
		return []byte(d.text(d.rng.IntN(20)))
	case n < 8 || depth == 0:
		return texts[d.rng.IntN(len(texts))]
	case n == 8:
		list := []any{}
		for range d.rng.IntN(4) {
			list = append(list, d.value(s, depth-1))
		}
		return list
	default:
		m := map[string]any{}
		for range d.rng.IntN(4) {
			m[texts[d.rng.IntN(len(texts))]] = d.value(s, depth-1)
		}
		return m
	}
}

func (d *Driver) text(n int) string {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	b := make([]byte, n)
	for i := range b {
		b[i] = letters[d.rng.IntN(len(letters))]
	}
	return string(b)
}

// event is an event's name, 1 to 64 bytes.
func (d *Driver) event() string {
	names := []string{"offer", "answer", "candidate", "chat", "x", "é😀", strings.Repeat("e", 64), "a \"b\""}
	return names[d.rng.IntN(len(names))]
}
