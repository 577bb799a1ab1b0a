package actors_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/clustertest"
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

// TestAHookFailsAsTheViewChanges: its room ends, and no other room waits for it.
func TestAHookFailsAsTheViewChanges(t *testing.T) {
	fail := func(string) { panic("the hook has failed") }
	for name, hooks := range map[string]actors.Hooks{
		"Carry": {Carry: func() []byte { fail("carry"); return nil }},
		"Left":  {Left: func(actors.Member) { fail("left") }},
	} {
		t.Run(name, func(t *testing.T) {
			prepare := func(_ int, sys *actors.System) {
				require.NoError(t, sys.Intercept("room-*", func(*actors.Room) actors.Hooks { return hooks }))
			}
			clusterOf(t, actors.Options{Linger: -1}, 3, prepare, func(r *many) {
				room := r.taken("node-1", "node-4", "node-1", "node-2", "node-3")
				b, c := r.visitor(1, room), r.visitor(2, room)
				require.Equal(r, wire.ChangeJoined, b.hear().(*wire.MemberChange).Change)
				if name == "Left" { // as a node dies, its members leave
					r.net.Silence(r.nodes[2])
					c.line.Drop()
					r.net.Expire(r.nodes[2])
				} else {
					r.net.Join(r.newNode(prepare))
				}
				r.requireSettled()
				require.Equal(r, actors.CloseInternal, b.hear().(*wire.Bye).Code)
				require.EqualValues(r, 1, r.nodes[0].System.Stats().Panics)
				d := r.visitor(1, room)
				d.line.Drop()
				c.line.Drop()
				r.net.Leave(r.nodes[0])
				ctx, cancel := context.WithTimeout(r.Context(), time.Second)
				defer cancel()
				require.NoError(r, r.nodes[0].System.Leave(ctx), "nothing is under way")
			})
		})
	}
}

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

// TestAnInvokeWaitsForItsRoom: as long as it is on its way, it is not asked for again and again.
func TestAnInvokeWaitsForItsRoom(t *testing.T) {
	cluster(t, 3, probe, func(r *many) {
		room := r.taken("node-2", "node-1", "node-2", "node-3")
		from, to := r.nodes[0], r.nodes[1]
		b := r.visitor(1, room)
		r.net.Stall(from, to, true)
		r.net.Leave(from)
		synctest.Wait()
		done := make(chan error, 2)
		invoke := func(n *clustertest.Node) {
			_, err := n.System.Invoke(r.Context(), "", room, "probe", nil)
			done <- err
		}
		go invoke(to)
		go invoke(r.nodes[2])
		time.Sleep(time.Second)
		require.Empty(r, done)
		r.net.Stall(from, to, false)
		require.NoError(r, <-done)
		require.NoError(r, <-done)
		b.line.Drop()
	})
}

// TestAnInvokeWaitsInVain: the node that the room was to come to is in no cluster any more.
func TestAnInvokeWaitsInVain(t *testing.T) {
	cluster(t, 2, probe, func(r *many) {
		room := r.taken("node-2", "node-1", "node-2", "node-3")
		from, to := r.nodes[0], r.nodes[1]
		b := r.visitor(1, room)
		r.net.Stall(from, to, true)
		r.net.Leave(from)
		synctest.Wait()
		done := make(chan error)
		go func() {
			_, err := to.System.Invoke(r.Context(), "", room, "probe", nil)
			done <- err
		}()
		synctest.Wait()
		r.net.Silence(to)
		r.net.Expire(to)
		require.ErrorContains(r, <-done, "the cluster is not there")
		b.line.Drop()
	})
}

// TestABehaviourFailsAsItsRoomArrives: whoever waits for the room is answered, and it ends.
func TestABehaviourFailsAsItsRoomArrives(t *testing.T) {
	prepare := func(node int, sys *actors.System) {
		require.NoError(t, sys.Intercept("room-*", func(room *actors.Room) actors.Hooks {
			if node == 1 && room.Len() > 0 {
				panic("it does not like it here")
			}
			return actors.Hooks{}
		}))
	}
	cluster(t, 3, prepare, func(r *many) {
		room := r.taken("node-2", "node-1", "node-2", "node-3")
		from, to := r.nodes[0], r.nodes[1]
		b := r.visitor(1, room)
		r.net.Stall(from, to, true)
		r.net.Leave(from)
		synctest.Wait()
		here, far := r.comer(1, room), r.comer(2, room)
		r.net.Stall(from, to, false)
		r.requireSettled()
		require.Equal(r, actors.CloseInternal, b.hear().(*wire.Bye).Code)
		for _, g := range []*visitor{here, far} {
			e := g.hear().(*wire.Error)
			require.EqualValues(r, 1, e.ID)
			require.Contains(r, []wire.Code{wire.Internal, wire.Unavailable}, e.Code)
			g.say(&wire.Request{Kind: wire.KindJoin, ID: 2})
			g.joined()
			g.line.Drop()
		}
		require.EqualValues(r, 1, to.System.Stats().Panics)
		time.Sleep(time.Minute)
		synctest.Wait()
		for _, n := range r.nodes {
			require.Zero(r, n.System.Stats().Rooms, actors.Dump(n.System))
		}
	})
}

