package gateway

import (
	"encoding/binary"

	"github.com/gobwas/ws"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

// maxHeaderSize is the longest header of a client's frame: two bytes, a 64-bit length, a mask.
const maxHeaderSize = 14

// failure is what a peer did against RFC 6455, and the close code it earns.
type failure struct {
	code   int
	reason string
}

var (
	badLength   = &failure{actors.CloseProtocol, "frame length not in its shortest form"}
	badMask     = &failure{actors.CloseProtocol, ws.ErrProtocolMaskRequired.Error()}
	badText     = &failure{actors.CloseInvalid, "text is not UTF-8"}
	tooBig      = &failure{actors.CloseTooBig, "a message has at most 65536 bytes"}
	badCode     = &failure{actors.CloseProtocol, "close code not allowed"}
	badCloseLen = &failure{actors.CloseProtocol, "close frame with one byte"}
	badReason   = &failure{actors.CloseInvalid, "close reason is not UTF-8"}
)

// parseHeader reads a frame's header (RFC 6455, 5.2) from the front of b and returns its size,
// 0 where b does not hold all of it. A length with its top bit set comes out negative; a
// length not in its shortest form is told by minimal.
func parseHeader(b []byte) (h ws.Header, size int, minimal bool) {
	if len(b) < 2 {
		return h, 0, true
	}
	h.Fin = b[0]&0x80 != 0
	h.Rsv = b[0] >> 4 & 7
	h.OpCode = ws.OpCode(b[0] & 0x0f)
	h.Masked = b[1]&0x80 != 0
	h.Length = int64(b[1] & 0x7f)
	size, minimal = 2, true
	switch h.Length {
	case 126:
		if len(b) < 4 {
			return h, 0, true
		}
		h.Length = int64(binary.BigEndian.Uint16(b[2:]))
		size, minimal = 4, h.Length >= 126
	case 127:
		if len(b) < 10 {
			return h, 0, true
		}
		h.Length = int64(binary.BigEndian.Uint64(b[2:]))
		size, minimal = 10, h.Length > 0xffff
	}
	if !h.Masked {
		return h, size, minimal
	}
	if len(b) < size+4 {
		return h, 0, true
	}
	copy(h.Mask[:], b[size:])
	return h, size + 4, minimal
}

// check says what is wrong with a header. before is how many bytes the message has so far,
// and fragmented that a frame without FIN preceded. A negative length, which ws.CheckHeader
// lets pass, is not minimal.
func check(h ws.Header, minimal, fragmented bool, before int) *failure {
	state := ws.StateServerSide
	if fragmented {
		state = state.Set(ws.StateFragmented)
	}
	switch err := ws.CheckHeader(h, state); {
	case err == ws.ErrProtocolMaskRequired:
		return badMask
	case err != nil:
		return &failure{actors.CloseProtocol, err.Error()}
	case !minimal:
		return badLength
	case h.OpCode.IsData() && h.Length > int64(wire.MaxMessage-before):
		return tooBig
	}
	return nil
}
