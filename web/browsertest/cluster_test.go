package browsertest

import (
	"net/url"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/server"
)

// Two people call each other, each by an engine of their own.
func TestCallAcrossNodes(t *testing.T) {
	nats, err := natsserver.NewServer(&natsserver.Options{
		Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, NoSigs: true, NoLog: true, JetStream: true, StoreDir: t.TempDir(),
	})
	require.NoError(t, err)
	nats.Start()
	require.True(t, nats.ReadyForConnections(patience))
	t.Cleanup(func() { nats.Shutdown(); nats.WaitForShutdown() })
	node := func(c *server.Config) { c.Cluster = []string{nats.ClientURL()} }
	first, second := engine(t, "127.0.0.1:0", node), engine(t, "127.0.0.1:0", node)
	both := func() bool {
		a, _ := first.ClusterStats()
		b, _ := second.ClusterStats()
		return a.Nodes == 2 && b.Nodes == 2
	}
	require.Eventually(t, both, patience, 5*time.Millisecond)

	c := everyday(t)
	ada, bob := c.person(t, "ada", true), c.person(t, "bob", true)
	ada.join(first.URL())
	ada.summary(waiting)
	room, err := url.Parse(eval[string](ada, `location.href`))
	require.NoError(t, err)
	bob.join(second.URL() + "?" + room.RawQuery)
	ada.tiles(2)
	bob.tiles(2)
	ada.summary(two)
	bob.summary(two)
	ada.sees(other+" video", 5)
	bob.sees(other+" video", 5)
}
