package client_test

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/client"
)

// slow runs a test with a client that keeps 4 events for a late reader. One more is in its
// pump's hand.
func slow(t *testing.T, f func(t *testing.T, l *line, c *client.Client, p *peer)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		o := l.options()
		o.Queue = 4
		c, p := l.client(o)
		defer c.Close()
		f(t, l, c, p)
	})
}

func events(p *peer, from, to uint64) {
	for seq := from; seq <= to; seq++ {
		p.say(event(seq))
		synctest.Wait()
	}
}

func TestALateReaderIsToldWhatItMissed(t *testing.T) {
	slow(t, func(t *testing.T, l *line, c *client.Client, p *peer) {
		room, _ := enter(t, c, p)
		events(p, 11, 15)
		p.say(change(16, wire.ChangeJoined, "bob"), change(17, wire.ChangeLeft, "ada"), &wire.RoomChange{Room: "r", Seq: 18, Locked: true})
		events(p, 19, 20)
		require.Len(t, room.Members(), 1, "the roster is right all the time")

		// A late reader may wait for its own request.
		done := send(t, room, "x")
		p.say(&wire.OK{ID: p.request(wire.KindSend).ID, Seq: 21})
		require.NoError(t, <-done)

		for seq := uint64(11); seq <= 15; seq++ {
			require.Equal(t, seq, next[client.Message](t, room).Seq)
		}
		require.Equal(t, client.Gap{Cause: client.Overflow, Lost: 5}, next[client.Gap](t, room))
		left := next[client.MemberChange](t, room)
		require.Equal(t, wire.ChangeLeft, left.Change)
		require.Equal(t, "ada", left.Member.ID)
		come := next[client.MemberChange](t, room)
		require.Equal(t, wire.ChangeJoined, come.Change)
		require.Equal(t, "bob", come.Member.ID)
		require.Equal(t, client.RoomChange{Locked: true}, next[client.RoomChange](t, room))
		p.say(event(22))
		require.EqualValues(t, 22, next[client.Message](t, room).Seq)

		p, q := l.again(p)
		require.EqualValues(t, 22, q.Resume.Seq, "what this side left out need not be sent again")
		p.say(joined(q.ID, 22, recovered))
	})
}

func TestAnOverflowOutlivesReconnects(t *testing.T) {
	slow(t, func(t *testing.T, l *line, c *client.Client, p *peer) {
		room, _ := enter(t, c, p)
		events(p, 11, 16)
		p, q := l.again(p)
		p.say(joined(q.ID, 1, as("me2"), epoch("e2"), members(member("bob", 1))))
		p, q = l.again(p)
		p.say(joined(q.ID, 1, as("me2"), epoch("e2"), recovered))
		synctest.Wait()
		require.Equal(t, []uint64{11, 12, 13, 14, 15}, seqsUpTo(t, room, 5))
		require.Equal(t, client.Gap{Cause: client.Overflow, Lost: -1}, next[client.Gap](t, room), "there is another in it")
		require.Equal(t, client.Resumed{Self: "me2", Same: false}, next[client.Resumed](t, room))
		require.Equal(t, "ada", next[client.MemberChange](t, room).Member.ID)
		require.Equal(t, "bob", next[client.MemberChange](t, room).Member.ID)
		p.say(event(2))
		require.Equal(t, []uint64{2}, seqs(room))
	})
}

func TestAnOverflowWhileTheLineIsDown(t *testing.T) {
	slow(t, func(t *testing.T, l *line, c *client.Client, p *peer) {
		room, _ := enter(t, c, p)
		events(p, 11, 16)
		l.down.Store(true)
		p.cut()
		synctest.Wait()
		seqsUpTo(t, room, 5)
		require.Equal(t, client.Gap{Cause: client.Overflow, Lost: 2}, next[client.Gap](t, room))
		require.ErrorContains(t, next[client.Suspended](t, room).Err, "EOF")
	})
}

func TestAReturnAsSomebodyNewIsToldHoweverLate(t *testing.T) {
	slow(t, func(t *testing.T, l *line, c *client.Client, p *peer) {
		room, _ := enter(t, c, p)
		events(p, 11, 16)
		p, q := l.again(p)
		p.say(joined(q.ID, 50, as("me2")))
		synctest.Wait()
		l.down.Store(true)
		p.cut()
		synctest.Wait()
		seqsUpTo(t, room, 5)
		require.Equal(t, client.Gap{Cause: client.Overflow, Lost: -1}, next[client.Gap](t, room))
		next[client.Suspended](t, room)
		l.down.Store(false)
		p = l.peer()
		q = p.request(wire.KindJoin)
		p.say(joined(q.ID, 51, as("me2"), recovered))
		require.Equal(t, client.Resumed{Self: "me2", Same: false}, next[client.Resumed](t, room))
		p, q = l.again(p)
		p.say(joined(q.ID, 51, as("me2"), recovered))
		next[client.Suspended](t, room)
		require.Equal(t, client.Resumed{Self: "me2", Same: true}, next[client.Resumed](t, room))
	})
}

func TestTheEndComesAfterTheGap(t *testing.T) {
	slow(t, func(t *testing.T, l *line, c *client.Client, p *peer) {
		room, _ := enter(t, c, p)
		events(p, 11, 16)
		p.say(&wire.Bye{Room: "r", Code: 4410, Reason: "kicked"})
		synctest.Wait()
		require.Error(t, room.Err())
		seqsUpTo(t, room, 5)
		require.Equal(t, client.Gap{Cause: client.Overflow, Lost: 1}, next[client.Gap](t, room))
		require.ErrorContains(t, over(t, room), "kicked")
	})
}

// seqsUpTo collects the numbers of the next n events, which must be messages.
func seqsUpTo(t *testing.T, r *client.Room, n int) []uint64 {
	t.Helper()
	var list []uint64
	for range n {
		list = append(list, next[client.Message](t, r).Seq)
	}
	return list
}
