package actors

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// The hash is part of the protocol between nodes: it never changes.
func TestPlacementIsForEver(t *testing.T) {
	nodes := []string{"a", "b", "c", "d", "e"}
	got := ""
	for i := range 24 {
		got += ownerOf(roomKey{name: fmt.Sprint("room ", i)}, nodes)
	}
	require.Equal(t, "aaacdcebbcacbadacebdabdc", got)
	require.Equal(t, "", ownerOf(roomKey{name: "r"}, nil))
	require.NotEqual(t, mix(1), mix(2))
}

func TestPlacementTellsNamespacesApart(t *testing.T) {
	nodes := make([]string, 64)
	for i := range nodes {
		nodes[i] = fmt.Sprint("node ", i)
	}
	require.NotEqual(t, ownerOf(roomKey{"a", "bc"}, nodes), ownerOf(roomKey{"ab", "c"}, nodes))
}

// Each node has its share, and a node that goes moves its own rooms only.
func TestPlacementMovesAShare(t *testing.T) {
	const rooms = 20_000
	for _, n := range []int{2, 3, 5, 10} {
		var nodes []string
		for i := range n {
			nodes = append(nodes, fmt.Sprintf("9f3a5c7be1%d.%d", 7*i, i))
		}
		count := map[string]int{}
		for i := range rooms {
			k := roomKey{name: fmt.Sprint("room-", i)}
			owner := ownerOf(k, nodes)
			count[owner]++
			if rest := ownerOf(k, nodes[1:]); owner != nodes[0] {
				require.Equal(t, owner, rest)
			}
		}
		for _, c := range count {
			require.InEpsilon(t, rooms/n, c, 0.1)
		}
	}
}

func BenchmarkPlace(b *testing.B) {
	nodes := []string{"a", "b", "c"}
	b.ReportAllocs()
	for b.Loop() {
		ownerOf(roomKey{name: "a room"}, nodes)
	}
}
