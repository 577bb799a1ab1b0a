package wire

import (
	"encoding/binary"
	"math/bits"
)

// The scanner checks JSON (RFC 8259) without building anything. Its functions take the text
// and the index where something begins, and return the index behind it, or, where the text is
// no JSON, the complement (^) of the index at which it goes wrong: a negative number.
//
// UTF-8 is checked once over the whole text by the callers (utf8.Valid): outside of strings
// the grammar is ASCII, so what is left to the scanner is the same for every byte above 0x7f.

// jsonScanner validates values down to a depth.
type jsonScanner struct {
	b     []byte
	limit int  // levels of nesting that are allowed
	deep  bool // more were found; the text may still be JSON
}

// value skips the value at i. A map or list that begins there is on level depth.
func (s *jsonScanner) value(i, depth int) int {
	if i >= len(s.b) {
		return ^i
	}
	switch s.b[i] {
	case '"':
		return skipString(s.b, i)
	case '{', '[':
		if depth > s.limit {
			s.deep = true
			return skipDeepJSON(s.b, i)
		}
		if s.b[i] == '{' {
			return s.object(i, depth)
		}
		return s.array(i, depth)
	case 't':
		return skipWord(s.b, i, "true")
	case 'f':
		return skipWord(s.b, i, "false")
	case 'n':
		return skipWord(s.b, i, "null")
	}
	return skipNumber(s.b, i)
}

func (s *jsonScanner) object(i, depth int) int {
	i = skipSpace(s.b, i+1)
	if i < len(s.b) && s.b[i] == '}' {
		return i + 1
	}
	for {
		if i = s.key(i); i < 0 {
			return i
		}
		if i = s.value(i, depth+1); i < 0 {
			return i
		}
		i = skipSpace(s.b, i)
		if i >= len(s.b) {
			return ^i
		}
		if s.b[i] == '}' {
			return i + 1
		}
		if s.b[i] != ',' {
			return ^i
		}
		i = skipSpace(s.b, i+1)
	}
}

// key skips a key, its colon and the space before the value.
func (s *jsonScanner) key(i int) int {
	if i >= len(s.b) || s.b[i] != '"' {
		return ^i
	}
	if i = skipString(s.b, i); i < 0 {
		return i
	}
	return s.colon(i)
}

// colon skips the colon after a key and the space around it.
func (s *jsonScanner) colon(i int) int {
	i = skipSpace(s.b, i)
	if i >= len(s.b) || s.b[i] != ':' {
		return ^i
	}
	return skipSpace(s.b, i+1)
}

func (s *jsonScanner) array(i, depth int) int {
	i = skipSpace(s.b, i+1)
	if i < len(s.b) && s.b[i] == ']' {
		return i + 1
	}
	for {
		if i = s.value(i, depth+1); i < 0 {
			return i
		}
		i = skipSpace(s.b, i)
		if i >= len(s.b) {
			return ^i
		}
		if s.b[i] == ']' {
			return i + 1
		}
		if s.b[i] != ',' {
			return ^i
		}
		i = skipSpace(s.b, i+1)
	}
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && b[i] <= ' ' && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

func skipWord(b []byte, i int, word string) int {
	if len(b)-i < len(word) || string(b[i:i+len(word)]) != word {
		return ^i
	}
	return i + len(word)
}

func skipNumber(b []byte, i int) int {
	if i < len(b) && b[i] == '-' {
		i++
	}
	if i < len(b) && b[i] == '0' {
		i++
	} else if i = skipDigits(b, i); i < 0 {
		return i
	}
	if i < len(b) && b[i] == '.' {
		if i = skipDigits(b, i+1); i < 0 {
			return i
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		return skipDigits(b, i)
	}
	return i
}

// skipDigits skips one digit or more.
func skipDigits(b []byte, i int) int {
	from := i
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	if i == from {
		return ^i
	}
	return i
}

// skipString skips the string whose opening quote is at i, eight bytes at a time.
func skipString(b []byte, i int) int {
	i++
	for {
		for i+8 <= len(b) {
			if m := special(binary.LittleEndian.Uint64(b[i:])); m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				break
			}
			i += 8
		}
		if i >= len(b) {
			return ^i
		}
		switch c := b[i]; {
		case c == '"':
			return i + 1
		case c == '\\':
			if i = skipEscape(b, i); i < 0 {
				return i
			}
		case c < ' ':
			return ^i
		default:
			i++ // one of the last seven bytes
		}
	}
}

// special sets the top bit of the first byte of w that is a quote, a backslash or below 0x20;
// bits above that one mean nothing (a borrow may have set them).
func special(w uint64) uint64 {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	quote, slash := w^(ones*'"'), w^(ones*'\\')
	return ((quote-ones)&^quote | (slash-ones)&^slash | (w-ones*' ')&^w) & tops
}

// skipEscape skips the escape whose backslash is at i.
func skipEscape(b []byte, i int) int {
	if i+1 >= len(b) {
		return ^len(b)
	}
	switch b[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
		if i+6 <= len(b) && hex4(b[i+2:i+6]) >= 0 {
			return i + 6
		}
	}
	return ^i
}

// hex4 reads four hexadecimal digits; it returns -1 where they are none.
func hex4(b []byte) rune {
	var r rune
	for _, c := range b[:4] {
		switch {
		case c-'0' <= 9:
			r = r<<4 | rune(c-'0')
		case (c|0x20)-'a' <= 5:
			r = r<<4 | rune((c|0x20)-'a'+10)
		default:
			return -1
		}
	}
	return r
}
