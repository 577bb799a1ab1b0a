package client_test

import (
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/client"
)

// again cuts p, and waits for the join over the next connection.
func (l *line) again(p *peer) (*peer, *wire.Request) {
	l.t.Helper()
	p.cut()
	p = l.peer()
	return p, p.request(wire.KindJoin)
}

// virtual runs a test in virtual time, with a client on a line.
func virtual(t *testing.T, f func(t *testing.T, l *line, c *client.Client, p *peer)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		c, p := l.client(l.options())
		defer c.Close()
		f(t, l, c, p)
	})
}

// Who only speaks misses nothing, however much it says.
func TestAnOKThatIsNextMovesTheCursor(t *testing.T) {
	virtual(t, func(t *testing.T, l *line, c *client.Client, p *peer) {
		room, _ := enter(t, c, p)
		cursor := uint64(13)
		p.say(event(13))
		answered := func(done <-chan error, kind wire.Kind, seq uint64) {
			t.Helper()
			p.say(&wire.OK{ID: p.request(kind).ID, Seq: seq})
			require.NoError(t, <-done)
		}
		async := func(f func() error) <-chan error {
			done := make(chan error, 1)
			go func() { done <- f() }()
			return done
		}
		to := func(who ...string) <-chan error {
			return async(func() error { _, err := room.SendTo(t.Context(), "e", nil, who...); return err })
		}
		var q *wire.Request
		is := func(why string) {
			t.Helper()
			p, q = l.again(p)
			require.Equal(t, cursor, q.Resume.Seq, why)
			p.say(joined(q.ID, 40, recovered))
		}
		for range 2000 {
			cursor++
			answered(send(t, room, "x"), wire.KindSend, cursor)
		}
		is("broadcasts")
		answered(to("ada"), wire.KindSend, cursor+1)
		cursor++
		answered(async(func() error { return room.Update(t.Context(), 1) }), wire.KindUpdate, cursor+1)
		cursor++
		is("to somebody else, and the own profile")
		answered(to("ada", "me"), wire.KindSend, cursor+1)
		is("what is to oneself, too, is heard: it may come after its ok")
		answered(async(func() error { return room.Lock(t.Context(), true) }), wire.KindLock, cursor+1)
		answered(async(func() error { return room.Kick(t.Context(), "ada", "") }), wire.KindKick, cursor+1)
		is("as is what is told to everyone")
		p.say(event(cursor+1), event(cursor+2))
		synctest.Wait()
		cursor += 2
		is("that is heard")
		answered(send(t, room, "x"), wire.KindSend, cursor)
		is("an old answer, given again")
	})
}

func TestTheCursorIsTheLastNumberedMessage(t *testing.T) {
	for _, codec := range []wire.Codec{wire.JSON, wire.Msgpack} {
		synctest.Test(t, func(t *testing.T) {
			l := newLine(t)
			l.codec = codec
			c, p := l.client(l.options())
			defer c.Close()
			room, first := enter(t, c, p)
			require.Nil(t, first.Resume)
			require.Len(t, first.Nonce, 26)
			require.Equal(t, "Me", text(t, first.Profile))

			p.say(event(13))
			done := send(t, room, "x")
			p.say(&wire.OK{ID: p.request(wire.KindSend).ID, Seq: 15})
			require.NoError(t, <-done)
			p, q := l.again(p)
			require.Equal(t, &wire.Resume{Member: "me", Key: "k", Epoch: "e1", Seq: 13}, q.Resume, "an ok does not move it past what may be missing")
			require.Equal(t, first.Nonce, q.Nonce)
			require.Greater(t, q.ID, first.ID)

			p.say(joined(q.ID, 30, recovered), event(20))
			p, q = l.again(p)
			require.EqualValues(t, 20, q.Resume.Seq, "nor does an answer that was recovered: what follows may be cut off")
			p.say(joined(q.ID, 31, recovered), change(25, wire.ChangeSuspended, "ada"))
			p, q = l.again(p)
			require.EqualValues(t, 25, q.Resume.Seq)
			p.say(joined(q.ID, 31, recovered), &wire.RoomChange{Room: "r", Seq: 27, Locked: true})
			p, q = l.again(p)
			require.EqualValues(t, 27, q.Resume.Seq)
			p.say(joined(q.ID, 3, epoch("e2")))
			p, q = l.again(p)
			require.Equal(t, &wire.Resume{Member: "me", Key: "k", Epoch: "e2", Seq: 3}, q.Resume, "one that was not sets it, also backwards")
			p.say(joined(q.ID, 3, epoch("e2"), recovered))
		})
	}
}

