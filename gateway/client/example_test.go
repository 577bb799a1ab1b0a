package client_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"time"

	"github.com/parley-signaling/parley/engine/server"
	"github.com/parley-signaling/parley/gateway/client"
)

// A guest says hello, and a bot answers everyone who does.
func Example() {
	srv, err := server.New(server.Config{Addr: "127.0.0.1:0", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		log.Fatal(err)
	}
	if err := srv.Start(); err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	defer srv.Shutdown(ctx)

	enter := func(name string) (*client.Client, *client.Room) {
		c, err := client.Dial(ctx, srv.URL()+"ws", client.Options{})
		if err != nil {
			log.Fatal(err)
		}
		room, err := c.Join(ctx, "lobby", client.JoinOptions{Profile: name})
		if err != nil {
			log.Fatal(err)
		}
		return c, room
	}

	bot, lobby := enter("bot")
	defer bot.Close()
	go func() {
		for ev := range lobby.Events() {
			if m, ok := ev.(client.Message); ok {
				lobby.SendTo(ctx, m.Event, "you too", m.From)
			}
		}
	}()

	guest, room := enter("guest")
	defer guest.Close()
	if _, err := room.Send(ctx, "chat", "hello"); err != nil {
		log.Fatal(err)
	}
	for ev := range room.Events() {
		if m, ok := ev.(client.Message); ok {
			var text string
			if err := m.Decode(&text); err != nil {
				log.Fatal(err)
			}
			fmt.Println(m.Event, text)
			break
		}
	}
	// Output: chat you too
}

// Events beside a ticker, and what a careful reader looks for.
func ExampleRoom_Events() {
	report := func(ctx context.Context, room *client.Room) error {
		tick := time.NewTicker(time.Minute)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return room.Leave(context.WithoutCancel(ctx))
			case <-tick.C:
				fmt.Println(len(room.Members()), "others are here")
			case ev, ok := <-room.Events():
				if !ok {
					return room.Err() // left, closed, kicked …
				}
				switch ev := ev.(type) {
				case client.Message:
					fmt.Println(ev.From, "says", ev.Event)
				case client.MemberChange:
					fmt.Println(ev.Member.ID, ev.Change)
				case client.Gap:
					fmt.Println("some events are missing:", ev.Cause)
				case client.Suspended:
					fmt.Println("the line is down:", ev.Err)
				case client.Resumed:
					fmt.Println("back again")
				}
			}
		}
	}
	_ = report
}
