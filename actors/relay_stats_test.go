package actors_test

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

// TestRelaysAreNoRooms: a room counts on the node that it lives on, wherever it goes, and its relays
// on the others.
func TestRelaysAreNoRooms(t *testing.T) {
	cluster(t, 3, probe, func(r *many) {
		counts := func(node int) []int {
			st := r.nodes[node].System.Stats()
			return []int{st.Rooms, st.Relays, st.Members}
		}
		room := r.bound(0, 1)
		a, b := r.visitor(1, room), r.visitor(2, room)
		require.Equal(r, [][]int{{1, 0, 2}, {0, 1, 0}, {0, 1, 0}}, [][]int{counts(0), counts(1), counts(2)})
		r.net.Leave(r.nodes[0])
		require.NoError(r, r.nodes[0].System.Leave(r.Context()))
		synctest.Wait()
		require.Equal(r, [][]int{{0, 0, 0}, {1, 0, 2}, {0, 1, 0}}, [][]int{counts(0), counts(1), counts(2)})
		for _, g := range []*visitor{a, b} {
			g.line.CloseClean()
		}
		synctest.Wait()
		require.Equal(r, [][]int{{0, 0, 0}, {0, 0, 0}, {0, 0, 0}}, [][]int{counts(0), counts(1), counts(2)})
	})
}
