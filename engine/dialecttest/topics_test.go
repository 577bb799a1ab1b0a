package dialecttest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/server"
)

// converge has two pages, in profiles of their own that no BroadcastChannel joins, come to the
// same document.
func converge(t *testing.T, s *server.Server, url string, password any) {
	t.Helper()
	convergeBetween(t, s, s, url, password)
}

// convergeBetween is converge with a page of each of two engines.
func convergeBetween(t *testing.T, first, second *server.Server, url string, password any) {
	t.Helper()
	a, b := openBundled(t, first, "a", "yjs"), openBundled(t, second, "b", "yjs")
	call[any](a, "set", "a", "1")
	call[any](a, "share", url, "document 1", password)
	call[any](b, "set", "b", 2)
	call[any](b, "share", url, "document 1", password)
	want := map[string]any{"a": "1", "b": 2.0}
	require.Equal(t, want, call[map[string]any](a, "entries", 2))
	require.Equal(t, want, call[map[string]any](b, "entries", 2))

	call[any](b, "set", "later", true)
	require.Equal(t, true, call[map[string]any](a, "entries", 3)["later"])
	require.Equal(t, []int{1, 0}, call[[]int](a, "others"), "WebRTC alone")
	require.Equal(t, []int{1, 0}, call[[]int](b, "others"), "WebRTC alone")
}

// Who has another password hears what is published, and can do nothing with it.
func TestYjsWithAPassword(t *testing.T) {
	s := engine(t, server.Config{})
	eve := openBundled(t, s, "eve", "yjs")
	call[any](eve, "share", "/y-webrtc", "document 1", "guessed")
	converge(t, s, "/y-webrtc", "secret")
	require.Equal(t, []int{0, 0}, call[[]int](eve, "others"))
	require.Empty(t, call[map[string]any](eve, "entries", 0))
}

// The clients know a port and no path, and their pages come from elsewhere.
func TestYjsOnAPortOfItsOwn(t *testing.T) {
	s := engine(t, server.Config{YWebRTCAddr: "127.0.0.1:0", Origins: []string{"127.0.0.1"}})
	converge(t, s, "ws://"+s.DialectAddr("y-webrtc").String(), nil)
}

func TestTrysteroOverItsRelay(t *testing.T) {
	s := engine(t, server.Config{})
	meet(t, s, s, "/trystero")
}

// meet has a page of each of two engines say something to each other in a trystero room.
func meet(t *testing.T, first, second *server.Server, path string) {
	t.Helper()
	a, b := openBundled(t, first, "a", "trystero"), openBundled(t, second, "b", "trystero")
	ida := call[string](a, "enter", path, "room 1", "I am a")
	idb := call[string](b, "enter", path, "room 1", "I am b")
	require.Equal(t, []string{idb, "I am b"}, call[[]string](a, "hear"))
	require.Equal(t, []string{ida, "I am a"}, call[[]string](b, "hear"))
}

func TestTrysteroOverATracker(t *testing.T) {
	s := engine(t, server.Config{})
	meet(t, s, s, "/tracker")
}

// Two peers of one torrent find each other; the counts follow what they do.
func TestWebTorrentsTrackerClient(t *testing.T) {
	s := engine(t, server.Config{})
	swarm(t, s, s)
}

// swarm has a page of each of two engines share a torrent.
func swarm(t *testing.T, first, second *server.Server) {
	t.Helper()
	a, b := openBundled(t, first, "a", "tracker"), openBundled(t, second, "b", "tracker")
	require.Equal(t, []int{1, 0, 0}, call[[]int](a, "start", "/tracker", 0, "I am a"), "complete, incomplete, downloaded")
	require.Equal(t, []int{1, 1, 0}, call[[]int](b, "start", "/tracker", 1000, "I am b"))
	require.Equal(t, "I am b", call[string](a, "hear"), "over WebRTC")
	require.Equal(t, "I am a", call[string](b, "hear"))

	require.Equal(t, []int{2, 0, 0}, call[[]int](b, "announce", "complete"))
	require.Equal(t, []any{true, 2.0, 0.0, 1.0}, call[[]any](a, "scrape"))
	require.Equal(t, []int{1, 0, 0}, call[[]int](b, "announce", "stop"))
	require.Equal(t, []any{true, 1.0, 0.0, 1.0}, call[[]any](b, "scrape"), "also of a swarm that one is not in")
	require.Equal(t, []int{1, 0, 0}, call[[]int](a, "announce", "update"))
	for _, p := range []*page{a, b} {
		require.Empty(t, call[[]string](p, "complaints"), p.name)
	}
}
