package due

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestQueue holds a queue against a sorted list, while items come and go at random.
func TestQueue(t *testing.T) {
	seed := rand.Uint64()
	t.Log("seed", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	start := time.Now()
	var q Queue[int]
	var want []*Item[int] // in order
	for n := range 5000 {
		switch rng.IntN(3) {
		case 0:
			at := start.Add(time.Duration(rng.IntN(20)))
			i := q.Add(at, n)
			to := slices.IndexFunc(want, func(o *Item[int]) bool { return o.At().After(at) })
			if to < 0 {
				to = len(want)
			}
			want = slices.Insert(want, to, i)
		case 1:
			now := start.Add(time.Duration(rng.IntN(20)))
			i := q.Pop(now)
			if i == nil {
				require.True(t, len(want) == 0 || want[0].At().After(now))
				break
			}
			require.Equal(t, want[0].What, i.What)
			require.False(t, q.Remove(i), "it has been popped")
			want = want[1:]
		case 2:
			if len(want) == 0 {
				break
			}
			at := rng.IntN(len(want))
			require.True(t, q.Remove(want[at]))
			require.False(t, q.Remove(want[at]), "it has been removed")
			want = slices.Delete(want, at, at+1)
		}
		require.Equal(t, len(want), q.Len())
		if len(want) > 0 {
			require.Equal(t, want[0].At(), q.Next())
		}
	}
	q.Clear()
	require.True(t, q.Next().IsZero())
	for _, i := range want {
		require.False(t, q.Remove(i), "it has been cleared away")
	}
}
