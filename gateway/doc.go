// Package gateway carries WebSocket connections: it listens, upgrades, parses and writes
// frames, and runs the actors of package actors that stand behind the connections. HTTP
// requests that are no upgrades go to an http.Handler on the same port.
//
// # Shards
//
// The connections are dealt out to shards, one for each CPU. A shard is one goroutine that
// owns its connections: it reads, writes and closes them, calls their sessions and actors,
// and runs the rooms that they brought to life, and nobody else does. So no descriptor is
// reused under anybody, and no connection is locked. On Linux a shard waits for bare
// descriptors in an epoll of its own, and an idle connection costs no goroutine and no
// buffer; elsewhere, and for connections that are not TCP (TLS, pipes), package poll emulates
// readiness with goroutines. Both go through the same code here.
//
// A turn of a shard has bounds, so that nobody waits for one busy connection or room: one
// read and 64 messages of a connection, one turn of each room, and 64 writes before the input
// is looked at again. A connection that waits to be written gathers what comes meanwhile, and
// takes it in one system call.
//
// A sender whose room is full is not read from until the room has drained; a receiver that
// does not take its output fills a queue of its own, and is closed as too slow. A panic in a
// dialect, a session or a connection's actor closes that connection with 1011, is logged with
// its stack and counted.
//
// # WebSocket
//
// RFC 6455 is followed strictly: broken frames close with 1002, text that is not UTF-8 with
// 1007, a message of more than 64 KiB with 1009 as soon as a header tells it. A message's
// memory grows with the bytes that arrive. Extensions are not negotiated, in particular not
// permessage-deflate: a compressor would cost each connection 32 KiB and more, a broadcast
// would no longer be the same bytes for all, a secret and an attacker's text compressed
// together leak the secret by their length (as with CRIME), and signaling messages are short.
//
// The gateway closes a connection that has been without a room for 15 s (4400; not those of
// dialects that know no rooms), and one that is not heard from for 10 s after a ping (4408);
// pings go out every 25 s. An upgrade's headers may have 16 KiB and take 10 s. The peer has
// 5 s to take what is left of its output, and 5 s more to answer a close frame.
//
// Options.Quota bounds connections and requests by address and in all, before anything is done
// for them; whatever is refused, and how each connection ended, is counted by reason (Stats).
//
// # Embedding
//
// Gateway is an http.Handler: inside an existing server it takes over the connections that
// ask for an upgrade. It can listen by itself at the same time (Serve).
package gateway
