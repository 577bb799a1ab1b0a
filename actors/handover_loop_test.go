package actors_test

import (
	"fmt"
	"strconv"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

// TestABehaviourHearsAllBeforeItMoves: also what was said in the very turn in which its room goes.
func TestABehaviourHearsAllBeforeItMoves(t *testing.T) {
	g := &gate{}
	prepare := func(_ int, sys *actors.System) {
		require.NoError(t, sys.Behavior("*", func(co *actors.Co, room *actors.Room) error {
			n, _ := strconv.Atoi(string(room.Carried()))
			for {
				e, err := co.Recv()
				if err != nil {
					return err
				}
				if e.Kind != actors.Sent {
					continue
				}
				n++
				if err := room.Carry(fmt.Append(nil, n)); err != nil {
					return err
				}
				if err := room.Broadcast("counted", n); err != nil {
					return err
				}
			}
		}))
	}
	clusterOf(t, actors.Options{Scheduler: g}, 1, prepare, func(r *many) {
		r.options.Scheduler = nil
		r.net.Join(r.newNode(prepare))
		synctest.Wait()
		a := r.visitor(1, r.bound(0, 1))
		g.set(true)
		for range 5 {
			a.say(&wire.Request{Kind: wire.KindSend, Event: "e"})
		}
		r.net.Leave(r.nodes[0])
		synctest.Wait()
		g.set(false)
		require.NoError(r, r.nodes[0].System.Leave(r.Context()))
		synctest.Wait()
		a.say(&wire.Request{Kind: wire.KindSend, Event: "e"})
		for n := 1; n <= 6; n++ {
			var counted int
			require.NoError(r, a.hear().(*wire.Event).Data.Unmarshal(&counted))
			require.Equal(r, n, counted)
		}
		a.line.Drop()
	})
}
