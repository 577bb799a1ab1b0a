package actors_test

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/roomtest"
	"github.com/parley-signaling/parley/actors/wire"
)

// late is a client that gives its first connection up, over which its join is still under way,
// and is in the room over another node by the time that the first one's comes.
type late struct {
	*many
	room          string
	witness, back *visitor
}

const lateNonce = "nonce-of-the-client"

// begin has the join of a connection to node 1 wait on its way to node 0, the room's.
func (l *late) begin(first, second *wire.Request) {
	l.room = l.owned(0)
	l.witness = l.visitor(0, l.room)
	if first.Resume != nil { // it has been there before
		gone := &visitor{many: l.many, line: roomtest.NewLine(l.nodes[2].System, wire.JSON, 1), room: l.room}
		gone.say(&wire.Request{Kind: wire.KindJoin, ID: 1, Nonce: lateNonce})
		j := gone.hear().(*wire.Joined)
		gone.line.Drop()
		synctest.Wait()
		require.Equal(l, wire.ChangeJoined, l.witness.hear().(*wire.MemberChange).Change)
		require.Equal(l, wire.ChangeSuspended, l.witness.hear().(*wire.MemberChange).Change)
		for _, q := range []*wire.Request{first, second} {
			q.Resume = &wire.Resume{Member: j.Self.Member, Key: j.Self.Key, Epoch: j.Epoch, Seq: j.Seq}
		}
	}
	l.net.Stall(l.nodes[1], l.nodes[0], true)
	given := &visitor{many: l.many, line: roomtest.NewLine(l.nodes[1].System, wire.JSON, 1), room: l.room}
	given.say(first)
	given.line.Drop()
	synctest.Wait()
	l.back = &visitor{many: l.many, line: roomtest.NewLine(l.nodes[2].System, wire.JSON, 1), room: l.room}
	l.back.say(second)
}

// isIn sees that the connection that came back is in the room, and that nothing else was said to it.
func (l *late) isIn() {
	l.Helper()
	l.witness.say(&wire.Request{Kind: wire.KindSend, Event: "e", Data: text("hello")})
	require.Equal(l, "hello", mustText(l.many, l.back.hear()))
	l.back.say(&wire.Request{Kind: wire.KindSend, ID: 9, Event: "e", Data: text("hello too")})
	require.EqualValues(l, 9, l.back.hear().(*wire.OK).ID)
	require.Equal(l, "hello too", mustText(l.many, l.witness.hear()))
}

// TestALateJoinReplacesNobody: neither one that finds the member by its nonce, nor one that
// resumes it, also where the room has moved between the two, or its node has died.
func TestALateJoinReplacesNobody(t *testing.T) {
	join := func(id uint64, resume bool) *wire.Request {
		q := &wire.Request{Kind: wire.KindJoin, ID: id, Nonce: lateNonce}
		if resume {
			q.Resume = &wire.Resume{}
		}
		return q
	}
	for name, resume := range map[string]bool{"nonce": false, "resume": true} {
		enter := func(r *many) *late {
			l := &late{many: r}
			l.begin(join(2, resume), join(3, resume))
			require.IsType(r, &wire.Joined{}, l.back.hear())
			require.IsType(r, &wire.MemberChange{}, l.witness.hear())
			return l
		}
		t.Run(name, func(t *testing.T) {
			cluster(t, 3, probe, func(r *many) {
				l := enter(r)
				r.net.Stall(r.nodes[1], r.nodes[0], false)
				synctest.Wait()
				l.isIn()
			})
		})
		t.Run(name+", and the room moves", func(t *testing.T) {
			cluster(t, 3, probe, func(r *many) {
				l := enter(r)
				r.net.Leave(r.nodes[0])
				synctest.Wait()
				r.net.Stall(r.nodes[1], r.nodes[0], false)
				require.NoError(r, r.nodes[0].System.Leave(r.Context()))
				synctest.Wait()
				l.isIn()
			})
		})
		t.Run(name+", and the room's node dies", func(t *testing.T) {
			cluster(t, 3, probe, func(r *many) {
				l := enter(r)
				keeper := l.witness
				l.witness = r.visitor(2, l.room) // of a node that lives
				require.IsType(r, &wire.MemberChange{}, l.back.hear())
				r.net.Silence(r.nodes[0])
				keeper.line.Drop()
				r.net.Expire(r.nodes[0])
				synctest.Wait()
				require.False(r, l.back.hear().(*wire.Joined).Recovered)
				require.False(r, l.witness.hear().(*wire.Joined).Recovered)
				l.isIn()
			})
		})
	}
}

// TestALateKnockReplacesNobody: it does not take the place of the one that waits to be let in.
func TestALateKnockReplacesNobody(t *testing.T) {
	var held []*actors.Join
	prepare := func(node int, sys *actors.System) {
		probe(node, sys)
		require.NoError(t, sys.Intercept("*", func(room *actors.Room) actors.Hooks {
			return actors.Hooks{Join: func(j *actors.Join) error {
				if room.Len() == 0 {
					return nil
				}
				held = append(held, j)
				return actors.ErrHold
			}}
		}))
	}
	cluster(t, 3, prepare, func(r *many) {
		l := &late{many: r}
		l.begin(&wire.Request{Kind: wire.KindJoin, ID: 2, Nonce: lateNonce}, &wire.Request{Kind: wire.KindJoin, ID: 3, Nonce: lateNonce})
		r.net.Stall(r.nodes[1], r.nodes[0], false)
		synctest.Wait()
		require.NoError(r, r.nodes[0].System.Do(l.room, func(*actors.Room) {
			require.Len(r, held, 1, "one knock")
			require.True(r, held[0].Admit())
		}))
		synctest.Wait()
		require.EqualValues(r, 3, l.back.hear().(*wire.Joined).ID)
		require.IsType(r, &wire.MemberChange{}, l.witness.hear())
		l.isIn()
	})
}
