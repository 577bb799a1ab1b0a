// Package dialect speaks the protocols of the servers that the harness can load, from the
// client's side: pure, bytes in and out.
package dialect

import (
	"errors"
	"fmt"
	"strings"
)

// ErrUnknown says that a frame is none of its dialect's.
var ErrUnknown = errors.New("unknown message")

// Dialect is one protocol. Its methods may be called from any goroutine. Messages are whole
// WebSocket payloads.
type Dialect interface {
	// Name is what the flag -dialect calls it.
	Name() string
	// Path is used where the server's URL has none.
	Path() string
	// Subprotocol is asked for in the upgrade; empty: none.
	Subprotocol() string
	// Binary reports whether messages are binary frames.
	Binary() bool
	// Answers reports whether joins and identified publishes are answered.
	Answers() bool
	// Echoes reports whether a publisher gets its own messages too.
	Echoes() bool

	AppendJoin(dst []byte, j Join) []byte
	// AppendLeave appends nothing where there is no such message.
	AppendLeave(dst []byte, room string) []byte
	AppendPublish(dst []byte, p Publish) []byte

	// Read reads a message that is no event of the harness's own. The error is ErrUnknown,
	// or tells what is wrong with the message.
	Read(frame []byte) (Message, error)
	// Seq returns the room's number of an event; 0: it has none.
	Seq(frame []byte) uint64
}

// Join asks to become a member.
type Join struct {
	Room     string
	ID       uint64 // of the request, where the dialect answers
	Presence bool   // be listed, and be told of others
	Resume   *Membership
}

// Membership is what a member needs to come back.
type Membership struct {
	Member, Key, Epoch string
	Seq                uint64 // of the last numbered message received
}

// Publish sends one event to all others of a room.
type Publish struct {
	Room  string
	Event string
	ID    uint64 // of the request; 0: no answer wanted
	Value Value
}

// Kind tells answers apart.
type Kind uint8

const (
	Other    Kind = iota // nothing that the harness cares for
	Joined               // answers a join
	OK                   // answers an identified request
	Failed               // answers a request that was refused
	Bye                  // ends a membership, or announces a close
	Presence             // somebody came, went or changed
)

// Message is what a server says, apart from events. Room and Text may alias the frame; Self
// does not.
type Message struct {
	Kind      Kind
	ID        uint64
	Room      string
	Seq       uint64 // of Joined and Presence
	Self      Membership
	Recovered bool   // Joined: nothing was missed
	Text      string // Failed, Bye: the server's reason
}

// all in the order in which help lists them.
var all = []Dialect{
	parley{name: "parley", codec: jsonCodec}, parley{name: "parley-msgpack", codec: msgpackCodec},
	swoole{}, yWebRTC{}, trystero{}, plain{},
}

// Names lists the dialects.
func Names() []string {
	var names []string
	for _, d := range all {
		names = append(names, d.Name())
	}
	return names
}

// Find returns a dialect by its name.
func Find(name string) (Dialect, error) {
	for _, d := range all {
		if d.Name() == name {
			return d, nil
		}
	}
	return nil, fmt.Errorf("no dialect %q; there are %s", name, strings.Join(Names(), ", "))
}
