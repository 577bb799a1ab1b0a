package ywebrtc

import (
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/gateway/dialecttest"
)

// overNodes has a topic on each of three nodes in turn, with a subscriber on every node.
func overNodes(t *testing.T, f func(t *testing.T, c *dialecttest.Cluster, topic string, owner int, k []*dialecttest.Talker)) {
	enter := func(one *dialecttest.Talker, topic string) {
		one.Says(fmt.Sprintf(`{"type":"subscribe","topics":[%q]}`, topic))
		one.Says(`{"type":"ping"}`)
		one.Hears(`{"type":"pong"}`)
	}
	dialecttest.OverNodes(t, New(), "y-webrtc", enter, f)
}

func publish(topic string, data any) string {
	return fmt.Sprintf(`{"type":"publish","topic":%q,"data":%v}`, topic, data)
}

func heard(topic string, data any, clients int) string {
	return fmt.Sprintf(`{"type":"publish","topic":%q,"data":%v,"clients":%d}`, topic, data, clients)
}

func TestATopicOverNodes(t *testing.T) {
	overNodes(t, func(t *testing.T, c *dialecttest.Cluster, topic string, owner int, k []*dialecttest.Talker) {
		for i, one := range k {
			one.Says(publish(topic, i))
			for _, other := range k { // itself, too
				other.Hears(heard(topic, i, 3))
			}
			outside := c.Nodes[i].Connect("")
			outside.Says(publish(topic, "true"))
			for _, other := range k {
				other.Hears(heard(topic, "true", 3))
			}
			outside.HearsNothing()
		}
		k[0].Says(fmt.Sprintf(`{"type":"unsubscribe","topics":[%q]}`, topic))
		k[1].End()
		synctest.Wait()
		k[0].Says(publish(topic, 7))
		k[2].Hears(heard(topic, 7, 1))
		k[0].HearsNothing()
	})
}

func TestATopicMoves(t *testing.T) {
	overNodes(t, func(t *testing.T, c *dialecttest.Cluster, topic string, owner int, k []*dialecttest.Talker) {
		c.Drain(owner)
		require.NotEqual(t, owner, c.Owner("y-webrtc", topic))
		for i, one := range k {
			one.Says(publish(topic, i))
			for _, other := range k {
				other.Hears(heard(topic, i, 3))
			}
		}
	})
}

// TestTheNodeOfATopicDies: subscriptions elsewhere go on, and their clients hear nothing of it.
func TestTheNodeOfATopicDies(t *testing.T) {
	overNodes(t, func(t *testing.T, c *dialecttest.Cluster, topic string, owner int, k []*dialecttest.Talker) {
		c.Kill(owner)
		x, y := k[(owner+1)%3], k[(owner+2)%3]
		x.HearsNothing()
		for i, one := range []*dialecttest.Talker{x, y} {
			one.Says(publish(topic, i))
			x.Hears(heard(topic, i, 2))
			y.Hears(heard(topic, i, 2))
		}
		late := c.Nodes[(owner+1)%3].Connect("")
		late.Says(fmt.Sprintf(`{"type":"subscribe","topics":[%q]}`, topic))
		late.Says(publish(topic, 9))
		for _, one := range []*dialecttest.Talker{x, y, late} {
			one.Hears(heard(topic, 9, 3))
		}
	})
}
