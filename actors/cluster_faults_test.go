package actors_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/roomtest"
	"github.com/parley-signaling/parley/actors/wire"
)

// taken finds the name of a room that one node owns, and that another one would own if it came.
func (r *many) taken(from, to string, nodes ...string) string {
	return r.takenMany(1, from, to, nodes...)[0]
}

// takenMany is taken for many.
func (r *many) takenMany(n int, from, to string, nodes ...string) (names []string) {
	for i := 0; len(names) < n; i++ {
		name := fmt.Sprint("room-", i)
		if actors.OwnerOf(name, nodes) == from && actors.OwnerOf(name, append(slices.Clip(nodes), to)) == to {
			names = append(names, name)
		}
	}
	return names
}

// bye is the next one that is heard.
func (g *visitor) bye() *wire.Bye {
	for {
		if bye, is := g.hear().(*wire.Bye); is {
			return bye
		}
	}
}

// requireSettled sees every node of the cluster come to an end with its view.
func (r *many) requireSettled() {
	r.Helper()
	time.Sleep(time.Second)
	synctest.Wait()
	for _, n := range r.nodes {
		require.True(r, actors.Settled(n.System), actors.Dump(n.System))
	}
}

// TestNoRoomIsKeptForARelayThatIsNotThere: the room ends on its new node, although its last one
// had nobody in it, and so no relay.
func TestNoRoomIsKeptForARelayThatIsNotThere(t *testing.T) {
	cluster(t, 2, probe, func(r *many) {
		room := r.taken("node-1", "node-3", "node-1", "node-2")
		b := r.visitor(1, room)
		r.net.Join(r.newNode(probe))
		r.requireSettled()
		require.Equal(r, "node-3", r.nodes[0].System.Owner(actors.RoomName{Name: room}))
		b.say(&wire.Request{Kind: wire.KindSend, ID: 2, Event: "e"})
		require.EqualValues(r, 2, b.hear().(*wire.OK).ID)
		b.say(&wire.Request{Kind: wire.KindLeave, ID: 3})
		require.EqualValues(r, 3, b.hear().(*wire.OK).ID)
		time.Sleep(time.Second)
		synctest.Wait()
		for _, n := range r.nodes {
			require.Zero(r, n.System.Stats().Rooms, actors.Dump(n.System))
		}
		b.line.Drop()
	})
}

// TestANodeDiesThatManyRoomsGoTo: more than may be under way at once. Nobody waits for the rest to
// arrive there, and only those are lost that were under way.
func TestANodeDiesThatManyRoomsGoTo(t *testing.T) {
	cluster(t, 2, probe, func(r *many) {
		const rooms, underway = 100, 32
		var all []*visitor
		for _, name := range r.takenMany(rooms, "node-1", "node-3", "node-1", "node-2") {
			all = append(all, r.visitor(1, name))
		}
		third := r.newNode(probe)
		r.net.Join(third)
		r.net.Silence(third)
		time.Sleep(time.Second)
		require.False(r, actors.Settled(r.nodes[0].System), "rooms wait for the node that has died")
		r.net.Expire(third)
		r.requireSettled()
		lost := 0
		for _, g := range all {
			g.say(&wire.Request{Kind: wire.KindSend, ID: 2, Event: "e"})
			m := g.hear()
			if _, anew := m.(*wire.Joined); anew {
				lost++
				m = g.hear()
			}
			require.EqualValues(r, 2, m.(*wire.OK).ID)
			g.line.Drop()
		}
		require.Equal(r, underway, lost)
	})
}

// TestARelayThatHasNotHeardOfAMove: a room's node dies as it has handed the room over, and before
// one of its relays knows; at the same moment the room goes on to a third node, where that relay's
// word of its members comes before the room does.
func TestARelayThatHasNotHeardOfAMove(t *testing.T) {
	cluster(t, 3, probe, func(r *many) {
		var room string
		for i := 0; room == ""; i++ {
			name := fmt.Sprint("room-", i)
			if actors.OwnerOf(name, []string{"node-1", "node-2", "node-3"}) == "node-1" &&
				actors.OwnerOf(name, []string{"node-2", "node-3"}) == "node-3" &&
				actors.OwnerOf(name, []string{"node-2", "node-3", "node-4"}) == "node-4" {
				room = name
			}
		}
		first, relay, second, third := r.nodes[0], r.nodes[1], r.nodes[2], r.newNode(probe)
		b, c := r.visitor(1, room), r.visitor(2, room)
		require.Equal(r, wire.ChangeJoined, b.hear().(*wire.MemberChange).Change)
		r.net.Stall(first, relay, true)
		r.net.Leave(first)
		synctest.Wait()
		r.net.Silence(first)
		r.net.Delay = func() time.Duration { return time.Millisecond }
		r.net.Replace(first, third)
		r.net.Stall(second, third, true)
		time.Sleep(10 * time.Millisecond)
		r.net.Stall(second, third, false)
		r.requireSettled()
		require.Equal(r, "node-4", second.System.Owner(actors.RoomName{Name: room}))
		c.say(&wire.Request{Kind: wire.KindSend, ID: 2, Event: "e", Data: text("heard")})
		require.Equal(r, wire.ChangeSuspended, c.hear().(*wire.MemberChange).Change)
		require.Equal(r, actors.CloseOverloaded, b.hear().(*wire.Bye).Code)
		c.line.Drop()
	})
}

