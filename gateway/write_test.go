package gateway

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gobwas/ws"
	"github.com/stretchr/testify/require"
)

// TestOwnFramesCutAnywhere: of our own frames written in part, no byte is lost, and what is
// left of a pong is kept although newer pongs replace those that were not begun.
func TestOwnFramesCutAnywhere(t *testing.T) {
	fixed := "fixed frames"
	pongs := string(appendControl(appendControl(nil, ws.OpPong, []byte("one")), ws.OpPong, []byte("two")))
	for n := range len(fixed + pongs) {
		k := &socket{out: []byte(fixed + pongs), pongs: uint32(len(fixed))}
		k.wroteOwn(n)
		require.Equal(t, (fixed + pongs)[n:], string(k.out))
		if n <= len(fixed) {
			require.Equal(t, len(fixed)-n, int(k.pongs), "all pongs are still whole")
		} else {
			require.Len(t, k.out, int(k.pongs), "one was begun")
		}
	}
	k := &socket{out: []byte(fixed), pongs: 3}
	k.wroteOwn(len(fixed))
	require.Nil(t, k.out)
	require.Zero(t, k.pongs)
}

// TestGather: our own frames go in front, but never into the middle of a message, and a
// close frame goes last.
func TestGather(t *testing.T) {
	for _, c := range []struct {
		state uint8
		cut   bool
		out   string
		want  string
		own   int
	}{
		{stateOpen, false, "", "a b c", -1},
		{stateOpen, false, "own", "own a b c", 0},
		{stateOpen, true, "", "a b c", -1},
		{stateOpen, true, "own", "a own b c", 1},
		{stateClosed, false, "own", "a b c own", 3},
		{stateClosed, true, "own", "a b c own", 3},
	} {
		s := new(shard)
		pieces := append(s.iov[1:1], []byte("a"), []byte("b"), []byte("c"))
		vec, own := s.gather(&socket{state: c.state, cut: c.cut, out: []byte(c.out)}, pieces)
		var got []string
		for _, p := range vec {
			got = append(got, string(p))
		}
		require.Equal(t, c.want, strings.Join(got, " "), "%+v", c)
		require.Equal(t, c.own, own)
	}
}

func TestCloseFrames(t *testing.T) {
	require.Equal(t, "\x88\x00", string(appendClose(nil, codeNone, "not sent")))
	require.Equal(t, "\x88\x05\x03\xe8bye", string(appendClose(nil, 1000, "bye")))
	for _, reason := range []string{strings.Repeat("x", 123), strings.Repeat("x", 200), strings.Repeat("€", 50), strings.Repeat("x", 122) + "é"} {
		b := appendClose(nil, 1000, reason)
		require.LessOrEqual(t, len(b), 2+ws.MaxControlFramePayloadSize)
		require.Len(t, b, 2+int(b[1]))
		require.True(t, utf8.Valid(b[4:]))
		require.True(t, strings.HasPrefix(reason, string(b[4:])))
	}
}
