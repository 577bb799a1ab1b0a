package gateway

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
)

func TestReasonsHaveNames(t *testing.T) {
	name := regexp.MustCompile(`^[a-z_]+$`)
	seen := map[string]bool{}
	for r := range Refusals {
		require.Regexp(t, name, r.String())
		require.False(t, seen[r.String()], r)
		seen[r.String()] = true
	}
	clear(seen)
	for e := range Endings {
		require.Regexp(t, name, e.String())
		require.False(t, seen[e.String()], e)
		seen[e.String()] = true
	}
	require.Equal(t, "unknown", Refusals.String())
}

func TestEndingOf(t *testing.T) {
	require.Equal(t, "normal", endingOf(actors.CloseNormal).String())
	require.Equal(t, "too_slow", endingOf(actors.CloseTooSlow).String())
	require.Equal(t, "kicked", endingOf(actors.CloseKicked).String())
	require.Equal(t, "other", endingOf(4999).String())
}

// TestHeadsAreCounted: those that never came to their end.
func TestHeadsAreCounted(t *testing.T) {
	s := start(t, false, nil).serve()
	if !s.g.shards[0].poller.Descriptors() {
		t.Skip("the shards read no heads here")
	}
	p := s.dial(t)
	p.write("GET / HT")
	p.Close()
	q := s.dial(t)
	q.write("\x16\x03\x01")
	require.Equal(t, 400, q.response().StatusCode)
	want := [Refusals]uint64{RefusedHeadLost: 1, RefusedGarbage: 1}
	require.Eventually(t, func() bool { return s.g.Stats().Refused == want }, patience, 1e6)
}

func TestEndingsAreCounted(t *testing.T) {
	s := start(t, false, nil).serve()
	_, closed, lost, broken := s.ws(t, "/echo"), s.ws(t, "/echo"), s.ws(t, "/echo"), s.ws(t, "/echo")
	closed.write(closing(4999, ""))
	closed.wantClose(4999)
	lost.Close()
	broken.write("\x81\x00") // not masked
	broken.wantClose(actors.CloseProtocol)
	broken.Close()
	s.wantConnections(1)
	require.NoError(t, s.g.Close())
	require.Equal(t, [Endings]uint64{EndedByPeer: 1, EndedLost: 1, EndedProtocol: 1, EndedCut: 1}, s.g.Stats().Ended)
}
