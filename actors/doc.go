// Package actors is a signaling engine without its sockets: connections and rooms as actors
// over a Hollywood engine, each with a bounded mailbox of its own. It knows no transport and
// can be embedded in any program; package gateway carries it over WebSocket.
//
// A [System] holds the actors of a process. [System.Connect] makes a connection's actor, a
// [Conn]: its owner feeds it requests ([Conn.Do]) and takes its output ([Conn.Pending]). The
// first join of a name brings that room to life; the last member's leaving ends it.
//
// # Who owns what
//
// A connection belongs to one owner, the goroutine that moves its bytes (in the gateway: its
// shard). Everything in a Conn runs there and nowhere else, so none of it is locked; only the
// mailbox may be reached from outside.
//
// A room's state belongs to the room's actor: to whatever goroutine runs its current turn.
// The [Scheduler] decides which one that is; turns of one room never overlap.
//
// Mailboxes are the only thing that two goroutines share. What travels through them changes
// hands: a request belongs to the room once it is pushed; the bytes of a burst belong to
// nobody and never change.
//
// A seat joins the two: a connection's hold in a room. Its fields are split by owner.
//
// # Back-pressure
//
// A room whose mailbox is full makes its senders' connections [Conn.Blocked]: their owners
// stop reading until it has drained; nothing is dropped. A room never waits for a connection:
// one whose output queue is full is closed as too slow (4429), may resume, and finds what it
// missed in the room's history. So there is no cycle of waiting.
//
// # When something panics
//
// A panic in a room is recovered in that room's turn, logged with its stack and counted; the
// room ends, its members are told (bye, code 1011), and everything else lives on. Nothing
// relies on Hollywood's restarts, which can end the process.
package actors
