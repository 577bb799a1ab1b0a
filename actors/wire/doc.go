// Package wire holds the messages of the Parley protocol, version 1, and their two
// encodings, JSON and msgpack. It is pure: bytes in, messages out, and back. It knows no
// sockets, no actors and no clock.
//
// A client speaks in requests ([Request], read by [Decode]); a room answers in messages
// (the types that implement [Message], written by AppendTo). A payload (an event's data, a
// member's profile) is never unmarshalled: it is validated once, kept as the bytes it
// arrived in ([Value]), and transcoded only for a receiver of the other codec.
//
// Limits are checked before memory is spent on what they limit; see limits.go.
package wire