// TestALockedRoomIsLost: it is as it was where it goes on, locked or not.
func TestALockedRoomIsLost(t *testing.T) {
	for _, locked := range []bool{true, false} {
		cluster(t, 3, probe, func(r *many) {
			room := r.owned(0)
			b := r.visitor(1, room)
			for i, lock := range []bool{!locked, locked} {
				b.say(&wire.Request{Kind: wire.KindLock, Locked: lock, ID: uint64(2 + i)})
				require.Equal(r, lock, b.hear().(*wire.RoomChange).Locked)
				b.hear()
			}
			r.net.Silence(r.nodes[0])
			r.net.Expire(r.nodes[0])
			synctest.Wait()
			require.Equal(r, locked, b.hear().(*wire.Joined).Locked)
			c := r.comer(2, room)
			if locked {
				require.Equal(r, wire.RoomLocked, c.hear().(*wire.Error).Code)
			} else {
				c.joined()
			}
			b.line.Drop()
			c.line.Drop()
		})
	}
}

// TestWordOfAMoveComesLate: the node that a relay is pointed on to has died meanwhile.
func TestWordOfAMoveComesLate(t *testing.T) {
	cluster(t, 3, probe, func(r *many) {
		var room string
		for i := 0; room == ""; i++ {
			name := fmt.Sprint("room-", i)
			if actors.OwnerOf(name, []string{"node-1", "node-2", "node-3"}) == "node-1" &&
				actors.OwnerOf(name, []string{"node-2", "node-3"}) == "node-3" {
				room = name
			}
		}
		first, relay, second := r.nodes[0], r.nodes[1], r.nodes[2]
		r.net.Stall(relay, first, true)
		b := r.comer(1, room)
		r.net.Leave(first)
		synctest.Wait()
		r.net.Silence(second)
		r.net.Expire(second)
		synctest.Wait()
		r.net.Stall(relay, first, false)
		r.requireSettled()
		b.joined()
		b.line.Drop()
	})
}

// TestWhoWasKickedStaysOut: also where the node of the room has died, and whichever node the others are on.
func TestWhoWasKickedStaysOut(t *testing.T) {
	cluster(t, 4, probe, func(r *many) {
		room := r.taken("node-2", "node-1", "node-2", "node-3", "node-4")
		b := r.visitor(1, room)
		c := &visitor{many: r, line: roomtest.NewLine(r.nodes[2].System, wire.JSON, 1), room: room}
		join := wire.Request{Kind: wire.KindJoin, ID: 1, Nonce: "0123456789abcdef"}
		c.say(&join)
		c.joined()
		b.say(&wire.Request{Kind: wire.KindKick, ID: 2, Member: c.self.Member})
		require.Equal(r, actors.CloseKicked, c.bye().Code)
		d := r.visitor(3, room) // whose node has not seen it
		b.line.CloseClean()
		synctest.Wait()
		r.net.Silence(r.nodes[0])
		r.net.Expire(r.nodes[0])
		synctest.Wait()
		c = &visitor{many: r, line: roomtest.NewLine(r.nodes[2].System, wire.JSON, 1), room: room}
		c.say(&join)
		require.Equal(r, wire.Forbidden, c.hear().(*wire.Error).Code)
		c.line.Drop()
		d.line.CloseClean()
		synctest.Wait()
		c = &visitor{many: r, line: roomtest.NewLine(r.nodes[2].System, wire.JSON, 1), room: room}
		c.say(&join)
		c.joined() // until the room is empty
		c.line.Drop()
	})
}

// TestARoomKeepsItsAge where it moves; where it is lost, a new one begins.
func TestARoomKeepsItsAge(t *testing.T) {
	cluster(t, 3, probe, func(r *many) {
		created := func(node int, room string) (at time.Time) {
			require.NoError(r, r.nodes[node].System.Call(r.Context(), actors.RoomName{Name: room}, func(room *actors.Room) {
				at = room.Info().Created
			}))
			return at
		}
		var room string
		for i := 0; room == ""; i++ {
			name := fmt.Sprint("room-", i)
			if actors.OwnerOf(name, []string{"node-1", "node-2", "node-3"}) == "node-1" &&
				actors.OwnerOf(name, []string{"node-2", "node-3"}) == "node-2" {
				room = name
			}
		}
		c := r.visitor(2, room)
		began := created(0, room)
		time.Sleep(time.Minute)
		r.net.Leave(r.nodes[0])
		r.requireSettled()
		require.Equal(r, began, created(1, room))
		r.net.Remove(r.nodes[0])
		r.net.Remove(r.nodes[1])
		r.requireSettled()
		require.True(r, created(2, room).After(began.Add(time.Minute)))
		c.line.Drop()
	})
}
