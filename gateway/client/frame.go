package client

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/gobwas/ws"
)

var errTooBig = errors.New("a message is over the limit")

// frameReader reads a server's frames (RFC 6455, 5.2). A broken one is a ws.ProtocolError or
// errTooBig; any other error is the network's.
type frameReader struct {
	r       io.Reader
	opcode  ws.OpCode // of the message under way; meaningful while partial is not nil
	partial []byte    // its fragments so far
}

// next returns a control frame, or a whole message of data. The payload is the caller's.
func (f *frameReader) next() (ws.OpCode, []byte, error) {
	for {
		h, err := ws.ReadHeader(f.r)
		if err != nil {
			return 0, nil, err
		}
		state := ws.StateClientSide
		if f.partial != nil {
			state = state.Set(ws.StateFragmented)
		}
		if err := ws.CheckHeader(h, state); err != nil {
			return 0, nil, err
		}
		if h.Length < 0 || h.Length > int64(maxMessage-len(f.partial)) {
			return 0, nil, errTooBig
		}
		payload, err := f.payload(int(h.Length))
		if err != nil {
			return 0, nil, err
		}
		if h.OpCode.IsControl() {
			return h.OpCode, payload, nil
		}
		if h.OpCode != ws.OpContinuation {
			f.opcode = h.OpCode
		}
		if f.partial != nil {
			payload = append(f.partial, payload...)
		}
		if h.Fin {
			f.partial = nil
			return f.opcode, payload, nil
		}
		f.partial = payload
	}
}

// payload spends memory on what has come, not on what was claimed.
func (f *frameReader) payload(n int) ([]byte, error) {
	const trusted = 64 << 10
	if n <= trusted {
		b := make([]byte, n)
		_, err := io.ReadFull(f.r, b)
		return b, err
	}
	var buf bytes.Buffer
	buf.Grow(trusted)
	if _, err := io.CopyN(&buf, f.r, int64(n)); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// appendFrame appends a whole message as one masked frame. payload is left as it is.
func appendFrame(dst []byte, op ws.OpCode, payload []byte) []byte {
	dst = append(dst, 0x80|byte(op))
	switch n := len(payload); {
	case n < 126:
		dst = append(dst, 0x80|byte(n))
	case n <= 0xffff:
		dst = binary.BigEndian.AppendUint16(append(dst, 0x80|126), uint16(n))
	default:
		dst = binary.BigEndian.AppendUint64(append(dst, 0x80|127), uint64(n))
	}
	mask := ws.NewMask()
	dst = append(dst, mask[:]...)
	start := len(dst)
	dst = append(dst, payload...)
	ws.Cipher(dst[start:], mask, 0)
	return dst
}

// broken tells what the server's bytes are refused for; nil where only the network failed.
func broken(err error) error {
	var p ws.ProtocolError
	if errors.As(err, &p) || errors.Is(err, errTooBig) || errors.Is(err, ws.ErrHeaderLengthMSB) || errors.Is(err, ws.ErrHeaderLengthUnexpected) {
		return fmt.Errorf("unreadable: %w", err)
	}
	return nil
}
