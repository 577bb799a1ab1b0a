// Package swoole speaks the protocol of the article "使用Swoole协程实现 WebRTC 信令服务器" (Xueersi)
// and of its ancestor, walkor/workerman-webrtc: publish and subscribe by subject.
//
//	client → server  {"cmd":"subscribe","subject":S}
//	client → server  {"cmd":"publish","subject":S,"event":E,"data":D}
//	server → client  {"cmd":"publish","event":E,"data":D}
//
// A publish reaches every subscriber of the subject but its publisher, who need not be
// subscribed. There are no acknowledgements, no roster and no unsubscribe: a socket's end
// ends its subscriptions. An absent data is sent as null, and a second subscribe to the
// same subject changes nothing.
//
// Where the original ignores what it cannot use, this one says why:
//
//	server → client  {"cmd":"error","code":C,"message":M}
//
// It has no event, and the clients switch on event, so none of them is confused by it.
package swoole

import (
	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/gateway/dialect"
)

// New returns the dialect. It has no state: one serves any number of gateways and paths.
func New() dialect.Dialect { return swoole{} }

type swoole struct{}

// Name is the namespace of the dialect's rooms, which are the subjects.
func (swoole) Name() string { return "swoole" }

// Traits: the clients cannot resume, and a publisher may never subscribe.
func (swoole) Traits() dialect.Traits { return dialect.Traits{Ephemeral: true, Roomless: true} }

// Open returns the one Session: what is subscribed is known to the rooms.
func (swoole) Open(*dialect.Handshake) dialect.Session { return session{} }

type session struct{}

func (session) Format() actors.Format { return format{} }
func (session) Open(*actors.Conn)     {}

// Receive translates one message. Text and binary are one to the original, and here.
func (session) Receive(c *actors.Conn, _ bool, message []byte) {
	r := actors.NewRequest()
	if err := decode(message, r); err != nil {
		c.Refuse(err)
		return
	}
	c.Do(r)
}
