// Command bot joins the lobby of the server whose URL it is given, and echoes what is said.
package main

import (
	"context"
	"log"
	"os"

	"github.com/parley-signaling/parley/gateway/client"
)

func main() {
	ctx := context.Background()
	c, err := client.Dial(ctx, os.Args[1], client.Options{})
	if err != nil {
		log.Fatal(err)
	}
	room, err := c.Join(ctx, "lobby", client.JoinOptions{Profile: "echo"})
	if err != nil {
		log.Fatal(err)
	}
	for ev := range room.Events() {
		if m, ok := ev.(client.Message); ok {
			room.SendTo(ctx, m.Event, m.Data, m.From)
		}
	}
	log.Fatal(room.Err())
}
