package dialecttest

import (
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/server"
)

// twoEngines are a cluster.
func twoEngines(t *testing.T) (first, second *server.Server) {
	t.Helper()
	nats, err := natsserver.NewServer(&natsserver.Options{
		Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, NoSigs: true, NoLog: true, JetStream: true, StoreDir: t.TempDir(),
	})
	require.NoError(t, err)
	nats.Start()
	require.True(t, nats.ReadyForConnections(patience))
	t.Cleanup(func() { nats.Shutdown(); nats.WaitForShutdown() })
	cfg := server.Config{PeerJSDiscovery: true, Clustering: server.Clustering{Cluster: []string{nats.ClientURL()}}}
	first, second = engine(t, cfg), engine(t, cfg)
	both := func() bool {
		a, _ := first.ClusterStats()
		b, _ := second.ClusterStats()
		return a.Nodes == 2 && b.Nodes == 2
	}
	require.Eventually(t, both, patience, 5*time.Millisecond)
	return first, second
}

// TestPeerJSAcrossEngines: two pages, each of an engine of its own, are peers of one server.
func TestPeerJSAcrossEngines(t *testing.T) {
	first, second := twoEngines(t)
	a, b := blank(t, first, "alice"), peers(t, second, "bob")[0]
	require.Equal(t, "alice", call[string](a, "start", "alice", map[string]any{"token": "mine"}))
	require.Equal(t, []string{"bob", "alice"}, call[[]string](a, "list"))
	require.Equal(t, "unavailable-id", call[string](b, "fail", "alice"))

	call[any](a, "echo")
	require.Equal(t, map[string]any{"from": "bob", "data": "hello"}, call[any](b, "say", "alice", "hello"))
	call[any](a, "answer")
	require.Positive(t, call[int](b, "ring", "alice"), "a frame is shown")

	// Its own client comes back by the other engine.
	again := blank(t, second, "alice again")
	require.Equal(t, "alice", call[string](again, "start", "alice", map[string]any{"token": "mine"}))
	call[any](again, "echo")
	require.Equal(t, map[string]any{"from": "bob", "data": 7.0}, call[any](b, "say", "alice", 7))
}

func TestYjsAcrossEngines(t *testing.T) {
	first, second := twoEngines(t)
	convergeBetween(t, first, second, "/y-webrtc", nil)
}

func TestTrysteroAcrossEngines(t *testing.T) {
	first, second := twoEngines(t)
	meet(t, first, second, "/trystero")
	meet(t, first, second, "/tracker")
}

func TestWebTorrentAcrossEngines(t *testing.T) {
	first, second := twoEngines(t)
	swarm(t, first, second)
}
