package actors_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/clustertest"
	"github.com/parley-signaling/parley/actors/roomtest"
	"github.com/parley-signaling/parley/actors/wire"
)

// alone is a cluster of one node, whose links take a millisecond a frame.
func alone(t *testing.T, queueBytes int, o actors.Options, test func(r *many)) {
	synctest.Test(t, func(t *testing.T) {
		r := &many{T: t, net: clustertest.New()}
		r.net.QueueBytes = queueBytes
		r.delay.Store(int64(time.Millisecond))
		r.net.Delay = func() time.Duration { return time.Duration(r.delay.Load()) }
		o.Logger = slog.New(slog.NewTextHandler(t.Output(), nil))
		r.grow(o)
		r.pass(5 * time.Millisecond)
		test(r)
		for _, n := range r.nodes {
			require.NoError(t, n.System.Close(t.Context()), actors.Dump(n.System))
		}
		time.Sleep(time.Minute)
	})
}

// grow has one more node come. Nobody knows yet.
func (r *many) grow(o actors.Options) {
	node := r.net.NewNode()
	o.Cluster = node
	sys, err := actors.NewSystem(o)
	require.NoError(r, err)
	node.System = sys
	r.nodes = append(r.nodes, node)
	r.net.Join(node)
}

func (r *many) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// crowd has hidden members with profiles of 4 KiB come into a room, and be suspended.
func (r *many) crowd(node int, room string, members int) {
	profile := wire.Value{Bytes: fmt.Appendf(nil, "%q", strings.Repeat("x", wire.MaxProfile-2))}
	join := wire.AppendRequest(nil, wire.JSON, &wire.Request{Kind: wire.KindJoin, Room: room, Hidden: true, Profile: profile})
	for range members {
		line := roomtest.NewLine(r.nodes[node].System, wire.JSON, 1)
		line.Send(join)
		line.Drop()
	}
	synctest.Wait()
}

// room is how many members a room has on the node that it lives on, and its epoch.
func (r *many) state(room string) (node, members int, epoch string) {
	for i, n := range r.nodes {
		if n.System.Do(room, func(r *actors.Room) { node, members, epoch = i, r.Len(), r.Epoch() }) == nil {
			synctest.Wait()
			return node, members, epoch
		}
	}
	r.Fatalf("%s lives nowhere", room)
	return 0, 0, ""
}

// TestALargeRoomMoves: it is larger than what the link holds, and goes in pieces that leave room
// for others. Small rooms do not wait for it, and nobody who is in it misses anything.
func TestALargeRoomMoves(t *testing.T) {
	const members = 10_000
	o := actors.Options{RosterBytes: 64 << 20, RoomCapacity: members + 2, Linger: time.Minute}
	alone(t, 32<<20, o, func(r *many) {
		var small []*visitor
		for i := range 200 {
			small = append(small, r.visitor(0, fmt.Sprint("small ", i)))
		}
		a := r.visitor(0, "large")
		r.crowd(0, "large", members)
		_, _, epoch := r.state("large")
		for i := range 300 {
			a.say(&wire.Request{Kind: wire.KindSend, Event: "e", Data: text(fmt.Sprint(i, strings.Repeat("x", 3000)))})
		}
		r.grow(o)
		r.pass(5 * time.Millisecond) // it knows
		r.net.Leave(r.nodes[0])
		asked := time.Now()
		for _, g := range small {
			g.line.Send(wire.AppendRequest(nil, wire.JSON, &wire.Request{Kind: wire.KindSend, ID: 2, Event: "e", Room: g.room}))
		}
		a.line.Send(wire.AppendRequest(nil, wire.JSON, &wire.Request{Kind: wire.KindSend, ID: 1000, Event: "e", Room: "large"}))
		for _, g := range small {
			require.EqualValues(r, 2, g.hear().(*wire.OK).ID)
		}
		forSmall := time.Since(asked) // by the bubble's clock
		require.EqualValues(r, 1000, a.hear().(*wire.OK).ID)
		forLarge := time.Since(asked)
		require.Less(r, 2*forSmall, forLarge)
		require.NoError(r, r.nodes[0].System.Leave(r.Context()))
		node, there, after := r.state("large")
		require.Equal(r, []any{1, members + 1, epoch}, []any{node, there, after})
		went := r.net.Traffic(r.nodes[0], r.nodes[1])
		require.Greater(r, went.Bytes, 40<<20)
		require.Less(r, went.Most, 2<<20+128<<10)
		t.Logf("%d bytes, at most %d under way; small rooms after %v, the large one after %v", went.Bytes, went.Most, forSmall, forLarge)

		a.line.Drop()
		r.pass(time.Second)
		b := &visitor{many: r, line: roomtest.NewLine(r.nodes[1].System, wire.JSON, 1), room: "large"}
		b.say(&wire.Request{Kind: wire.KindJoin, ID: 1001, Resume: &wire.Resume{Member: a.self.Member, Key: a.self.Key, Epoch: epoch, Seq: 1}})
		require.True(r, b.hear().(*wire.Joined).Recovered)
		for _, g := range append(small, b) {
			g.line.Drop()
		}
	})
}

