package client_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/client"
)

func TestTheServersPauseIsKept(t *testing.T) {
	virtual(t, func(t *testing.T, l *line, c *client.Client, p *peer) {
		enter(t, c, p)
		start := time.Now()
		p.say(&wire.Bye{Code: 1001, Reason: "drain", RetryAfter: 5 * time.Second})
		p.close(1001)
		p = l.peer()
		p.request(wire.KindJoin)
		require.GreaterOrEqual(t, time.Since(start), 5*time.Second)
		require.Less(t, time.Since(start), 5300*time.Millisecond)
	})
}

func TestAByeWithoutACloseFrameCounts(t *testing.T) {
	virtual(t, func(t *testing.T, l *line, c *client.Client, p *peer) {
		room, _ := enter(t, c, p)
		p.say(&wire.Bye{Code: 1008, Reason: "policy"})
		p.cut()
		require.Equal(t, &client.EndedError{Code: 1008, Reason: "policy"}, over(t, room))
	})
}

func TestPausesGrow(t *testing.T) {
	virtual(t, func(t *testing.T, l *line, c *client.Client, p *peer) {
		room, _ := enter(t, c, p)
		l.down.Store(true)
		p.cut()
		next[client.Suspended](t, room)
		l.dials.Store(0)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		// 5 s on average, once the bound has been reached.
		require.Greater(t, l.dials.Load(), int64(80))
		require.Less(t, l.dials.Load(), int64(190))
		require.Equal(t, client.Connecting, c.State())
		require.False(t, room.Joined())
		l.down.Store(false)
		p = l.peer()
		q := p.request(wire.KindJoin)
		p.say(joined(q.ID, 20, recovered))
		next[client.Resumed](t, room)
		p.cut()
		start := time.Now()
		p = l.peer()
		require.LessOrEqual(t, time.Since(start), 300*time.Millisecond, "they begin anew after a join")
		p.request(wire.KindJoin)
	})
}

func TestTerminalCodesAreFinal(t *testing.T) {
	for _, code := range []int{1000, 1002, 1003, 1007, 1008, 1009, 4401, 4409, 4410} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			virtual(t, func(t *testing.T, l *line, c *client.Client, p *peer) {
				room, _ := enter(t, c, p)
				sent := send(t, room, "x")
				p.request(wire.KindSend)
				p.close(code)
				err := over(t, room)
				require.Equal(t, err, <-sent)
				var ended *client.EndedError
				require.ErrorAs(t, err, &ended)
				require.Equal(t, code, ended.Code)
				dials := l.dials.Load()
				time.Sleep(time.Hour)
				require.Equal(t, dials, l.dials.Load())
				require.Equal(t, client.Idle, c.State())
			})
		})
	}
}

func TestOtherCodesAreNot(t *testing.T) {
	for _, code := range []int{1001, 1011, 1012, 1013, 4400, 4408, 4429} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			virtual(t, func(t *testing.T, l *line, c *client.Client, p *peer) {
				room, _ := enter(t, c, p)
				p.close(code)
				p = l.peer()
				q := p.request(wire.KindJoin)
				require.NotNil(t, q.Resume)
				p.say(joined(q.ID, 11, recovered))
				require.ErrorContains(t, next[client.Suspended](t, room).Err, fmt.Sprint(code))
				require.True(t, next[client.Resumed](t, room).Same)
			})
		})
	}
}

func TestAMembershipCanEndAlone(t *testing.T) {
	for reason, code := range map[string]int{"kicked": 4410, "replaced": 4409, "closed": 1000, "unauthorized": 4401} {
		t.Run(reason, func(t *testing.T) {
			virtual(t, func(t *testing.T, l *line, c *client.Client, p *peer) {
				room, _ := enter(t, c, p)
				p.say(event(11), &wire.Bye{Room: "r", Code: code, Reason: reason, Text: "because"}, event(12))
				require.EqualValues(t, 11, next[client.Message](t, room).Seq, "what came before is still told")
				require.Equal(t, &client.EndedError{Code: code, Reason: reason, Text: "because"}, over(t, room))
				require.Equal(t, client.Open, c.State())
				room, q := enter(t, c, p)
				require.Nil(t, q.Resume)
				require.Nil(t, room.Err())
			})
		})
	}
}

