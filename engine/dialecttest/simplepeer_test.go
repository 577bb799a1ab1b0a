package dialecttest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/server"
)

// TestSimplePeer: simple-peer brings no signaling of its own; any dialect's will do.
func TestSimplePeer(t *testing.T) {
	needPackage(t, "simple-peer/simplepeer.min.js")
	s := engine(t, server.Config{})
	a, b := open(t, "a", s.URL()+"test/simple-peer.html"), open(t, "b", s.URL()+"test/simple-peer.html")
	call[any](a, "meet", "room-1", "hello from a", false)
	call[any](b, "meet", "room-1", "hello from b", true)
	require.Equal(t, "hello from b", call[string](a, "(() => heard)"))
	require.Equal(t, "hello from a", call[string](b, "(() => heard)"))
}
