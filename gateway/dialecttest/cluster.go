package dialecttest

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/clustertest"
	"github.com/parley-signaling/parley/gateway/dialect"
)

// Cluster is the nodes of a cluster in memory, each with the dialect, in one bubble.
type Cluster struct {
	Nodes []*Bubble

	t     *testing.T
	net   *clustertest.Network
	nodes []*clustertest.Node
}

// InCluster runs f with that many nodes, and the dialect that open makes for each of them.
func InCluster(t *testing.T, nodes int, o actors.Options, open func(*actors.System) (dialect.Dialect, error), f func(*testing.T, *Cluster)) {
	synctest.Test(t, func(t *testing.T) {
		c := &Cluster{t: t, net: clustertest.New()}
		for range nodes {
			node := c.net.NewNode()
			one := o
			one.Cluster, one.Logger = node, slog.New(slog.DiscardHandler)
			sys, err := actors.NewSystem(one)
			require.NoError(t, err)
			node.System = sys
			d, err := open(sys)
			require.NoError(t, err)
			c.nodes, c.Nodes = append(c.nodes, node), append(c.Nodes, &Bubble{sys, d, t})
		}
		c.net.Join(c.nodes...)
		synctest.Wait()
		f(t, c)
		for _, node := range c.nodes {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			require.NoError(t, node.System.Close(ctx))
			cancel()
		}
		time.Sleep(time.Minute) // what is left to be said between nodes
	})
}

// OverNodes has a room on each of three nodes in turn, with somebody on every node whom enter takes into it.
func OverNodes(t *testing.T, d dialect.Dialect, namespace string, enter func(one *Talker, room string),
	f func(t *testing.T, c *Cluster, room string, owner int, k []*Talker)) {
	open := func(*actors.System) (dialect.Dialect, error) { return d, nil }
	for owner := range 3 {
		InCluster(t, 3, actors.Options{}, open, func(t *testing.T, c *Cluster) {
			room := c.Room(owner, namespace, Numbered)
			var k []*Talker
			for _, node := range c.Nodes {
				one := node.Connect("")
				enter(one, room)
				k = append(k, one)
			}
			f(t, c, room, owner, k)
		})
	}
}

// Owner is the node that has a room.
func (c *Cluster) Owner(namespace, room string) int {
	c.t.Helper()
	for i, b := range c.Nodes {
		if self, _ := b.Sys.Nodes(); self != "" && self == b.Sys.Owner(actors.RoomName{Namespace: namespace, Name: room}) {
			return i
		}
	}
	require.FailNow(c.t, "nobody owns the room")
	return 0
}

// Room is the name of a room that a node has, of those that name makes of numbers.
func (c *Cluster) Room(node int, namespace string, name func(i int) string) string {
	c.t.Helper()
	for i := range 1000 {
		if c.Owner(namespace, name(i)) == node {
			return name(i)
		}
	}
	require.FailNow(c.t, "no room there")
	return ""
}

// Numbered is a name for Room.
func Numbered(i int) string { return fmt.Sprint("room-", i) }

// Drain has a node hand its rooms over to the others. Its clients stay.
func (c *Cluster) Drain(node int) {
	c.t.Helper()
	c.net.Leave(c.nodes[node])
	require.NoError(c.t, c.nodes[node].System.Leave(context.Background()))
	synctest.Wait()
}

// Kill ends a node: what its rooms knew is lost. Nobody of its clients is heard of again.
func (c *Cluster) Kill(node int) {
	c.net.Remove(c.nodes[node])
	synctest.Wait()
}