func TestARoomThatFailedIsEnteredAgain(t *testing.T) {
	virtual(t, func(t *testing.T, l *line, c *client.Client, p *peer) {
		room, _ := enter(t, c, p)
		p.say(&wire.Bye{Room: "r", Code: 1011, Reason: "internal"})
		next[client.Suspended](t, room)
		q := p.request(wire.KindJoin)
		p.say(&wire.Error{ID: q.ID, Room: "r", Code: wire.Overloaded, Message: "later", RetryAfter: time.Minute})
		start := time.Now()
		q = p.request(wire.KindJoin)
		require.GreaterOrEqual(t, time.Since(start), time.Minute)
		p.say(joined(q.ID, 1, epoch("e2"), as("me2")))
		require.False(t, next[client.Resumed](t, room).Same)
		require.Equal(t, client.NewRoom, next[client.Gap](t, room).Cause)
	})
}

func TestARefusedReturnEndsTheMembership(t *testing.T) {
	virtual(t, func(t *testing.T, l *line, c *client.Client, p *peer) {
		room, _ := enter(t, c, p)
		p, q := l.again(p)
		p.say(&wire.Error{ID: q.ID, Room: "r", Code: wire.RoomLocked, Message: "room: locked"})
		next[client.Suspended](t, room)
		require.Equal(t, wire.RoomLocked, code(t, over(t, room)))
	})
}

func TestAnIdleClientConnectsWhenARoomWantsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		var states []client.State
		o := l.options()
		o.OnState = func(s client.State, _ error) { states = append(states, s) }
		c, p := l.client(o)
		p.close(4400)
		synctest.Wait()
		require.Equal(t, client.Idle, c.State())
		done := make(chan error, 1)
		go func() {
			_, err := c.Join(t.Context(), "r", client.JoinOptions{})
			done <- err
		}()
		p = l.peer()
		p.say(joined(p.request(wire.KindJoin).ID, 1))
		require.NoError(t, <-done)
		require.NoError(t, c.Close())
		require.Equal(t, []client.State{client.Open, client.Idle, client.Connecting, client.Open, client.Closed}, states)
	})
}

func TestAJoinThatTakesTooLongIsGivenUp(t *testing.T) {
	virtual(t, func(t *testing.T, l *line, c *client.Client, p *peer) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := c.Join(ctx, "r", client.JoinOptions{})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		q := p.request(wire.KindJoin)
		require.Zero(t, p.request(wire.KindLeave).ID)
		p.say(joined(q.ID, 1))
		require.Equal(t, "r", p.request(wire.KindLeave).Room, "let in after all")
		p.say(&wire.Error{Room: "r", Code: wire.NotJoined, Message: "room: not joined"})

		l.down.Store(true)
		p.cut()
		synctest.Wait()
		ctx, cancel = context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err = c.Join(ctx, "r", client.JoinOptions{})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorIs(t, err, errDown, "it says what was in the way")
		l.down.Store(false)
		time.Sleep(time.Minute)
		require.Equal(t, client.Idle, c.State())
		_, err = c.Join(ctx, "r", client.JoinOptions{})
		require.Equal(t, context.DeadlineExceeded, err)
		require.Equal(t, client.Idle, c.State())
	})
}

func TestARequestThatTakesTooLong(t *testing.T) {
	virtual(t, func(t *testing.T, l *line, c *client.Client, p *peer) {
		room, _ := enter(t, c, p)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := room.Send(ctx, "sent", nil)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "sent, but not answered")
		q := p.request(wire.KindSend)
		p.say(&wire.OK{ID: q.ID, Seq: 11}) // too late, and no harm

		l.down.Store(true)
		p.cut()
		synctest.Wait()
		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = room.Send(ctx, "never sent", nil)
		require.Equal(t, context.DeadlineExceeded, err)
		_, err = room.Send(ctx, "nor this", nil)
		require.Equal(t, context.DeadlineExceeded, err)
		l.down.Store(false)
		p = l.peer()
		q = p.request(wire.KindJoin)
		p.say(joined(q.ID, 12, recovered))
		done := send(t, room, "next")
		q = p.request(wire.KindSend)
		require.Equal(t, "next", q.Event)
		p.say(&wire.OK{ID: q.ID, Seq: 13})
		require.NoError(t, <-done)
	})
}

