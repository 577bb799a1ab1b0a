package actors_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

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
