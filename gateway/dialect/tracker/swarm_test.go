package tracker

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// consistent checks the indexes against the list.
func (s *swarm) consistent(t *testing.T) {
	t.Helper()
	complete, byID, byMember := 0, 0, 0
	for i, p := range s.list {
		require.Equal(t, i, p.at)
		require.Contains(t, s.ids[p.id], p)
		require.Equal(t, p, s.find(p.member, p.id))
		if p.complete {
			complete++
		}
	}
	for _, ps := range s.ids {
		require.NotEmpty(t, ps)
		byID += len(ps)
	}
	for _, ps := range s.members {
		require.NotEmpty(t, ps)
		byMember += len(ps)
	}
	require.Equal(t, complete, s.complete)
	require.Equal(t, []int{len(s.list), len(s.list)}, []int{byID, byMember})
}

// TestSwarmStaysConsistent does at random what can be done.
func TestSwarmStaysConsistent(t *testing.T) {
	s, r := newSwarm(), rand.New(rand.NewPCG(1, 2))
	for range 500 {
		member, id := fmt.Sprint("m", r.IntN(8)), fmt.Sprint("p", r.IntN(20))
		p := s.find(member, id)
		switch what := r.IntN(10); {
		case what == 0:
			s.leave(member)
			require.Nil(t, s.find(member, id))
		case p == nil:
			full := len(s.members[member]) == maxPeers
			_, ok := s.add(member, id)
			require.Equal(t, !full, ok)
		case what < 3:
			s.remove(p)
		case what < 6:
			s.completes(p, what == 3)
		default:
			s.pick(r.IntN(9), id)
		}
		s.consistent(t)
	}
	require.Positive(t, s.downloaded)
}

func TestPick(t *testing.T) {
	s := newSwarm()
	for i := range 5 {
		for range 2 { // two sockets announce each id
			_, ok := s.add(fmt.Sprint("m", len(s.list)), fmt.Sprint("p", i))
			require.True(t, ok)
		}
	}
	seen := map[string]int{}
	for range 500 {
		chosen := s.pick(3, "p0")
		require.Len(t, chosen, 3)
		ids := map[string]bool{}
		for _, p := range chosen {
			ids[p.id] = true
			seen[p.id]++
		}
		require.Len(t, ids, 3, "to different peers")
	}
	require.NotContains(t, seen, "p0")
	for id, n := range seen {
		require.InDelta(t, 375, n, 100, id)
	}
	require.Len(t, s.pick(82, "p0"), 4, "no more than there are")
	require.Empty(t, newSwarm().pick(5, ""))
	s.consistent(t)
}
