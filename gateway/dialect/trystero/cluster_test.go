package trystero

import (
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/gateway/dialect"
	"github.com/parley-signaling/parley/gateway/dialecttest"
)

// overNodes has a topic on each of three nodes in turn, with a subscriber on every node.
func overNodes(t *testing.T, f func(t *testing.T, c *dialecttest.Cluster, topic string, owner int, k []*dialecttest.Talker)) {
	enter := func(one *dialecttest.Talker, topic string) {
		one.Says(fmt.Sprintf(`{"type":"subscribe","topic":%q}`, topic))
		one.HearsNothing()
	}
	dialecttest.OverNodes(t, New(), "trystero", enter, f)
}

// wantAllHear has each of some publish, and all of them hear it.
func wantAllHear(topic string, k ...*dialecttest.Talker) {
	for i, one := range k {
		one.Says(fmt.Sprintf(`{"type":"publish","topic":%q,"payload":{"n":%d}}`, topic, i))
		for _, other := range k {
			other.Hears(fmt.Sprintf(`{"topic":%q,"payload":{"n":%d}}`, topic, i))
		}
	}
}

func TestATopicOverNodes(t *testing.T) {
	overNodes(t, func(t *testing.T, c *dialecttest.Cluster, topic string, owner int, k []*dialecttest.Talker) {
		wantAllHear(topic, k...)
		k[0].Says(fmt.Sprintf(`{"type":"unsubscribe","topic":%q}`, topic))
		k[1].End()
		synctest.Wait()
		k[0].Says(fmt.Sprintf(`{"type":"publish","topic":%q,"payload":null}`, topic))
		k[2].Hears(fmt.Sprintf(`{"topic":%q,"payload":null}`, topic))
		k[0].HearsNothing()
	})
}

func TestATopicMoves(t *testing.T) {
	overNodes(t, func(t *testing.T, c *dialecttest.Cluster, topic string, owner int, k []*dialecttest.Talker) {
		c.Drain(owner)
		require.NotEqual(t, owner, c.Owner("trystero", topic))
		wantAllHear(topic, k...)
	})
}

func TestTheNodeOfATopicDies(t *testing.T) {
	overNodes(t, func(t *testing.T, c *dialecttest.Cluster, topic string, owner int, k []*dialecttest.Talker) {
		c.Kill(owner)
		wantAllHear(topic, k[(owner+1)%3], k[(owner+2)%3])
	})
}

// TestWhoIsNotInIsHeardEachTime, however often what stands in on its node for the topic ends and
// begins again.
func TestWhoIsNotInIsHeardEachTime(t *testing.T) {
	open := func(*actors.System) (dialect.Dialect, error) { return New(), nil }
	dialecttest.InCluster(t, 2, actors.Options{}, open, func(t *testing.T, c *dialecttest.Cluster) {
		topic := c.Room(0, "trystero", dialecttest.Numbered)
		in, outside := c.Nodes[0].Connect(""), c.Nodes[1].Connect("")
		in.Says(fmt.Sprintf(`{"type":"subscribe","topic":%q}`, topic))
		in.HearsNothing()
		for i := range 200 {
			outside.Says(fmt.Sprintf(`{"type":"publish","topic":%q,"payload":%d}`, topic, i))
			if i%3 == 0 { // else right behind the last one
				synctest.Wait()
			}
		}
		heard := in.Heard()
		require.Len(t, heard, 200)
		for i, one := range heard {
			require.Equal(t, fmt.Sprintf(`{"topic":%q,"payload":%d}`, topic, i), one)
		}
		outside.HearsNothing()
	})
}
