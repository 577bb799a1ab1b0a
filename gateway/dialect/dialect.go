// Package dialect is the seam between the gateway's sockets and the protocols spoken over
// them: the native one (package native) and those of existing clients. A dialect is a small
// translator between a client's frames and the requests and messages of package wire; it
// holds no rooms, no global state and no goroutines.
package dialect

import (
	"encoding/binary"

	"github.com/gobwas/ws"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

// Dialect is one protocol. It is shared by all its connections and safe for concurrent use.
type Dialect interface {
	// Name is the namespace of the dialect's rooms; "" is the native protocol's.
	Name() string
	// Open begins a session for a client whose upgrade is about to be answered. It may set
	// h.Protocol. It keeps nothing of h.
	Open(h *Handshake) Session
	// Traits tell the gateway how to treat the dialect's connections.
	Traits() Traits
}

// Traits are the ways in which dialects differ.
type Traits struct {
	Ephemeral bool // members leave as their socket ends: the clients cannot resume
	Roomless  bool // a connection may stay without a room for as long as it likes
	Bound     bool // a connection ends as it leaves its last room, or is refused a join and has no other
}

// Handshake is what a dialect may know of an upgrade request.
type Handshake struct {
	Path, Query string   // the query is raw
	Protocols   []string // subprotocols asked for, in the client's order
	Protocol    string   // out: the one chosen; "" for none
}

// Session translates for one connection, and is owned by that connection's shard. A dialect
// without state of its own per connection returns the same Session to all.
type Session interface {
	// Format is how the client is spoken to.
	Format() actors.Format
	// Open is called once, when the connection's actor is there and before any message.
	Open(c *actors.Conn)
	// Receive translates one whole message into requests on c, or refuses it, or closes c.
	// text tells a text from a binary message; text is valid UTF-8. message is the session's
	// to keep.
	Receive(c *actors.Conn, text bool, message []byte)
}

// AppendFrame appends one unfragmented, unmasked WebSocket frame (RFC 6455, 5.2) whose
// payload is what body appends for m; where that is nothing, it appends nothing.
func AppendFrame(dst []byte, op ws.OpCode, m wire.Message, body func([]byte, wire.Message) []byte) []byte {
	const room = 4 // the header of a payload of 126 to 65,535 bytes
	start := len(dst)
	dst = body(append(dst, 0, 0, 0, 0), m)
	n := len(dst) - start - room
	switch {
	case n == 0:
		return dst[:start]
	case n < 126:
		copy(dst[start+2:], dst[start+room:])
		dst = dst[:len(dst)-2]
		dst[start+1] = byte(n)
	case n <= 0xffff:
		dst[start+1] = 126
		binary.BigEndian.PutUint16(dst[start+2:], uint16(n))
	default:
		dst = append(dst, 0, 0, 0, 0, 0, 0)
		copy(dst[start+10:], dst[start+room:])
		dst[start+1] = 127
		binary.BigEndian.PutUint64(dst[start+2:], uint64(n))
	}
	dst[start] = 0x80 | byte(op)
	return dst
}
