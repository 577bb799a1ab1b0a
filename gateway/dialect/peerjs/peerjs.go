// Package peerjs speaks the protocol of PeerServer 1.0, so that programs written for peerjs
// 1.x work with no more than another host.
//
//	GET  PATH                              what this is
//	GET  PATH/KEY/id                       a fresh id (UUID)
//	GET  PATH/KEY/peers                    the ids that are there, where Options.Discovery allows it
//	WS   PATH/peerjs?key=&id=&token=       a peer
//
//	server → client  {"type":"OPEN"}       the id is this client's
//	client → server  {"type":T,"dst":ID,"payload":P}
//	server → client  {"type":T,"src":ID,"dst":ID,"payload":P}
//	server → client  {"type":"EXPIRE","src":ID,"dst":ID}   nobody came to be that src
//	server → client  {"type":"ERROR" | "ID-TAKEN" | "INVALID-KEY","payload":{"msg":M}}, and closes
//
// T is OFFER, ANSWER, CANDIDATE or LEAVE; HEARTBEAT is taken and not answered. All peers are
// members of one room, each under its id; a message is directed to the one that it names.
//
// It differs from the original where its users complain:
//
//   - An id with the same token is taken over at once, and told OPEN: so a client's reconnect()
//     works before the server has noticed that the old socket is dead.
//   - Sockets are found dead within the gateway's ping time, and their ids are free.
//   - What waits for an absent peer is bounded (see room.go), and its sender is told EXPIRE to
//     the time, or at once where nothing more can wait.
//   - A message that cannot be read is answered with an ERROR that says why.
//
// Where the system asks for join tokens, a client's token option (token= above) must be one. It is
// for the room "peers", and its subject is the id: that, and a token, is what a client must be
// given. A later one of the same subject takes the id over, too. Who has none, or one that is for
// somebody else, is told so by an ERROR; as it expires, the socket closes (4401). The list of peers
// needs one then, as access_token in its query.
package peerjs

import (
	"cmp"
	"fmt"
	"time"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/dialect"
)

// Options configure the dialect. The zero value works.
type Options struct {
	Key       string        // that clients must name, 1 to 64 bytes; "": "peerjs", which is the clients' default
	Discovery bool          // GET …/peers lists the ids of all peers
	Wait      time.Duration // how long a message waits for a peer that is not there; 0: 5 s; 10 ms to 1 min

	// Tokens is what the system checks join tokens with; nil: it asks for none.
	Tokens actors.Verifier
}

// Limits of Options, and of what clients choose, in bytes.
const (
	MaxKey   = 64
	MinWait  = 10 * time.Millisecond
	MaxWait  = time.Minute
	MaxID    = 128
	MaxToken = wire.MaxToken
)

// Namespace is that of the dialect's rooms.
const Namespace = "peerjs"

// peers is the room that all peers are in.
const peers = "peers"

// New returns the dialect for the gateways of one system. At most one per system.
func New(sys *actors.System, o Options) (dialect.Web, error) {
	o.Key = cmp.Or(o.Key, "peerjs")
	o.Wait = cmp.Or(o.Wait, 5*time.Second)
	switch {
	case len(o.Key) > MaxKey:
		return nil, fmt.Errorf("peerjs: Key: %d bytes, at most %d", len(o.Key), MaxKey)
	case o.Wait < MinWait || o.Wait > MaxWait:
		return nil, fmt.Errorf("peerjs: Wait: %s, from %s to %s", o.Wait, MinWait, MaxWait)
	}
	err := sys.InterceptIn(Namespace, peers, func(room *actors.Room) actors.Hooks { return newOffice(room, o.Wait, sys.Now).hooks() })
	if err != nil {
		return nil, err
	}
	sys.HandleLiving(Namespace, listing, ids)
	return &peerjs{sys: sys, o: o}, nil
}

// Routes are the paths of a mount at path: for clients whose option path is "/" (if path is
// "/peerjs") or path itself.
func Routes(path string, d dialect.Web) map[string]dialect.Dialect {
	return map[string]dialect.Dialect{path: d, path + "/peerjs": d}
}

type peerjs struct {
	sys *actors.System
	o   Options
}

func (*peerjs) Name() string { return Namespace }

// Traits: an id is free as soon as its socket has ended, and a socket without an id is of no use.
func (*peerjs) Traits() dialect.Traits { return dialect.Traits{Ephemeral: true, Bound: true} }

// Open keeps what the query says for the session's own Open: a refusal is told over the WebSocket.
func (p *peerjs) Open(h *dialect.Handshake) dialect.Session {
	return &session{query: h.Query, key: p.o.Key}
}
