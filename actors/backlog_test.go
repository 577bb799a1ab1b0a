package actors_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

// TestANodeWithoutProcessors: what waits there for its rooms is bounded, and beyond it what waits for the
// link, which is cut then. Its members come back to all that they have missed.
func TestANodeWithoutProcessors(t *testing.T) {
	const queue = 256 << 10
	slow := &gate{}
	alone(t, queue, actors.Options{}, func(r *many) {
		r.grow(actors.Options{Scheduler: slow})
		r.pass(time.Second)
		room := r.owned(0)
		a, b := r.visitor(0, room), r.visitor(1, room)
		a.hear()
		slow.set(true)
		waits := func() int { return r.nodes[1].System.Backlog(r.nodes[0].Self()) }
		most := 0
		for i := range 200 { // of 4 KiB
			a.say(&wire.Request{Kind: wire.KindSend, ID: uint64(10 + i), Event: "e", Data: text(strings.Repeat("x", 4<<10))})
			r.pass(100 * time.Millisecond)
			most = max(most, waits())
		}
		require.Greater(r, most, queue)
		require.Less(r, most, queue+8<<10)
		suspended := false
		for acked := 0; acked < 200; {
			switch m := a.hear().(type) {
			case *wire.OK:
				acked++
			case *wire.MemberChange:
				require.Equal(r, wire.ChangeSuspended, m.Change)
				suspended = true
			}
		}
		require.True(r, suspended, "its link was cut")
		slow.set(false)
		r.pass(time.Second)
		require.Zero(r, waits())
		for {
			if bye, ok := b.hear().(*wire.Bye); ok {
				require.Equal(r, actors.CloseOverloaded, bye.Code)
				break
			}
		}
		again := r.visitor(1, fmt.Sprint(room))
		a.line.Drop()
		b.line.Drop()
		again.line.Drop()
		r.pass(time.Minute)
	})
}
