package actors

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

func keep(t testing.TB, s *System, namespace, name string) {
	t.Helper()
	require.NoError(t, s.Visit(namespace, name, func(r *Room) { r.Keep(true) }))
}

func TestRoomsAreFoundInOrder(t *testing.T) {
	r := newRig(t, Options{})
	var all []RoomName
	for i := range 900 { // many steps of the walk
		n := RoomName{[]string{"", "a", "b"}[i%3], fmt.Sprintf("room %d", i)}
		keep(t, r.sys, n.Namespace, n.Name)
		all = append(all, n)
	}
	r.settle()
	slices.SortFunc(all, RoomName.Compare)
	for _, limit := range []int{1, 30, 256, 899, 5000} {
		var got []RoomName
		q := RoomQuery{AllNamespaces: true, Limit: limit}
		for {
			page := r.sys.Rooms(q)
			require.LessOrEqual(t, len(page), limit)
			if got = append(got, page...); len(page) == 0 || limit == 1 && len(got) == 20 {
				break
			}
			q.After = &page[len(page)-1]
		}
		require.Equal(t, all[:len(got)], got)
		if limit > 1 {
			require.Len(t, got, len(all))
		}
	}
	some := r.sys.Rooms(RoomQuery{Namespace: "b", Prefix: "room 11", Limit: 1000})
	require.Equal(t, RoomName{"b", "room 11"}, some[0])
	require.Len(t, some, 5) // 11, 110, 113, 116, 119
	for n := range all {
		require.NoError(t, r.sys.Visit(all[n].Namespace, all[n].Name, func(r *Room) { r.Keep(false) }))
	}
	r.settle()
	require.Empty(t, r.sys.Rooms(RoomQuery{AllNamespaces: true, Limit: 1}))
}

// Rooms that live all the while are never missed, however many come and go meanwhile.
func TestRoomsAreFoundWhileOthersComeAndGo(t *testing.T) {
	sys, err := NewSystem(Options{})
	require.NoError(t, err)
	const stay = 600
	for i := range stay {
		keep(t, sys, "", fmt.Sprintf("stay %04d", i))
	}
	var ending atomic.Bool
	var churn sync.WaitGroup
	for g := range 2 {
		churn.Go(func() {
			for i := 0; !ending.Load(); i++ {
				_ = sys.Visit("", fmt.Sprintf("go %d %d", g, i%50), func(*Room) {}) // it ends with the turn
			}
		})
	}
	for range 10 {
		require.Len(t, sys.Rooms(RoomQuery{Prefix: "stay", Limit: 2 * stay}), stay)
	}
	ending.Store(true)
	churn.Wait()
	require.NoError(t, sys.Close(t.Context()))
}

// BenchmarkRooms is a page of a million rooms; step is how long the lock is held at a time.
func BenchmarkRooms(b *testing.B) {
	sys := &System{rooms: map[roomKey]*Room{}}
	for i := range 1_000_000 {
		sys.rooms[roomKey{name: fmt.Sprintf("room %07d", i)}] = nil
	}
	b.ReportAllocs()
	for b.Loop() {
		require.Len(b, sys.Rooms(RoomQuery{Limit: 100}), 100)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1_000_000*listBatch, "ns/step")
}
