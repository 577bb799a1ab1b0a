package dialect

import (
	"bytes"
	"testing"

	"github.com/gobwas/ws"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
)

// TestAppendFrame compares with gobwas/ws at the bounds of the three length encodings, behind
// other bytes, and with and without room for the frame.
func TestAppendFrame(t *testing.T) {
	for _, n := range []int{1, 2, 125, 126, 127, 1000, 0xffff, 0x10000, 100_000} {
		payload := bytes.Repeat([]byte("ab"), n)[:n]
		body := func(dst []byte, _ wire.Message) []byte { return append(dst, payload...) }
		for _, op := range []ws.OpCode{ws.OpText, ws.OpBinary} {
			want, err := ws.CompileFrame(ws.NewFrame(op, true, payload))
			require.NoError(t, err)
			for _, dst := range [][]byte{nil, []byte("before"), make([]byte, 3, n+20)} {
				before := string(dst)
				got := AppendFrame(dst, op, &wire.Pong{}, body)
				require.Equal(t, before+string(want), string(got), n)
			}
		}
	}
}

func TestAppendFrameOfNothing(t *testing.T) {
	body := func(dst []byte, _ wire.Message) []byte { return dst }
	require.Equal(t, "before", string(AppendFrame([]byte("before"), ws.OpText, &wire.Pong{}, body)))
	require.Empty(t, AppendFrame(nil, ws.OpText, &wire.Pong{}, body))
}

func TestAppendFrameDoesNotAllocate(t *testing.T) {
	dst := make([]byte, 0, 4096)
	m := &wire.Pong{ID: 7}
	body := func(dst []byte, m wire.Message) []byte { return m.AppendTo(dst, wire.JSON) }
	require.Zero(t, testing.AllocsPerRun(100, func() { AppendFrame(dst, ws.OpText, m, body) }))
}