// TestRoomsMoveThroughASmallQueue: what is under way is a quarter of it.
func TestRoomsMoveThroughASmallQueue(t *testing.T) {
	alone(t, 1<<20, actors.Options{}, func(r *many) {
		epochs := map[string]string{}
		for i := range 20 {
			room := fmt.Sprint("room ", i)
			r.crowd(0, room, 100)
			_, _, epochs[room] = r.state(room)
		}
		r.grow(actors.Options{})
		r.pass(5 * time.Millisecond)
		r.net.Leave(r.nodes[0])
		require.NoError(r, r.nodes[0].System.Leave(r.Context()))
		for room, epoch := range epochs {
			node, there, after := r.state(room)
			require.Equal(r, []any{1, 100, epoch}, []any{node, there, after})
		}
		went := r.net.Traffic(r.nodes[0], r.nodes[1])
		require.Greater(r, went.Bytes, 20*100*4<<10)
		require.Less(r, went.Most, 256<<10+64<<10)
	})
}

// TestNothingGoesToADeadNode: rooms that wait for their turn stay where they are, as they are.
func TestNothingGoesToADeadNode(t *testing.T) {
	alone(t, 0, actors.Options{}, func(r *many) {
		var all []*visitor
		epochs := map[string]string{}
		for i := range 200 {
			room := fmt.Sprint("room ", i)
			all = append(all, r.visitor(0, room))
			_, _, epochs[room] = r.state(room)
		}
		r.grow(actors.Options{})
		r.net.Stall(r.nodes[0], r.nodes[1], true)
		r.pass(5 * time.Millisecond)
		dead := r.nodes[1]
		r.net.Silence(dead)
		r.net.Expire(dead)
		r.pass(100 * time.Millisecond)
		lost := 0
		for _, g := range all {
			node, there, after := r.state(g.room)
			require.Equal(r, []int{0, 1}, []int{node, there})
			if after != epochs[g.room] {
				lost++
				require.IsType(r, &wire.Joined{}, g.hear())
			}
			g.say(&wire.Request{Kind: wire.KindSend, ID: 2, Event: "e"})
			require.EqualValues(r, 2, g.hear().(*wire.OK).ID)
			g.line.Drop()
		}
		require.Equal(r, 32, lost, "those that were under way")
	})
}

// TestACutAmidALargeRoom: it is lost with the link, and begins anew; nothing waits for it.
func TestACutAmidALargeRoom(t *testing.T) {
	alone(t, 0, actors.Options{RosterBytes: 64 << 20}, func(r *many) {
		a := r.visitor(0, "large")
		r.crowd(0, "large", 2000)
		_, _, epoch := r.state("large")
		r.grow(actors.Options{RosterBytes: 64 << 20})
		r.pass(5 * time.Millisecond)
		r.net.Leave(r.nodes[0])
		r.pass(60 * time.Millisecond) // half of it has gone
		went := r.net.Traffic(r.nodes[0], r.nodes[1])
		require.Greater(r, went.Bytes, 2<<20)
		require.Less(r, went.Bytes, 6<<20)
		r.net.Cut(r.nodes[0], r.nodes[1])
		require.NoError(r, r.nodes[0].System.Leave(r.Context()))
		require.Equal(r, actors.CloseOverloaded, a.hear().(*wire.Bye).Code, "it is to come back")
		b := r.visitor(1, "large")
		_, there, after := r.state("large")
		require.Equal(r, 1, there)
		require.NotEqual(r, epoch, after)
		b.line.Drop()
	})
}
