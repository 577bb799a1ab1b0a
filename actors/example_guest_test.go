package actors_test

import (
	"context"
	"fmt"

	"github.com/anthdm/hollywood/actor"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

// guest is a client for the examples, in memory.
type guest struct {
	sys   *actors.System
	room  string
	pid   *actor.PID
	conn  *actor.PID
	heard chan wire.Message
}

// visit connects a client, joins a room and waits until it is in.
func visit(sys *actors.System, room string) *guest {
	g := connect(sys, room)
	g.ask(&wire.Request{Kind: wire.KindJoin, Room: room})
	<-g.heard
	return g
}

// connect connects a client that will speak of one room.
func connect(sys *actors.System, room string) *guest {
	g := &guest{sys: sys, room: room, heard: make(chan wire.Message, 100)}
	g.pid = sys.Engine().SpawnFunc(func(c *actor.Context) {
		if m, ok := c.Message().(wire.Message); ok {
			g.heard <- m
		}
	}, "guest")
	g.conn, _ = sys.ConnectActor(g.pid, "")
	return g
}

func (g *guest) ask(q *wire.Request) { g.sys.Engine().Send(g.conn, q) }

func (g *guest) send(event string, data any) {
	v, _ := wire.NewValue(wire.JSON, data)
	g.ask(&wire.Request{Kind: wire.KindSend, Room: g.room, Event: event, Data: v})
}

// print waits for n messages, and prints them.
func (g *guest) print(n int) {
	for n > 0 {
		switch m := (<-g.heard).(type) {
		case *wire.Event:
			fmt.Printf("%s %s\n", m.Event, m.Data.Bytes)
			n--
		case *wire.Error:
			fmt.Printf("%s: %s\n", m.Code, m.Message)
			n--
		}
	}
}

// leave ends the connection, and waits until the room has ended where it was the last one.
func (g *guest) leave() {
	<-g.sys.Engine().Poison(g.conn).Done()
	<-g.sys.Engine().Poison(g.pid).Done()
}

func newSystem() *actors.System {
	sys, err := actors.NewSystem(actors.Options{})
	if err != nil {
		panic(err)
	}
	return sys
}

func shut(sys *actors.System) { _ = sys.Close(context.Background()) }
