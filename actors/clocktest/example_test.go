package clocktest_test

import (
	"context"
	"fmt"
	"time"

	"github.com/anthdm/hollywood/actor"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/clocktest"
	"github.com/parley-signaling/parley/actors/wire"
)

// An egg timer, tested in no time at all. The member is a Hollywood actor.
func Example() {
	clock := clocktest.New()
	sys, err := actors.NewSystem(clock.Options(actors.Options{}))
	if err != nil {
		panic(err)
	}
	defer func() { _ = sys.Close(context.Background()) }()
	_ = sys.Behavior("kitchen", func(co *actors.Co, room *actors.Room) error {
		for {
			if _, err := co.Recv(actors.Named("start")); err != nil {
				return err
			}
			begin := room.Now()
			if err := co.Sleep(4 * time.Minute); err != nil {
				return err
			}
			_ = room.Broadcast("soft", room.Now().Sub(begin).String())
		}
	})

	heard := make(chan *wire.Event, 10)
	cook := sys.Engine().SpawnFunc(func(c *actor.Context) {
		if e, ok := c.Message().(*wire.Event); ok {
			heard <- e
		}
	}, "cook")
	conn, _ := sys.ConnectActor(cook, "")
	sys.Engine().Send(conn, &wire.Request{Kind: wire.KindJoin, Room: "kitchen"})
	sys.Engine().Send(conn, &wire.Request{Kind: wire.KindSend, Room: "kitchen", Event: "start"})

	clock.Advance(4*time.Minute - 1)
	fmt.Println(sys.Stats().Members, "waits")
	clock.Advance(1)
	e := <-heard // an actor has its own pace
	fmt.Printf("%s: %s\n", e.Event, e.Data.Bytes)
	// Output:
	// 1 waits
	// soft: "4m0s"
}
