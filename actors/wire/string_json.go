package wire

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// alias returns b as a string without a copy: b must not change while the string lives.
func alias(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// jsonString returns the string whose JSON text, quotes included, is b. Without escapes it
// aliases b; with them it is a copy.
func jsonString(b []byte) string {
	b = b[1 : len(b)-1]
	if bytes.IndexByte(b, '\\') < 0 {
		return alias(b)
	}
	return alias(appendUnescaped(make([]byte, 0, len(b)), b))
}

// appendUnescaped appends the text of a valid JSON string, quotes left off, with its escapes
// decoded. Half a surrogate pair becomes U+FFFD, as a string in Go and in msgpack is UTF-8.
func appendUnescaped(dst, b []byte) []byte {
	for {
		i := bytes.IndexByte(b, '\\')
		if i < 0 || i+1 >= len(b) {
			return append(dst, b...)
		}
		dst = append(dst, b[:i]...)
		b = b[i:]
		if b[1] != 'u' {
			dst = append(dst, unescapes[b[1]])
			b = b[2:]
			continue
		}
		r, n := unescapeRune(b)
		dst = utf8.AppendRune(dst, r)
		b = b[n:]
	}
}

// unescapes holds the byte that a two-character escape stands for.
var unescapes = [256]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

// unescapeRune reads the \u escape, or the surrogate pair of two, that b begins with, and
// returns how many bytes it is.
func unescapeRune(b []byte) (rune, int) {
	if len(b) < 6 {
		return utf8.RuneError, len(b)
	}
	r := hex4(b[2:])
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if len(b) >= 12 && b[6] == '\\' && b[7] == 'u' {
		if pair := utf16.DecodeRune(r, hex4(b[8:])); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return utf8.RuneError, 6
}
