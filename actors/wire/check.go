package wire

import (
	"fmt"
	"unicode/utf8"
)

// maxDepthSent is how deep a message of the server may nest: a profile of the greatest depth
// lies two levels deeper in a roster than it did in the join that brought it.
const maxDepthSent = MaxDepth + 2

// check validates b as exactly one value of codec c that nests at most limit levels.
func check(c Codec, b []byte, limit int) error {
	if len(b) > maxSize {
		return badFrame("%d bytes, at most %d", len(b), maxSize)
	}
	if c == Msgpack {
		w := msgpackWalker{b: b, limit: limit}
		if end := w.value(0, 1); end != len(b) {
			return broken(c, b, end)
		}
		if w.fault != "" {
			return badRequest("%s", w.fault)
		}
		return nil
	}
	if !utf8.Valid(b) {
		return badFrame("JSON: not UTF-8")
	}
	s := jsonScanner{b: b, limit: limit}
	end := s.value(skipSpace(b, 0), 1)
	if end >= 0 {
		end = skipSpace(b, end)
	}
	if end != len(b) {
		return broken(c, b, end)
	}
	if s.deep {
		return badRequest(faultDepth)
	}
	return nil
}

// maxSize bounds everything that is decoded, so that indices fit 32 bits.
const maxSize = 1 << 30

// broken says where b, of which a scan ended at end, is not one value.
func broken(c Codec, b []byte, end int) *Error {
	if end >= 0 {
		return badFrame("%s: bytes after the message, from byte %d on", c, end)
	}
	if ^end >= len(b) {
		return badFrame("%s: the message is cut off", c)
	}
	if c == Msgpack {
		return badFrame("msgpack: no valid head, or one that claims more than is there, at byte %d", ^end)
	}
	return badFrame("%s: syntax error at byte %d", c, ^end)
}

func badFrame(format string, args ...any) *Error {
	return &Error{Code: BadFrame, Message: fmt.Sprintf(format, args...)}
}

func badRequest(format string, args ...any) *Error {
	return &Error{Code: BadRequest, Message: fmt.Sprintf(format, args...)}
}
