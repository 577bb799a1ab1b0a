package server_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/cluster"
	"github.com/parley-signaling/parley/engine/server"
)

// startNATS is an external NATS on loopback.
func startNATS(t *testing.T) *natsserver.Server {
	t.Helper()
	s, err := natsserver.NewServer(&natsserver.Options{
		Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, NoSigs: true, NoLog: true, JetStream: true, StoreDir: t.TempDir(),
	})
	require.NoError(t, err)
	s.Start()
	require.True(t, s.ReadyForConnections(10*time.Second))
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	return s
}

func ready(t *testing.T, s *server.Server) int {
	t.Helper()
	resp, err := http.Get(s.URL() + "readyz")
	require.NoError(t, err)
	defer resp.Body.Close()
	return resp.StatusCode
}

func newServer(t *testing.T, cfg server.Config) *server.Server {
	t.Helper()
	cfg.Addr = "127.0.0.1:0"
	s, err := server.New(cfg)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = s.Shutdown(ctx)
	})
	require.NoError(t, s.Start())
	return s
}

func TestANodeIsReadyWithItsFirstViewAndNotWhereItIsCutOff(t *testing.T) {
	nats := startNATS(t)
	url := nats.ClientURL()
	s := newServer(t, server.Config{Clustering: server.Clustering{
		Cluster: []string{url}, ClusterLease: 500 * time.Millisecond, ClusterDrainAfter: time.Second,
	}})
	require.Eventually(t, func() bool { return ready(t, s) == http.StatusOK }, 10*time.Second, 5*time.Millisecond)
	stats, ok := s.ClusterStats()
	require.True(t, ok)
	require.Equal(t, 1, stats.Nodes)
	nats.Shutdown()
	require.Eventually(t, func() bool { return ready(t, s) == http.StatusServiceUnavailable }, 10*time.Second, 5*time.Millisecond)
	require.False(t, s.Draining())
}

func TestANodeWithAnotherSecretEnds(t *testing.T) {
	nats := startNATS(t)
	join := func(secret string) *server.Server {
		return newServer(t, server.Config{Clustering: server.Clustering{Cluster: []string{nats.ClientURL()}, ClusterSecret: secret}})
	}
	s := join("0123456789abcdef")
	require.Eventually(t, func() bool { return ready(t, s) == http.StatusOK }, 10*time.Second, 5*time.Millisecond)
	require.ErrorIs(t, join("fedcba9876543210").Wait(), cluster.ErrSecret)
}

func TestAServerAloneHasNoCluster(t *testing.T) {
	s := newServer(t, server.Config{})
	_, ok := s.ClusterStats()
	require.False(t, ok)
	require.Equal(t, http.StatusOK, ready(t, s))
}
