// Command hollywood has a Hollywood engine of its own, whose actors share it with the rooms:
// one of them is a member of the lobby and welcomes whoever comes.
package main

import (
	"fmt"
	"log"
	"net"

	"github.com/anthdm/hollywood/actor"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway"
	"github.com/parley-signaling/parley/gateway/dialect"
	"github.com/parley-signaling/parley/gateway/dialect/native"
)

// host is an ordinary Hollywood actor.
type host struct {
	sys  *actors.System
	conn *actor.PID // where its requests go
}

func (h *host) Receive(c *actor.Context) {
	switch m := c.Message().(type) {
	case actor.Started:
		var err error
		if h.conn, err = h.sys.ConnectActor(c.PID(), ""); err != nil {
			log.Fatal(err)
		}
		c.Send(h.conn, &wire.Request{Kind: wire.KindJoin, ID: 1, Room: "lobby"})
	case *wire.Joined: // before that, clients would be there before the host
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			log.Fatal(err)
		}
		go serve(h.sys, ln)
	case *wire.MemberChange:
		if m.Change == wire.ChangeJoined {
			c.Send(h.conn, &wire.Request{Kind: wire.KindSend, Room: m.Room, Event: "welcome", To: []string{m.Member}})
		}
	}
}

func serve(sys *actors.System, ln net.Listener) {
	gw, err := gateway.New(gateway.Options{System: sys, Routes: map[string]dialect.Dialect{"/signal": native.New()}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("ws://%s/signal\n", ln.Addr())
	log.Fatal(gw.Serve(ln))
}

func main() {
	engine, err := actor.NewEngine(actor.NewEngineConfig())
	if err != nil {
		log.Fatal(err)
	}
	sys, err := actors.NewSystem(actors.Options{Engine: engine})
	if err != nil {
		log.Fatal(err)
	}
	engine.Spawn(func() actor.Receiver { return &host{sys: sys} }, "host")
	select {}
}
