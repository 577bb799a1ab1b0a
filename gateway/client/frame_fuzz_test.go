package client

import (
	"bytes"
	"testing"

	"github.com/gobwas/ws"
	"github.com/stretchr/testify/require"
)

// FuzzFrames: whatever a server sends, what is read from it are frames within their limits,
// and no more than it has sent.
func FuzzFrames(f *testing.F) {
	f.Add(ws.MustCompileFrame(ws.NewTextFrame([]byte(`{"type":"pong"}`))))
	f.Add([]byte("\x01\x02tw\x89\x01p\x80\x01o\x88\x02\x03\xe8"))
	f.Add([]byte("\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x01xxxx"))
	f.Add([]byte("\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Add([]byte("\x82\x84masktext"))
	f.Fuzz(func(t *testing.T, b []byte) {
		reader := frameReader{r: bytes.NewReader(b)}
		total := 0
		for {
			op, payload, err := reader.next()
			if err != nil {
				return
			}
			total += 2 + len(payload)
			require.LessOrEqual(t, total, len(b))
			require.LessOrEqual(t, len(payload), maxMessage)
			if op.IsControl() {
				require.LessOrEqual(t, len(payload), ws.MaxControlFramePayloadSize)
			} else {
				require.True(t, op == ws.OpText || op == ws.OpBinary, op)
			}
		}
	})
}
