// Package tracker speaks the protocol of WebTorrent's trackers over WebSocket
// (webtorrent/bittorrent-tracker, lib/server/parse-websocket.js; BEP 3 and 48 for the terms).
// Strings marked B are 20 bytes as the 20 characters U+0000 to U+00FF.
//
//	client → server  {"action":"announce","info_hash":B,"peer_id":B,"left":N,"event":E,"numwant":N,"offers":[{"offer":O,"offer_id":I}, …]}
//	server → client  {"action":"announce","info_hash":B,"interval":120,"complete":N,"incomplete":N}
//	server → others  {"action":"announce","info_hash":B,"peer_id":B,"offer":O,"offer_id":I}
//
// Each offer goes to another peer of the swarm, and no peer gets two; who does is left to
// chance. Events are started, completed, stopped (the peer leaves), update, paused and empty.
// A peer is complete where left is 0, or it has completed. It answers an offer with
//
//	client → server  {"action":"announce","info_hash":B,"peer_id":B,"to_peer_id":B,"answer":A,"offer_id":I}
//	server → client  {"action":"announce","info_hash":B,"peer_id":B,"answer":A,"offer_id":I}
//
// and is not answered itself. Both announce the sender, too. Whatever cannot be carried out is
// answered with a "failure reason". A swarm is asked about without being joined:
//
//	client → server  {"action":"scrape","info_hash":B or [B, …]}
//	server → client  {"action":"scrape","files":{B:{"complete":N,"incomplete":N,"downloaded":N}}}
//
// once for each info_hash. The original tells of all swarms where none is named; this one
// refuses. It also lets several sockets announce one peer_id, so that a client that comes back
// before its old socket is known to be dead is there at once, and so that nobody can put
// another peer out by announcing its id.
//
// A swarm is a room, a socket its member, and who is in the swarm is kept by the room's hooks.
package tracker

import (
	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/dialect"
)

// namespace is that of the rooms; a room's name is the info_hash in hexadecimal.
const namespace = "tracker"

// New returns the dialect for a system whose swarms it keeps. One serves any number of
// gateways and paths.
func New(sys *actors.System) (dialect.Dialect, error) {
	return tracker{}, sys.InterceptIn(namespace, "*", newHooks)
}

type tracker struct{}

func (tracker) Name() string { return namespace }

// Traits: a member leaves with its socket, and who only scrapes stays in no room.
func (tracker) Traits() dialect.Traits { return dialect.Traits{Ephemeral: true, Roomless: true} }

func (tracker) Open(*dialect.Handshake) dialect.Session { return session{} }

type session struct{}

func (session) Open(*actors.Conn)     {}
func (session) Format() actors.Format { return format }

// Receive has the room of each info_hash look at the message, as something that a member sends
// to it. A socket that has no peer there, be it that it only scrapes, is sent out again by the
// room.
func (session) Receive(c *actors.Conn, _ bool, message []byte) {
	m, err := decode(message)
	if err != nil {
		c.Refuse(err)
		return
	}
	for _, hash := range m.hashes {
		join := actors.NewRequest()
		join.Kind, join.Room, join.Hidden, join.Size = wire.KindJoin, hash, true, len(message)
		c.Do(join) // also where it is in: that changes nothing
		send := actors.NewRequest()
		send.Kind, send.Room, send.Event, send.Data, send.Size = wire.KindSend, hash, m.action, m.whole, len(message)
		c.Do(send)
	}
}

var format = &dialect.Text{Body: body}

// body tells the client what the room's hooks have written, and of failures.
func body(dst []byte, m wire.Message) []byte {
	switch m := m.(type) {
	case *wire.Event:
		return m.Data.Append(dst, wire.JSON)
	case *wire.Error:
		return appendFailure(dst, m)
	}
	return dst
}
