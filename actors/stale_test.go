package actors_test

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/roomtest"
	"github.com/parley-signaling/parley/actors/wire"
)

// TestWhatWaitsIsOfItsEpoch: requests that wait on a node that was cut off are not carried out in
// the epoch that the room has by the time that the node is back. One client has asked again elsewhere, and
// was answered there; the other is told of the new epoch.
func TestWhatWaitsIsOfItsEpoch(t *testing.T) {
	cluster(t, 3, probe, func(r *many) {
		room := r.owned(0)
		x, y := r.visitor(1, room), r.visitor(1, room)
		x.hear() // y has come
		r.net.Silence(r.nodes[1])
		r.net.Expire(r.nodes[1])
		synctest.Wait()
		twice := &wire.Request{Kind: wire.KindSend, ID: 5, Event: "e", Data: text("twice")}
		x.say(twice)
		x.line.Drop()
		y.say(&wire.Request{Kind: wire.KindSend, ID: 7, Event: "e", Data: text("interrupted")})

		back := &visitor{many: r, line: roomtest.NewLine(r.nodes[2].System, wire.JSON, 1), room: room}
		back.say(&wire.Request{Kind: wire.KindJoin, ID: 6, Resume: &wire.Resume{Member: x.self.Member, Key: x.self.Key}})
		require.Equal(r, x.self.Member, back.hear().(*wire.Joined).Self.Member)
		back.say(twice)
		require.EqualValues(r, 5, back.hear().(*wire.OK).ID)

		for _, dead := range []int{0, 2} {
			r.net.Silence(r.nodes[dead])
			r.net.Expire(r.nodes[dead])
		}
		back.line.Drop()
		r.net.Join(r.nodes[1])
		synctest.Wait()
		require.False(r, y.hear().(*wire.Joined).Recovered, "a new epoch")
		y.say(&wire.Request{Kind: wire.KindSend, ID: 8, Event: "e", Data: text("after")})
		var heard []string
		for {
			switch m := y.hear().(type) {
			case *wire.Event:
				heard = append(heard, mustText(r, m))
				continue
			case *wire.MemberChange:
				continue
			case *wire.OK:
				require.EqualValues(r, 8, m.ID)
			}
			break
		}
		require.Empty(r, heard)
	})
}
