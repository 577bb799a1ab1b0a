// Package clocktest has a clock for tests of programs that embed package actors: time stands
// still until the test moves it, and moving it waits for what that sets off. So a test of a
// behaviour that waits for an hour takes no time, and needs no sleeps of its own.
//
//	clock := clocktest.New()
//	sys, err := actors.NewSystem(clock.Options(actors.Options{Linger: time.Minute}))
//	…
//	clock.Advance(time.Minute)
//
// # What is waited for
//
// [Clock.Options] makes the clock run the system's rooms and what it starts beside them, so
// that it knows when there is nothing left to do. [Clock.Advance] and [Clock.Settle] wait for
//
//   - the turns of rooms: what their coroutines and hooks do, and what they have others do, up
//     to where everything waits for time or for somebody outside;
//   - what Await was given, up to its result in the room. A stand-in for a slow service should
//     take its time by [Clock.Sleep];
//   - the connections of Hollywood actors (System.ConnectActor): a request that was sent to one
//     is carried out, and the answer is in the actor's inbox.
//
// They do not wait for other goroutines: Hollywood actors, the test's own, the shards of a
// gateway and the plain rooms that those run. A test waits for these on the thing itself.
//
// Within testing/synctest none of this is needed: the bubble's time is the real clock's.
package clocktest
