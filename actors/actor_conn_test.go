package actors

import (
	"context"
	"testing"

	"github.com/anthdm/hollywood/actor"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
)

// botSystem is a system on real goroutines, in an engine that was there before it.
func botSystem(t *testing.T) (*System, *actor.Engine) {
	e, err := actor.NewEngine(actor.NewEngineConfig())
	require.NoError(t, err)
	sys, err := NewSystem(Options{Engine: e})
	require.NoError(t, err)
	require.Same(t, e, sys.Engine())
	t.Cleanup(func() {
		require.NoError(t, sys.Close(context.Background()))
		require.Equal(t, Stats{Refused: sys.Stats().Refused}, sys.Stats())
	})
	return sys, e
}

// ear is an actor that passes on what it hears.
func ear(e *actor.Engine) (*actor.PID, chan any) {
	heard := make(chan any, 100)
	return e.SpawnFunc(func(c *actor.Context) {
		switch c.Message().(type) {
		case actor.Initialized, actor.Started:
		default:
			heard <- c.Message()
		}
	}, "ear"), heard
}

func TestActorsAreMembers(t *testing.T) {
	sys, e := botSystem(t)
	pa, a := ear(e)
	pb, b := ear(e)
	ca, err := sys.ConnectActor(pa, "")
	require.NoError(t, err)
	cb, err := sys.ConnectActor(pb, "")
	require.NoError(t, err)

	e.Send(ca, &wire.Request{Kind: wire.KindJoin, ID: 1, Room: "r"})
	ja := (<-a).(*wire.Joined)
	profile, err := wire.NewValue(wire.JSON, map[string]string{"name": "bot"})
	require.NoError(t, err)
	e.Send(cb, &wire.Request{Kind: wire.KindJoin, ID: 1, Room: "r", Profile: profile})
	jb := (<-b).(*wire.Joined)
	require.Equal(t, 2, jb.Count)
	joined := (<-a).(*wire.MemberChange)
	require.Equal(t, jb.Self.Member, joined.Member)
	require.JSONEq(t, `{"name":"bot"}`, string(joined.Profile.Bytes))

	e.Send(ca, &wire.Request{Kind: wire.KindSend, ID: 2, Room: "r", Event: "hi", Data: profile, To: []string{jb.Self.Member}})
	require.Equal(t, &wire.OK{ID: 2, Seq: 3}, <-a)
	hi := (<-b).(*wire.Event)
	require.Equal(t, []any{ja.Self.Member, "hi"}, []any{hi.From, hi.Event})

	// The rules are those for every client.
	e.Send(ca, &wire.Request{Kind: wire.KindSend, ID: 3, Room: "r"})
	require.Equal(t, wire.BadRequest, (<-a).(*wire.Error).Code)
	e.Send(ca, &wire.Request{Kind: wire.KindSend, ID: 4, Room: "elsewhere", Event: "e"})
	require.Equal(t, wire.NotJoined, (<-a).(*wire.Error).Code)

	// A bot that stops leaves; a connection that is stopped tells its bot.
	wait(t, e.Poison(pb).Done())
	require.Equal(t, wire.ChangeLeft, (<-a).(*wire.MemberChange).Change)
	wait(t, e.Poison(ca).Done())
	require.Equal(t, &wire.Bye{Code: CloseNormal, Reason: "closed"}, <-a)
	require.Equal(t, Disconnected{Close{Code: CloseNormal, Reason: "closed"}}, <-a)
	wait(t, e.Poison(pa).Done())
}

func TestActorThatStopsBeforeItIsConnected(t *testing.T) {
	sys, e := botSystem(t)
	p, _ := ear(e)
	wait(t, e.Poison(p).Done())
	_, err := sys.ConnectActor(p, "")
	require.NoError(t, err)
	sys.bots.running.Wait()
}

func TestActorsAreDisconnectedWithTheSystem(t *testing.T) {
	sys, e := botSystem(t)
	p, heard := ear(e)
	conn, err := sys.ConnectActor(p, "")
	require.NoError(t, err)
	e.Send(conn, &wire.Request{Kind: wire.KindJoin, ID: 1, Room: "r"})
	<-heard
	require.NoError(t, sys.Close(context.Background()))
	for {
		if _, last := (<-heard).(Disconnected); last {
			break
		}
	}
	_, err = sys.ConnectActor(p, "")
	require.ErrorIs(t, err, ErrClosed)
	e.Send(conn, &wire.Request{Kind: wire.KindPing})
	wait(t, e.Poison(p).Done())
}

func TestActorThatAsksTooMuchIsDisconnected(t *testing.T) {
	sys, e := botSystem(t)
	p, heard := ear(e)
	conn, err := sys.ConnectActor(p, "")
	require.NoError(t, err)
	release := make(chan struct{})
	require.NoError(t, sys.Behavior("r", func(*Co, *Room) error { <-release; return nil }))
	e.Send(conn, &wire.Request{Kind: wire.KindJoin, ID: 1, Room: "r"})
	for range maxRoomLetters + 2*maxAsked {
		e.Send(conn, &wire.Request{Kind: wire.KindSend, Room: "r", Event: "e"})
	}
	close(release)
	for {
		if d, last := (<-heard).(Disconnected); last {
			require.Equal(t, CloseOverloaded, d.Close.Code)
			break
		}
	}
	wait(t, e.Poison(p).Done())
}

func TestOthersAreNotAskedByActors(t *testing.T) {
	r := newRig(t, Options{})
	c := r.connect()
	r.sys.Engine().Send(c.conn.PID(), &wire.Request{Kind: wire.KindPing})
	require.Empty(t, c.hear())
	c.conn.Ended(true)
}