func TestAMessageOverTheLimitIsNotSent(t *testing.T) {
	virtual(t, func(t *testing.T, l *line, c *client.Client, p *peer) {
		room, _ := enter(t, c, p)
		_, err := room.Send(t.Context(), "x", string(make([]byte, 20<<10))) // \u0000 each
		require.Equal(t, wire.TooLarge, code(t, err))
		p.silent()
		done := send(t, room, "x")
		p.say(&wire.OK{ID: p.request(wire.KindSend).ID, Seq: 11})
		require.NoError(t, <-done)
	})
}

func TestLeavingWhileTheLineIsDown(t *testing.T) {
	virtual(t, func(t *testing.T, l *line, c *client.Client, p *peer) {
		room, _ := enter(t, c, p)
		sent := send(t, room, "x")
		p.request(wire.KindSend)
		l.down.Store(true)
		p.cut()
		synctest.Wait()
		left := make(chan error, 1)
		go func() { left <- room.Leave(t.Context()) }()
		synctest.Wait()
		require.ErrorIs(t, <-sent, client.ErrLeft)
		_, err := room.Send(t.Context(), "x", nil)
		require.ErrorIs(t, err, client.ErrLeft)
		l.down.Store(false)
		p = l.peer()
		q := p.request(wire.KindLeave)
		require.Equal(t, "me", q.Resume.Member)
		p, id := func() (*peer, uint64) { p.cut(); return l.peer(), q.ID }()
		q = p.request(wire.KindLeave)
		require.Equal(t, id, q.ID, "repeated")
		p.say(&wire.Error{ID: q.ID, Room: "r", Code: wire.NoSuchMember, Message: "gone"})
		require.NoError(t, <-left)
		for range room.Events() {
		}
		require.ErrorIs(t, room.Err(), client.ErrLeft)
	})
}

func TestALeaveMayBeGivenUp(t *testing.T) {
	virtual(t, func(t *testing.T, l *line, c *client.Client, p *peer) {
		room, _ := enter(t, c, p)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, room.Leave(ctx), context.DeadlineExceeded)
		p.request(wire.KindLeave)
		require.ErrorIs(t, over(t, room), client.ErrLeft)
		enter(t, c, p)
	})
}

func TestSilenceIsProbed(t *testing.T) {
	virtual(t, func(t *testing.T, l *line, c *client.Client, p *peer) {
		room, _ := enter(t, c, p)
		start := time.Now()
		for range 3 { // and answered
			f := <-p.control
			require.Equal(t, ws.OpPing, f.Header.OpCode)
		}
		require.Equal(t, 75*time.Second, time.Since(start))
		time.Sleep(20 * time.Second)
		p.mute.Store(true)
		p.frame(ws.OpPing, []byte("are you there?"))
		f := <-p.control
		require.Equal(t, ws.OpPong, f.Header.OpCode)
		require.Equal(t, "are you there?", string(f.Payload))
		heard := time.Now()
		require.Equal(t, ws.OpPing, (<-p.control).Header.OpCode)
		require.Equal(t, 25*time.Second, time.Since(heard))
		require.ErrorContains(t, next[client.Suspended](t, room).Err, "4408")
		require.Equal(t, 35*time.Second, time.Since(heard))
		l.peer().request(wire.KindJoin)
	})
}

func TestCloseDoesNotWaitForADeadServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		c, p := l.client(l.options())
		p.closing.Store(true) // it does not answer a close
		start := time.Now()
		require.NoError(t, c.Close())
		require.LessOrEqual(t, time.Since(start), 2*time.Second)
		f := <-p.control
		require.Equal(t, ws.OpClose, f.Header.OpCode)
		code, _ := ws.ParseCloseFrameData(f.Payload)
		require.Equal(t, ws.StatusNormalClosure, code)
		require.NoError(t, c.Close(), "twice")
	})
}

func TestCloseInterruptsWhateverIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		c, p := l.client(l.options())
		room, _ := enter(t, c, p)
		sent := send(t, room, "x")
		l.down.Store(true)
		p.cut()
		done := make(chan error, 1)
		go func() {
			_, err := c.Join(t.Context(), "other", client.JoinOptions{})
			done <- err
		}()
		time.Sleep(time.Minute)
		require.NoError(t, c.Close())
		require.ErrorIs(t, <-sent, client.ErrClosed)
		require.ErrorIs(t, <-done, client.ErrClosed)
		for range room.Events() {
		}
		require.ErrorIs(t, room.Err(), client.ErrClosed)
	})
}
