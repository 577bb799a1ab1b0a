package actors_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

// TestALeaseThatIsLostWithinATurn: a room that is busy all the while takes note of what came after.
func TestALeaseThatIsLostWithinATurn(t *testing.T) {
	cluster(t, 2, probe, func(r *many) {
		room := r.owned(0)
		a := r.visitor(0, room)
		began, free := make(chan struct{}), make(chan struct{})
		require.NoError(r, r.nodes[0].System.Visit("", room, func(*actors.Room) { close(began); <-free }))
		<-began
		r.net.Silence(r.nodes[0])
		r.net.Expire(r.nodes[0])
		r.net.Join(r.nodes[0])
		synctest.Wait()
		close(free)
		r.requireSettled()
		a.line.Drop()
		b := r.visitor(1, room)
		b.line.Drop()
	})
}

// TestASystemClosesAsItsLeaseIsLost comes to its end.
func TestASystemClosesAsItsLeaseIsLost(t *testing.T) {
	cluster(t, 2, probe, func(r *many) {
		room := r.owned(0)
		a := r.visitor(0, room)
		r.nodes[0].Hold(false)
		done := make(chan error)
		ctx, cancel := context.WithTimeout(r.Context(), time.Minute)
		defer cancel()
		go func() { done <- r.nodes[0].System.Close(ctx) }()
		synctest.Wait()
		r.net.Silence(r.nodes[0])
		r.net.Expire(r.nodes[0])
		require.NoError(r, <-done)
		a.line.Drop()
	})
}

// counting counts the turns that are asked for.
type counting struct{ turns *atomic.Int64 }

func (c counting) Schedule(t actors.Task) {
	c.turns.Add(1)
	go t.Run()
}

// TestRoomsThatStandStillCostNothing: as long as the lease is in doubt they are not woken, and then all are.
func TestRoomsThatStandStillCostNothing(t *testing.T) {
	turns := counting{new(atomic.Int64)}
	clusterOf(t, actors.Options{Scheduler: turns}, 1, probe, func(r *many) {
		var all []*visitor
		for i := range 50 {
			all = append(all, r.visitor(0, fmt.Sprint("room-", i)))
		}
		r.nodes[0].Hold(false)
		for _, g := range all {
			g.say(&wire.Request{Kind: wire.KindSend, ID: 2, Event: "e"})
		}
		before := turns.turns.Load()
		time.Sleep(time.Second)
		require.Equal(r, before, turns.turns.Load())
		r.nodes[0].Hold(true)
		for _, g := range all {
			require.EqualValues(r, 2, g.hear().(*wire.OK).ID)
			g.line.Drop()
		}
	})
}
