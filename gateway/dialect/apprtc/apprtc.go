// Package apprtc speaks the protocols of AppRTC's two servers, the room server (HTTP) and
// Collider (WebSocket and HTTP), under one path, so that AppRTC's clients work with no more
// than another URL.
//
//	POST   PATH/join/ROOM             enter: SUCCESS with parameters, FULL, ERROR
//	POST   PATH/message/ROOM/CLIENT   to the other client: SUCCESS, UNKNOWN_ROOM, UNKNOWN_CLIENT, ERROR
//	POST   PATH/leave/ROOM/CLIENT     give up the place
//	GET    PATH/params                parameters without a room
//	POST   PATH/v1alpha/iceconfig     {"iceServers":[…]}
//	POST   PATH/ROOM/CLIENT           Collider's: to the other client
//	DELETE PATH/ROOM/CLIENT           Collider's: forget the client, close its socket
//	GET    PATH/status                Collider's counters
//	WS     PATH/ws                    Collider's
//
//	client → server  {"cmd":"register","roomid":R,"clientid":C}   once
//	client → server  {"cmd":"send","msg":M}                       to the other client
//	server → client  {"msg":M,"error":E}                          both always strings; behind an error the socket closes
//
// Where the system asks for join tokens, POST /join needs one, as access_token in its query, and so
// does the socket: the answer's wss_url has it. What the others ask, they ask in the name of a client
// that has joined (see token.go). ICE servers are told with the answer to a join, and by its
// ice_server_url, alone.
//
// A call is a room for two; its state (call.go) belongs to the room's turn. What is sent to a
// client that is not there waits, within bounds. A client that does not register, or whose
// socket has ended, is forgotten after Options.Grace, on the room server's side too: the
// original kept its place for a day.
package apprtc

import (
	"cmp"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/dialect"
)

// Options configure the dialect. The zero value works.
type Options struct {
	// ICE gives the ICE servers that a client is told, as a list like
	// RTCConfiguration.iceServers; an absent Value, and a nil ICE: none.
	ICE   func(room, client string) (servers wire.Value, ttl time.Duration)
	Grace time.Duration // for a client without a socket; 0: 10 s; 10 ms to 1 min

	// Tokens is what the system checks join tokens with; nil: it asks for none.
	Tokens actors.Verifier
}

// Limits of Options, and of what clients choose, in bytes.
const (
	MinGrace  = 10 * time.Millisecond
	MaxGrace  = time.Minute
	MaxClient = 64 // a client's id
)

// Namespace is that of the dialect's rooms.
const Namespace = "apprtc"

// New returns the dialect for the gateways of one system. At most one per system.
func New(sys *actors.System, o Options) (dialect.Web, error) {
	o.Grace = cmp.Or(o.Grace, 10*time.Second)
	if o.Grace < MinGrace || o.Grace > MaxGrace {
		return nil, fmt.Errorf("apprtc: Grace: %s, from %s to %s", o.Grace, MinGrace, MaxGrace)
	}
	a := &apprtc{sys: sys, o: o, start: time.Now()}
	a.handler = a.routes()
	if err := sys.InterceptIn(Namespace, "*", a.hooks); err != nil {
		return nil, err
	}
	sys.Handle(Namespace, orders, obey)
	sys.HandleLiving(Namespace, ordersOfClients, obeyClients)
	return a, nil
}

// Routes are the paths of a mount at path.
func Routes(path string, d dialect.Web) map[string]dialect.Dialect {
	return map[string]dialect.Dialect{path: d, path + "/ws": d}
}

type apprtc struct {
	sys     *actors.System
	o       Options
	start   time.Time
	handler http.Handler

	// For /status
	open, total, wsErrors, httpErrors atomic.Int64
}

func (*apprtc) Name() string { return Namespace }

// Traits: a client may open its socket long before it registers.
func (*apprtc) Traits() dialect.Traits {
	return dialect.Traits{Ephemeral: true, Bound: true, Roomless: true}
}

// Open returns a session that is not registered yet.
func (a *apprtc) Open(*dialect.Handshake) dialect.Session { return &session{a: a} }
