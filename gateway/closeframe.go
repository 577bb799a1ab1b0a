package gateway

import (
	"unicode/utf8"

	"github.com/gobwas/ws"
)

// Codes that are never sent (RFC 6455, 7.4.1).
const (
	codeNone     = 1005 // a close frame without a code
	codeAbnormal = 1006 // no close frame
)

// parseClose reads the payload of a client's close frame. Without a code it is codeNone.
func parseClose(p []byte) (code int, reason string, fail *failure) {
	switch len(p) {
	case 0:
		return codeNone, "", nil
	case 1:
		return 0, "", badCloseLen
	}
	code = int(p[0])<<8 | int(p[1])
	if !closeCodeAllowed(code) {
		return code, "", badCode
	}
	if !utf8.Valid(p[2:]) {
		return code, "", badReason
	}
	return code, string(p[2:]), nil
}

// closeCodeAllowed is RFC 6455, 7.4, with 1012 to 1014 from IANA's registry, which
// ws.CheckCloseFrameData does not know.
func closeCodeAllowed(code int) bool {
	switch {
	case code >= 3000 && code < 5000:
		return true
	case code == 1004, code == codeNone, code == codeAbnormal:
		return false
	}
	return code >= 1000 && code <= 1014
}

// appendControl appends an unmasked control frame. payload has at most 125 bytes.
func appendControl(dst []byte, op ws.OpCode, payload []byte) []byte {
	dst = append(dst, 0x80|byte(op), byte(len(payload)))
	return append(dst, payload...)
}

// appendClose appends a close frame; codeNone stands for one without a code. The reason is
// cut to the 123 bytes there are, between two characters.
func appendClose(dst []byte, code int, reason string) []byte {
	if code == codeNone {
		return appendControl(dst, ws.OpClose, nil)
	}
	if len(reason) > 123 {
		n := 123
		for n > 0 && !utf8.RuneStart(reason[n]) {
			n--
		}
		reason = reason[:n]
	}
	dst = append(dst, 0x80|byte(ws.OpClose), byte(2+len(reason)), byte(code>>8), byte(code))
	return append(dst, reason...)
}
