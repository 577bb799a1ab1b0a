// Package ywebrtc speaks the signaling protocol of y-webrtc (yjs/y-webrtc, bin/server.js):
// publish and subscribe by topic.
//
//	client → server  {"type":"subscribe","topics":[T, …]}
//	client → server  {"type":"unsubscribe","topics":[T, …]}
//	client → server  {"type":"publish","topic":T, …}
//	server → client  {"type":"publish","topic":T, …,"clients":N}
//	client → server  {"type":"ping"}
//	server → client  {"type":"pong"}
//
// A publish reaches every subscriber of the topic, its publisher included if that has
// subscribed, with all the fields that it came with and the number of subscribers. There are
// no acknowledgements; a second subscribe and an unsubscribe too many change nothing. A plain
// GET is answered "okay".
//
// Where the original ignores what it cannot use, this one says why:
//
//	server → client  {"type":"error","code":C,"message":M}
//
// The clients switch on type, so none of them is confused by it.
package ywebrtc

import (
	"io"
	"net/http"
	"strconv"

	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/dialect"
	"github.com/parley-signaling/parley/gateway/dialect/internal/topic"
)

// New returns the dialect. It has no state: one serves any number of gateways and paths.
func New() dialect.Dialect { return yWebRTC{protocol} }

type yWebRTC struct{ *topic.Protocol }

var _ dialect.Web = yWebRTC{}

var protocol = &topic.Protocol{Namespace: "y-webrtc", Decode: decode, Body: body}

// HTTP answers as the original does to whoever looks whether it lives.
func (yWebRTC) HTTP() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, "okay") // the client's connection is its own affair
	})
}

// body tells the client of what was published, of pongs and of errors.
func body(dst []byte, m wire.Message) []byte {
	switch m := m.(type) {
	case *wire.Event: // its data is the whole message
		dst = m.Data.Append(dst, wire.JSON)
		dst = append(dst[:len(dst)-1], `,"clients":`...)
		return append(strconv.AppendInt(dst, int64(m.Count), 10), '}')
	case *wire.Pong:
		return append(dst, `{"type":"pong"}`...)
	case *wire.Error:
		return topic.AppendError(dst, `{"type":"error"`, m)
	}
	return dst
}
