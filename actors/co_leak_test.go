package actors

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/anthdm/hollywood/actor"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-signaling/parley/actors/wire"
)

// No goroutine outlives its system: whatever its rooms' coroutines are doing, whether they
// listen to the stop or not, with members who are still connected, bots, and timers to come.
func TestNoGoroutineOutlivesItsSystem(t *testing.T) {
	const each = 4 // rooms of a kind
	engine, err := actor.NewEngine(actor.NewEngineConfig())
	require.NoError(t, err)
	before := goleak.IgnoreCurrent()
	sys, err := NewSystem(Options{Engine: engine, Logger: newStage(t, nil).sys.log})
	require.NoError(t, err)
	deaf := func(call func(*Co)) Behavior {
		return func(co *Co, _ *Room) error {
			for {
				func() {
					defer func() { _ = recover() }()
					call(co)
				}()
			}
		}
	}
	never := func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, ctx.Err() }
	for pattern, b := range map[string]Behavior{
		"recv-*":  deaf(func(co *Co) { _, _ = co.Recv(Named("never")) }),
		"sleep-*": deaf(func(co *Co) { _ = co.Sleep(time.Hour) }),
		"await-*": deaf(func(co *Co) { _, _ = Await(co, never) }),
		"busy-*":  deaf(func(co *Co) { _ = co.Yield() }),
		"many-*": func(co *Co, room *Room) error {
			ch := NewChannel[int](co, 0)
			var all WaitGroup
			for i := range 20 {
				all.Go(co, func(co *Co) error { return ch.Send(co, i) })
				room.AfterFunc(time.Duration(i)*time.Millisecond, func(co *Co) error { _, err := ch.Recv(co); return err })
			}
			all.Add(1)
			return all.Wait(co)
		},
		"quit-*": func(co *Co, _ *Room) error { defer runtime.Goexit(); _, err := co.Recv(Named("never")); return err },
	} {
		require.NoError(t, sys.Behavior(pattern, b))
	}
	r := &rig{t: t, sys: sys}
	var clients []*client
	for _, kind := range []string{"recv", "sleep", "await", "busy", "many", "quit", "plain"} {
		for i := range each {
			c := r.connect()
			c.say(fmt.Sprintf(`{"type":"join","room":"%s-%d"}`, kind, i))
			c.until("joined")
			clients = append(clients, c)
		}
	}
	clients[0].conn.Ended(false) // its member lingers
	for i := range each {
		bot := engine.SpawnFunc(func(*actor.Context) {}, "bot")
		pid, err := sys.ConnectActor(bot, "")
		require.NoError(t, err)
		engine.Send(pid, &wire.Request{Kind: wire.KindJoin, Room: fmt.Sprintf("sleep-%d", i)})
		defer engine.Poison(bot)
	}
	require.NoError(t, sys.Close(patient(t)))
	require.NoError(t, goleak.Find(before))
	require.Zero(t, sys.Stats().Rooms)
	for _, c := range clients[1:] {
		c.conn.Ended(true)
	}
}

func patient(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}