func TestALostAnswerIsMadeGoodByTheNonce(t *testing.T) {
	virtual(t, func(t *testing.T, l *line, c *client.Client, p *peer) {
		type result struct {
			room *client.Room
			err  error
		}
		done := make(chan result, 1)
		go func() {
			room, err := c.Join(t.Context(), "r", client.JoinOptions{})
			done <- result{room, err}
		}()
		first := p.request(wire.KindJoin)
		p, second := l.again(p)
		require.Equal(t, first.Nonce, second.Nonce)
		require.Nil(t, second.Resume)
		require.Greater(t, second.ID, first.ID)
		p.say(joined(second.ID, 12, recovered))
		r := <-done
		require.NoError(t, r.err)

		p, third := l.again(p)
		require.Nil(t, third.Resume, "recovered, and nothing heard yet: only the nonce can resume")
		require.Equal(t, first.Nonce, third.Nonce)
		p.say(joined(third.ID, 12, recovered), event(11), event(12))
		require.Equal(t, []uint64{11, 12}, seqs(r.room))
		p, fourth := l.again(p)
		require.EqualValues(t, 12, fourth.Resume.Seq)
		p.say(joined(fourth.ID, 12, recovered))
	})
}

func TestWhatWasMissedArrivesOnceAndInOrder(t *testing.T) {
	virtual(t, func(t *testing.T, l *line, c *client.Client, p *peer) {
		room, _ := enter(t, c, p)
		p.say(event(11))
		p, q := l.again(p)
		p.say(
			joined(q.ID, 15, recovered, members()),
			event(11), // again
			event(12),
			change(13, wire.ChangeJoined, "bob"),
			change(14, wire.ChangeLeft, "ada"),
			change(15, wire.ChangeLeft, "bob"),
			event(15),
			event(16),
		)
		var seen []string
		for range 8 {
			e, _ := nextAny(t, room)
			switch e := e.(type) {
			case client.Message:
				seen = append(seen, fmt.Sprint(e.Seq))
			case client.MemberChange:
				seen = append(seen, e.Member.ID+" "+e.Change.String())
			case client.Resumed:
				seen = append(seen, fmt.Sprint("resumed ", e.Same))
			case client.Suspended:
				seen = append(seen, "suspended")
			}
		}
		require.Equal(t, []string{"11", "suspended", "resumed true", "12", "bob joined", "ada left", "bob left", "16"}, seen)
		require.Empty(t, room.Members())
	})
}

func TestWhereHistoryEndsTheRostersAreCompared(t *testing.T) {
	virtual(t, func(t *testing.T, l *line, c *client.Client, p *peer) {
		eve := member("eve", 4)
		eve.Suspended = true
		room, _ := enter(t, c, p, members(member("ada", 1), member("bob", 3), eve))
		p, q := l.again(p)
		bob := member("bob", 3)
		bob.Profile = str("Robert")
		p.say(joined(q.ID, 5000, members(bob, member("eve", 4), member("kim", 5)), func(m *wire.Joined) { m.Locked = true }))
		next[client.Suspended](t, room)
		require.True(t, next[client.Resumed](t, room).Same)
		require.Equal(t, client.Gap{Cause: client.History, Lost: -1}, next[client.Gap](t, room))
		var seen []string
		for range 4 {
			e := next[client.MemberChange](t, room)
			require.Zero(t, e.Seq)
			seen = append(seen, e.Member.ID+" "+e.Change.String()+" "+e.Reason)
		}
		require.Equal(t, []string{"ada left missed", "bob updated ", "eve resumed ", "kim joined "}, seen)
		require.True(t, next[client.RoomChange](t, room).Locked)
		p.say(event(5000), event(5001))
		require.Equal(t, []uint64{5001}, seqs(room))
	})
}

func TestToBeSomebodyNewIsTold(t *testing.T) {
	virtual(t, func(t *testing.T, l *line, c *client.Client, p *peer) {
		room, _ := enter(t, c, p)
		p, q := l.again(p)
		p.say(joined(q.ID, 50, as("me2")))
		next[client.Suspended](t, room)
		require.False(t, next[client.Resumed](t, room).Same)
		require.Equal(t, client.History, next[client.Gap](t, room).Cause)
		require.Equal(t, "me2", room.Self().ID)

		// And where that answer is lost, the nonce brings back me2, while resume names me.
		p, q = l.again(p)
		require.Equal(t, "me2", q.Resume.Member)
		p, q = l.again(p)
		p.say(joined(q.ID, 7, as("me3"), epoch("e9"), recovered))
		next[client.Suspended](t, room)
		require.False(t, next[client.Resumed](t, room).Same)
		require.Equal(t, client.NewRoom, next[client.Gap](t, room).Cause)
		p.say(event(6), event(7), event(8))
		require.Equal(t, []uint64{6, 7, 8}, seqs(room), "the old cursor, 50, means nothing here")
	})
}

