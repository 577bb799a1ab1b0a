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
	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/dialect"
	"github.com/parley-signaling/parley/gateway/dialect/fields"
	"github.com/parley-signaling/parley/gateway/dialect/internal/topic"
)

// New returns the dialect. It has no state: one serves any number of gateways and paths.
func New() dialect.Dialect { return protocol }

var protocol = &topic.Protocol{
	Namespace: "swoole",
	Decode:    func(message []byte, r *wire.Request) ([]string, *wire.Error) { return nil, decode(message, r) },
	Body:      body,
}

// body tells the client of events and errors, and of nothing else: it knows no joins, no
// members and no byes.
func body(dst []byte, m wire.Message) []byte {
	switch m := m.(type) {
	case *wire.Event:
		dst = append(dst, `{"cmd":"publish","event":`...)
		dst = fields.AppendString(dst, m.Event)
		dst = append(dst, `,"data":`...)
		return append(m.Data.Append(dst, wire.JSON), '}')
	case *wire.Error:
		return topic.AppendError(dst, `{"cmd":"error"`, m)
	}
	return dst
}
