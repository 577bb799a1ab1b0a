package native

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/dialect"
)

func TestSubprotocols(t *testing.T) {
	for _, c := range []struct {
		asked  []string
		chosen string
		codec  wire.Codec
	}{
		{nil, "", wire.JSON},
		{[]string{"unknown"}, "", wire.JSON},
		{[]string{ProtocolJSON}, ProtocolJSON, wire.JSON},
		{[]string{ProtocolMsgpack}, ProtocolMsgpack, wire.Msgpack},
		{[]string{ProtocolMsgpack, ProtocolJSON}, ProtocolMsgpack, wire.Msgpack},
		{[]string{"unknown", ProtocolJSON, ProtocolMsgpack}, ProtocolJSON, wire.JSON},
	} {
		h := &dialect.Handshake{Protocols: c.asked}
		s := New().Open(h)
		require.Equal(t, c.chosen, h.Protocol, c.asked)
		require.Equal(t, session(c.codec), s, c.asked)
	}
}

// TestFormatsAreShared: a room encodes once for each Format, so those of equal connections
// must be equal.
func TestFormatsAreShared(t *testing.T) {
	require.Equal(t, session(wire.JSON).Format(), session(wire.JSON).Format())
	require.NotEqual(t, session(wire.JSON).Format(), session(wire.Msgpack).Format())
}

func TestFrames(t *testing.T) {
	require.Equal(t, "\x81\x0f"+`{"type":"pong"}`, string(session(wire.JSON).Format().Append(nil, &wire.Pong{})))
	require.Equal(t, "\x82\x0b\x81\xa4type\xa4pong", string(session(wire.Msgpack).Format().Append(nil, &wire.Pong{})))
}

// TestNoMemoryPerConnection: opening a session takes none.
func TestNoMemoryPerConnection(t *testing.T) {
	d, h := New(), &dialect.Handshake{Protocols: []string{ProtocolMsgpack}}
	require.Zero(t, testing.AllocsPerRun(100, func() { d.Open(h).Format() }))
}
