// Package client is a Go client of the Parley protocol: rooms over one WebSocket that comes
// back by itself, without losing or doubling anything.
//
//	c, err := client.Dial(ctx, "ws://localhost:8080/ws", client.Options{})
//	…
//	room, err := c.Join(ctx, "tea", client.JoinOptions{Profile: "a bot"})
//	…
//	for ev := range room.Events() {
//		if m, ok := ev.(client.Message); ok && m.Event == "chat" {
//			room.SendTo(ctx, "chat", "hello", m.From)
//		}
//	}
//
// # Events
//
// A room's events come through a channel, because that is what can be ranged over, and be
// selected from beside a ticker or a signal. The channel is closed when the membership is
// over, and then [Room.Err] says why. A reader that is late never holds up the connection, so
// that the loop above may wait for its own Send: up to Options.Queue events wait for it, and
// where that is not enough, [Gap] says that some are missing, and how many. The roster is kept
// apart and is right at any time; the MemberChanges in the channel add up to it, also over a
// Gap.
//
// # When the connection breaks
//
// The client comes back after a pause: a random part of 0.3 s, at the first attempt, to 10 s,
// and what the server asks for on top. Meanwhile requests wait, bounded by their contexts. Within the server's linger time it is the
// same member and gets what it has missed, in order ([Resumed]); where the server no longer
// has it, Gap says so. A request that was sent and not answered is repeated with its id, and
// the server carries it out once; where the room has begun anew in the meantime that cannot
// be known, and the caller gets [ErrInterrupted].
//
// What the server has ended for good (a kick, another connection in this one's place, a breach
// of policy) ends the membership with an [EndedError]. The Client itself lives until Close; one
// without rooms has no connection either, since servers close such.
//
// # Goroutines
//
// Two for a client, one for each joined room. All have ended when Close returns.
package client