func TestRequestsAreRepeatedInTheSameEpoch(t *testing.T) {
	virtual(t, func(t *testing.T, l *line, c *client.Client, p *peer) {
		room, _ := enter(t, c, p)
		a, b := send(t, room, "a"), send(t, room, "b")
		first, second := p.request(wire.KindSend), p.request(wire.KindSend)
		p.say(&wire.OK{ID: first.ID, Seq: 11})
		require.NoError(t, <-a)
		p, q := l.again(p)
		new := send(t, room, "new")
		p.silent()
		p.say(joined(q.ID, 13, func(m *wire.Joined) { m.LastID = 40 })) // history is gone, but not the answers
		repeated := p.request(wire.KindSend)
		second.Size, repeated.Size = 0, 0
		require.Equal(t, second, repeated)
		third := p.request(wire.KindSend)
		require.Equal(t, "new", third.Event)
		require.EqualValues(t, 41, third.ID)
		p.say(&wire.OK{ID: repeated.ID, Seq: 12}, &wire.Error{ID: third.ID, Room: "r", Code: wire.RateLimited, Message: "slowly"})
		require.NoError(t, <-b)
		err := <-new
		require.Equal(t, wire.RateLimited, code(t, err))
		require.True(t, err.(*client.Error).Retryable())
	})
}

func TestANewEpochInterrupts(t *testing.T) {
	for name, answer := range map[string]func(*wire.Joined){"epoch": epoch("e2"), "member": as("me2")} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T, l *line, c *client.Client, p *peer) {
				room, _ := enter(t, c, p)
				sent := send(t, room, "sent")
				p.request(wire.KindSend)
				p, q := l.again(p)
				waiting := send(t, room, "waiting")
				p.say(joined(q.ID, 1, answer))
				require.ErrorIs(t, <-sent, client.ErrInterrupted)
				q = p.request(wire.KindSend)
				require.Equal(t, "waiting", q.Event, "what was never sent is not in doubt")
				p.say(&wire.OK{ID: q.ID, Seq: 2})
				require.NoError(t, <-waiting)
				p.silent()
			})
		})
	}
}

func TestAtMost64RequestsAreOutstanding(t *testing.T) {
	virtual(t, func(t *testing.T, l *line, c *client.Client, p *peer) {
		room, _ := enter(t, c, p)
		const all = 100
		done := make(chan error, all)
		for range all {
			go func() {
				_, err := room.Send(t.Context(), "x", nil)
				done <- err
			}()
		}
		synctest.Wait()
		require.Len(t, p.requests, 64)
		p, q := l.again(p)
		p.say(joined(q.ID, 10, recovered))
		synctest.Wait()
		require.Len(t, p.requests, 64, "repeated, and no more")
		var last uint64
		for i := range all {
			q := p.request(wire.KindSend)
			require.Greater(t, q.ID, last)
			last = q.ID
			p.say(&wire.OK{ID: q.ID, Seq: 11 + uint64(i)})
			require.NoError(t, <-done)
		}
		p.silent()
	})
}

func TestARoomThatGoesOnInANewEpochIsToldOfUnasked(t *testing.T) {
	virtual(t, func(t *testing.T, l *line, c *client.Client, p *peer) {
		room, _ := enter(t, c, p)
		sent := send(t, room, "a")
		p.request(wire.KindSend)
		p.say(joined(0, 3, epoch("e2"), members(member("bob", 3))))
		require.ErrorIs(t, <-sent, client.ErrInterrupted)
		require.Equal(t, client.Gap{Cause: client.NewRoom, Lost: -1}, next[client.Gap](t, room))
		require.Equal(t, wire.ChangeLeft, next[client.MemberChange](t, room).Change)
		require.Equal(t, "bob", next[client.MemberChange](t, room).Member.ID)
		require.True(t, room.Joined())

		p.say(event(3), event(4))
		require.EqualValues(t, 4, next[client.Message](t, room).Seq, "3 is what the new roster holds already")
		sent = send(t, room, "b")
		p.say(&wire.OK{ID: p.request(wire.KindSend).ID, Seq: 5})
		require.NoError(t, <-sent)
		p, q := l.again(p)
		require.Equal(t, &wire.Resume{Member: "me", Key: "k", Epoch: "e2", Seq: 5}, q.Resume)
		p.say(joined(q.ID, 5, epoch("e2"), recovered))
	})
}
