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
// # Coroutine rooms
//
// A room by itself relays. A [Behavior], chosen by the room's name ([System.Behavior]), is
// sequential code that runs in it, written as if it blocked:
//
//	sys.Behavior("quiz-*", func(co *actors.Co, room *actors.Room) error {
//		for room.Len() < 2 {
//			if _, err := co.Recv(actors.OfKind(actors.Joined)); err != nil {
//				return err // the room has ended
//			}
//		}
//		room.Broadcast("question", "6 times 7?")
//		answer, err := co.RecvTimeout(10*time.Second, actors.Named("answer"))
//		…
//	})
//
// In the order in which one comes to need it:
//
//  1. [Co.Recv] takes what has happened, one [Event] after the other: somebody has joined,
//     has left, has sent something. Filters ([Named], [OfKind]) leave the rest for later.
//  2. [Room.Broadcast] and [Room.Send] speak; [Room.Request] asks one member and waits for its
//     reply. [Room.Members], [Room.Kick], [Room.SetRole], [Room.Close] … do the rest.
//  3. [Co.Sleep] and [Co.RecvTimeout] wait for time to pass; [Room.AfterFunc] does not wait.
//     [Room.Now] is the time: that of the system's [Clock], which tests can move.
//  4. [Co.Go] starts another coroutine, [Coroutine.Cancel] stops it, [Co.Defer] cleans up
//     after it. [Channel], [Select] and [WaitGroup] are what they are in Go.
//  5. [Await] is for what really blocks: a database, another service.
//  6. [Room.Hook] has a say in what the room does: who comes in ([Hooks]), what is told to
//     whom, which profiles are good. A join can be held and let in later ([Join.Admit]).
//     [System.Intercept] sets hooks without a coroutine.
//  7. [System.Do] and [System.PID] reach into a room from outside; [System.ConnectActor] makes
//     any Hollywood actor a member.
//
// Package behaviours has four that are of use as they are; package clocktest has a clock for
// tests of your own.
//
// The coroutines of a room run one at a time, in turn with everything else that the room
// does, and so need no locks: state is what the behaviour's closures hold. They are scheduled
// in the order in which they became ready. A parked one holds no thread, and about 3 KB.
//
// A stop ends all coroutines of a room: when its last member has gone, when it is closed, when
// it fails. The blocking call that a coroutine is in returns [ErrStopped]; a coroutine that
// goes on blocking after that is unwound.
//
// What a behaviour must not do: block the goroutine it runs on (time.Sleep, I/O, a Go channel)
// outside of Await, for that holds up its room, and [Options].Watchdog reports it; use its Co
// or its Room on another goroutine. And what Go itself lets nobody survive ends the process
// here, too: a recursion without an end, a map that two goroutines write at once, a coroutine
// that blocks while it holds a thread (runtime.LockOSThread).
//
// In a cluster, a room whose behaviour does not return for 10 s while the room is to go to another
// node is given up: the other node begins it anew, with a new epoch, and what the behaviour does
// after that counts no more. Its members on this node are told (bye, code 1011) once it returns.
//
// # When something panics
//
// A panic in a room is recovered in that room's turn, logged with its stack and counted; the
// room ends, its members are told (bye, code 1011), and everything else lives on. So it is with
// a behaviour's panic, error or runtime.Goexit. Nothing relies on Hollywood's restarts, which
// can end the process.
package actors
