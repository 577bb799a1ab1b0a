package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/engine/api"
	"github.com/parley-signaling/parley/engine/cluster"
	"github.com/parley-signaling/parley/engine/live"
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

// pictures are those of all nodes at one moment.
type pictures struct {
	Nodes       []live.Snapshot
	Unreachable []string
}

// picture is the first line of the stream about all nodes.
func picture(t *testing.T, s *server.Server) (p pictures) {
	t.Helper()
	r, err := http.NewRequest("GET", s.URL()+"api/v1/live?node=*", nil)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+adminToken)
	res, err := browser.Do(r)
	require.NoError(t, err)
	defer res.Body.Close()
	line, err := bufio.NewReader(res.Body).ReadBytes('\n')
	require.NoError(t, err)
	require.NoError(t, asDescribed(t, "Picture", line))
	require.NoError(t, json.Unmarshal(line, &p))
	return p
}

func TestOperatorsAskAnyNodeOfACluster(t *testing.T) {
	nats := startNATS(t)
	one := func() *server.Server {
		return newServer(t, server.Config{AdminToken: adminToken, Clustering: server.Clustering{Cluster: []string{nats.ClientURL()}}})
	}
	a, b := one(), one()
	nodes := func(s *server.Server) int {
		list, _ := operate[struct{ Nodes []api.Node }](t, s, "GET", "/api/v1/nodes", "")
		return len(list.Nodes)
	}
	require.Eventually(t, func() bool { return nodes(a) == 2 && nodes(b) == 2 }, 10*time.Second, 5*time.Millisecond)
	c := connect(t, a, wire.JSON)
	for i := range 8 { // of which a and b have some each, but for one time in 128
		c.join(fmt.Sprint("room-", i), uint64(i+1))
	}
	for _, s := range []*server.Server{a, b} {
		all := picture(t, s)
		require.Len(t, all.Nodes, 2)
		require.Empty(t, all.Unreachable)
		require.NotEqual(t, all.Nodes[0].Node, all.Nodes[1].Node)
		require.Equal(t, 8, all.Nodes[0].Rooms+all.Nodes[1].Rooms)
		require.Len(t, append(all.Nodes[0].Largest, all.Nodes[1].Largest...), 8, "what stands in for a room elsewhere is none")
		require.Equal(t, 1, all.Nodes[0].Connections[""]+all.Nodes[1].Connections[""])
	}
	for _, s := range []*server.Server{a, b} {
		list, _ := operate[struct{ Rooms []api.Room }](t, s, "GET", "/api/v1/rooms", "")
		require.Len(t, list.Rooms, 8)
		for i := range 8 {
			said, status := operate[struct{ Seq uint64 }](t, s, "POST", fmt.Sprintf("/api/v1/rooms/room-%d/events", i), `{"event":"news"}`)
			require.Equal(t, http.StatusCreated, status)
			require.Equal(t, said.Seq, next[*wire.Event](c).Seq)
		}
	}
}
