package actors_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

// TestVeryManyRoomsAreLostAtOnce: what the nodes that live say to each other of them is more than a link
// holds, which is not cut: everybody stays, and is told of a new epoch.
func TestVeryManyRoomsAreLostAtOnce(t *testing.T) {
	const rooms, queue = 1200, 80 << 10
	alone(t, queue, actors.Options{}, func(r *many) {
		r.grow(actors.Options{})
		r.grow(actors.Options{})
		r.delay.Store(0)
		r.pass(time.Second)
		nodes := []string{r.nodes[0].Self(), r.nodes[1].Self(), r.nodes[2].Self()}
		var all []*visitor
		for i := 0; len(all) < 2*rooms; i++ {
			room := fmt.Sprint("room ", i)
			if actors.OwnerOf(room, nodes) != nodes[0] || actors.OwnerOf(room, nodes[1:]) != nodes[1] {
				continue
			}
			for node := 1; node <= 2; node++ {
				all = append(all, r.visitor(node, room))
			}
			all[len(all)-2].hear() // of the other one
		}
		r.pass(time.Second)
		r.delay.Store(int64(time.Millisecond))
		before := []int{r.net.Traffic(r.nodes[1], r.nodes[2]).Bytes, r.net.Traffic(r.nodes[2], r.nodes[1]).Bytes}
		r.net.Remove(r.nodes[0])
		for _, g := range all {
			j, ok := g.hear().(*wire.Joined)
			require.True(r, ok)
			require.Equal(r, 2, j.Count)
		}
		for i, ends := range [][2]int{{1, 2}, {2, 1}} {
			went := r.net.Traffic(r.nodes[ends[0]], r.nodes[ends[1]])
			t.Logf("%d bytes, at most %d under way", went.Bytes-before[i], went.Most)
			require.Greater(r, went.Bytes-before[i], queue)
			require.Less(r, went.Most, queue/2)
		}
		for _, g := range all {
			g.line.Drop()
		}
		r.pass(time.Minute)
	})
}
