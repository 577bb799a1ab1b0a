package wire_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	. "github.com/parley-signaling/parley/actors/wire"
)

// TestProtocolExamples: what PROTOCOL.md shows is what the codecs read and write, in the order of
// the fields too as far as the server is concerned.
func TestProtocolExamples(t *testing.T) {
	doc, err := os.ReadFile("PROTOCOL.md")
	require.NoError(t, err)
	sent, received := 0, 0
	for line := range strings.Lines(string(doc)) {
		line = strings.TrimSpace(line)
		if len(line) < 3 || line[0] != 'A' && line[0] != 'B' {
			continue
		}
		switch text := line[3:]; line[1:3] {
		case "> ":
			var r Request
			require.NoError(t, Decode(JSON, []byte(text), &r), text)
			require.JSONEq(t, text, string(AppendRequest(nil, JSON, &r)))
			sent++
		case "< ":
			m, err := DecodeMessage(JSON, []byte(text))
			require.NoError(t, err, text)
			require.Equal(t, text, string(m.AppendTo(nil, JSON)))
			received++
		}
	}
	require.Equal(t, 9, sent)
	require.Equal(t, 18, received)
}
