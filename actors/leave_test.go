package actors_test

import (
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/roomtest"
	"github.com/parley-signaling/parley/actors/wire"
)

// bound finds a room that a node owns, and that another one would own without it.
func (r *many) bound(from, to int) string {
	var all, without []string
	for i, n := range r.nodes {
		all = append(all, n.Self())
		if i != from {
			without = append(without, n.Self())
		}
	}
	for i := range 10_000 {
		name := fmt.Sprint("room-", i)
		if actors.OwnerOf(name, all) == r.nodes[from].Self() && actors.OwnerOf(name, without) == r.nodes[to].Self() {
			return name
		}
	}
	r.Fatal("there is no such room")
	return ""
}

// knocker asks to come into a room that moves from node 0 to node 1, over node 2. Node 0 hears of
// node 2 only then, and its word that the room has moved is under way.
func (r *many) knocker() (k *visitor) {
	room := r.bound(0, 1)
	r.visitor(1, room)
	r.net.Stall(r.nodes[2], r.nodes[0], true)
	k = &visitor{many: r, line: roomtest.NewLine(r.nodes[2].System, wire.JSON, 1), room: room}
	k.say(&wire.Request{Kind: wire.KindJoin, ID: 1})
	r.net.Leave(r.nodes[0])
	synctest.Wait()
	r.net.Stall(r.nodes[0], r.nodes[2], true)
	r.net.Stall(r.nodes[2], r.nodes[0], false)
	synctest.Wait()
	return k
}

// TestALeavingNodeWaitsForItsLastWord: whoever asked it for a room that it no longer had is not
// closed.
func TestALeavingNodeWaitsForItsLastWord(t *testing.T) {
	cluster(t, 3, probe, func(r *many) {
		k := r.knocker()
		left := make(chan error, 1)
		go func() { left <- r.nodes[0].System.Leave(r.Context()) }()
		synctest.Wait()
		require.Empty(r, left, "node 2 does not know yet")
		r.net.Stall(r.nodes[0], r.nodes[2], false)
		synctest.Wait()
		require.Len(r, left, 1)
		require.NoError(r, <-left)
		r.net.Remove(r.nodes[0])
		require.EqualValues(r, 2, k.hear().(*wire.Joined).Count)
	})
}

// TestALeavingNodeDies: who waits to come in goes on waiting, where the room is.
func TestALeavingNodeDies(t *testing.T) {
	cluster(t, 3, probe, func(r *many) {
		k := r.knocker()
		r.net.Silence(r.nodes[0])
		r.net.Expire(r.nodes[0])
		synctest.Wait()
		r.net.Stall(r.nodes[0], r.nodes[2], false) // too late
		synctest.Wait()
		require.EqualValues(r, 2, k.hear().(*wire.Joined).Count)
	})
}
