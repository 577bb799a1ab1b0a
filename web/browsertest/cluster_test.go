package browsertest

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/server"
)

// pair starts two engines of one cluster.
func pair(t *testing.T, change func(*server.Config)) (first, second *server.Server) {
	t.Helper()
	nats, err := natsserver.NewServer(&natsserver.Options{
		Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, NoSigs: true, NoLog: true, JetStream: true, StoreDir: t.TempDir(),
	})
	require.NoError(t, err)
	nats.Start()
	require.True(t, nats.ReadyForConnections(patience))
	t.Cleanup(func() { nats.Shutdown(); nats.WaitForShutdown() })
	node := func(name string) *server.Server {
		return engine(t, "127.0.0.1:0", func(c *server.Config) {
			c.Cluster, c.ClusterNode = []string{nats.ClientURL()}, name
			if change != nil {
				change(c)
			}
		})
	}
	first, second = node("first"), node("second")
	both := func() bool {
		a, _ := first.ClusterStats()
		b, _ := second.ClusterStats()
		return a.Nodes == 2 && b.Nodes == 2
	}
	require.Eventually(t, both, patience, 5*time.Millisecond)
	return first, second
}

// Two people call each other, each by an engine of their own, of three.
func TestCallAcrossNodes(t *testing.T) {
	engines := threeEngines(t)
	c := everyday(t)
	ada, bob := c.person(t, "ada", true), c.person(t, "bob", true)
	ada.join(engines[0])
	ada.summary(waiting)
	room, err := url.Parse(eval[string](ada, `location.href`))
	require.NoError(t, err)
	bob.join(engines[1] + "?" + room.RawQuery)
	ada.tiles(2)
	bob.tiles(2)
	ada.summary(two)
	bob.summary(two)
	ada.sees(other+" video", 5)
	bob.sees(other+" video", 5)
}

// An operator asks one engine, and sees and changes all of them.
func TestDashboardOfACluster(t *testing.T) {
	first, second := pair(t, func(c *server.Config) {
		c.AdminAddr, c.AdminToken, c.DrainWindow, c.Version = "127.0.0.1:0", adminToken, time.Millisecond, "v1.2.3"
	})
	for i := range 12 { // all on one engine one time in 2,048
		for range i%3 + 1 {
			_, err := guest(t, second, fmt.Sprint("room-", i))
			require.NoError(t, err)
		}
	}
	c := everyday(t)
	ada := c.person(t, "ada", false)
	ada.signIn("http://" + first.AdminAddr().String() + "/dashboard/")
	ada.until(`document.querySelectorAll('.engine').length === 3 && !document.querySelector('#engines').hidden`)
	ada.figure(1, "24")
	ada.figure(2, "12")
	ada.figure(3, "24")
	ada.reads("#node", "2 engines")
	ada.until(`document.querySelectorAll('#map .room').length === 12`)
	ada.until(`document.querySelector('#map').getAttribute('aria-label') === '2 engines with 24 connections run 12 rooms.'`)
	ada.until(`document.querySelector('#drain').hidden && document.querySelector('#drain-hint').textContent !== ''`)
	ada.until(`document.querySelector('.plot path.line').getAttribute('d').length > 20`)
	ada.accessible("cluster")

	ada.tabTo(".engine input")
	ada.types(kb.ArrowDown)
	ada.until(`document.activeElement.closest('.engine').querySelector('b').textContent === 'first' && document.activeElement.checked`)
	ada.figure(1, "0")
	ada.types(kb.ArrowDown)
	ada.reads("#engine-facts", "second")
	ada.figure(1, "24")
	ada.until(`document.querySelector('#map').textContent.includes('Shard 1')`)
	ada.accessible("engine")

	ada.run(chromedp.Evaluate(`location.hash = '#/rooms'`, nil))
	ada.until(`document.querySelectorAll('#room-rows tr').length === 12`)
	for i := range 12 {
		ada.run(chromedp.Evaluate(fmt.Sprintf(`location.hash = '#/room//room-%d'`, i), nil))
		ada.isText("#room-title", fmt.Sprint("room-", i))
		ada.isText("#lock-text", "Lock")
		ada.press("#lock")
		ada.isText("#lock-text", "Unlock")
		_, err := guest(t, first, fmt.Sprint("room-", i))
		require.ErrorContains(t, err, "locked")
	}

	ada.run(chromedp.Evaluate(`location.hash = '#/'`, nil))
	ada.press("#drain")
	ada.reads("#question-title", "Drain second?")
	ada.types("drain" + kb.Enter)
	require.NoError(t, second.Wait())
	require.False(t, first.Draining())
	ada.until(`document.querySelector('#engines').hidden`)
	ada.reads("#engine-facts", "first")
	ada.reads("#node", "Ready")
}