// TestAStuckRoom: a room whose behaviour does not return holds up itself, and no other.
func TestAStuckRoom(t *testing.T) {
	for _, where := range []string{"Send", "Carry", "Send, and stays"} {
		t.Run(where, func(t *testing.T) {
			var free chan struct{}
			prepare := func(_ int, sys *actors.System) {
				require.NoError(t, sys.Intercept("room-*", func(*actors.Room) actors.Hooks {
					if where == "Carry" {
						return actors.Hooks{Carry: func() []byte { <-free; return nil }}
					}
					return actors.Hooks{Send: func(*actors.Event) error { <-free; return nil }}
				}))
			}
			clusterOf(t, actors.Options{Watchdog: -1}, 2, prepare, func(r *many) {
				free = make(chan struct{})
				first, third, moves := r.nodes[0], r.newNode(prepare), where != "Send, and stays"
				room, other := r.taken("node-1", "node-3", "node-1", "node-2"), "other"
				if !moves {
					room = r.taken("node-2", "node-1", "node-2", "node-3") // stays where it is
				}
				for actors.OwnerOf(other, []string{"node-1", "node-2", "node-3"}) != "node-3" {
					other += "x"
				}
				a, b := r.visitor(0, room), r.visitor(1, room)
				require.Equal(r, wire.ChangeJoined, a.hear().(*wire.MemberChange).Change)
				a.say(&wire.Request{Kind: wire.KindSend, ID: 2, Event: "e"})
				r.net.Join(third)
				synctest.Wait()
				c := r.comer(1, other)
				time.Sleep(15 * time.Second)
				r.requireSettled()
				c.joined()
				c.line.Drop()
				if moves {
					require.Equal(r, actors.CloseOverloaded, b.bye().Code)
					b = r.visitor(1, room)
					require.EqualValues(r, 1, b.self.Since, "in a new epoch")
				}
				close(free)
				synctest.Wait()
				require.Equal(r, moves, first.System.Stats().Panics == 1)
				if moves {
					require.Equal(r, actors.CloseInternal, a.bye().Code)
				} else {
					require.EqualValues(r, 2, a.hear().(*wire.OK).ID)
					require.Equal(r, "e", b.hear().(*wire.Event).Event)
				}
				a.line.Drop()
				b.line.Drop()
				r.net.Leave(first)
				ctx, cancel := context.WithTimeout(r.Context(), time.Second)
				defer cancel()
				require.NoError(r, first.System.Leave(ctx))
				time.Sleep(time.Minute)
				for _, n := range r.nodes {
					require.Zero(r, n.System.Stats().Rooms, actors.Dump(n.System))
				}
			})
		})
	}
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

// TestAnInvokeFailsItsRoom: it is told so, and so is another one that waits behind it.
func TestAnInvokeFailsItsRoom(t *testing.T) {
	free := make(chan struct{})
	prepare := func(_ int, sys *actors.System) {
		sys.Handle("", "fail", func(*actors.Room, []byte) ([]byte, error) { <-free; panic("no") })
		sys.Handle("", "late", func(room *actors.Room, _ []byte) ([]byte, error) { return nil, nil })
	}
	cluster(t, 2, prepare, func(r *many) {
		free = make(chan struct{})
		room := r.taken("node-2", "node-1", "node-2")
		done := make(chan error, 4)
		for _, name := range []string{"fail", "late"} {
			for _, n := range r.nodes {
				go func() {
					_, err := n.System.Invoke(r.Context(), "", room, name, nil)
					done <- err
				}()
				synctest.Wait()
			}
		}
		close(free)
		for range 4 {
			require.ErrorIs(r, <-done, actors.ErrFailed)
		}
		require.EqualValues(r, 1, r.nodes[0].System.Stats().Panics)
	})
}

// TestABehaviourSpeaksInANewEpoch: what it says as it begins again is heard behind the word of that epoch.
func TestABehaviourSpeaksInANewEpoch(t *testing.T) {
	prepare := func(_ int, sys *actors.System) {
		require.NoError(t, sys.Intercept("room-*", func(room *actors.Room) actors.Hooks {
			if room.Len() > 0 {
				_ = room.Broadcast("hello", nil)
			}
			return actors.Hooks{}
		}))
	}
	cluster(t, 3, prepare, func(r *many) {
		room := r.taken("node-2", "node-1", "node-2", "node-3")
		b, c := r.visitor(1, room), r.visitor(2, room)
		require.Equal(r, wire.ChangeJoined, b.hear().(*wire.MemberChange).Change)
		r.net.Silence(r.nodes[0])
		r.net.Expire(r.nodes[0])
		for _, g := range []*visitor{b, c} {
			j, ok := g.hear().(*wire.Joined)
			require.True(r, ok)
			require.EqualValues(r, j.Seq+1, g.hear().(*wire.Event).Seq)
		}
		b.line.Drop()
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
