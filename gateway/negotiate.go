package gateway

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"

	"github.com/gobwas/ws"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/gateway/dialect"
	"github.com/parley-signaling/parley/gateway/quota"
)

// accepted is an upgrade that is granted.
type accepted struct {
	dialect  dialect.Dialect
	session  dialect.Session
	response []byte // 101, to be sent before anything else
	key      quota.Key

	forwarded []string // the request's X-Forwarded-For
}

// negotiate decides on an upgrade. permessage-deflate (RFC 7692) and all other extensions
// are never granted: a compressor would cost each connection 32 KiB and more, a broadcast
// could no longer be the same bytes for everybody, secrets and a stranger's text in one
// compressed message leak the secret by its length (as with CRIME), and signaling messages
// are too short to gain much.
func (g *Gateway) negotiate(r *request) (*accepted, *refusal) {
	if g.draining.Load() {
		return nil, refusedDraining
	}
	if g.o.Overloaded() {
		return nil, refusedOverloaded
	}
	if !g.origins.allow(r.origins, r.host) {
		return nil, refusedOrigin
	}
	d := g.o.Routes[r.path]
	if d == nil {
		d = g.o.Fallback
	}
	protocols, ok := tokens(r.protocols)
	switch {
	case d == nil:
		return nil, refusedPath
	case len(r.versions) != 1 || r.versions[0] != "13":
		return nil, refusedVersion
	case len(r.keys) != 1 || !goodKey(r.keys[0]):
		return nil, refusedKey
	case !ok:
		return nil, refusedProtocol
	case r.body:
		return nil, refusedBody
	}
	h := &dialect.Handshake{Path: r.path, Query: r.query, Protocols: protocols}
	session := g.open(d, h)
	if session == nil {
		return nil, refusedInternal
	}
	response, err := respond(r, h.Protocol)
	if err != nil {
		return nil, refusalOf(err)
	}
	return &accepted{dialect: d, session: session, response: response, forwarded: r.forwarded}, nil
}

// open begins a session; nil where the dialect panicked.
func (g *Gateway) open(d dialect.Dialect, h *dialect.Handshake) (s dialect.Session) {
	defer func() {
		if p := recover(); p != nil {
			g.stats.panics.Add(1)
			g.o.Logger.Error("gateway: panic in a dialect", "panic", p, "stack", string(debug.Stack()))
			s = nil
		}
	}()
	if s = d.Open(h); s != nil && d.Name() != "" {
		if token := accessToken(h.Query); token != "" {
			s = bearing{s, token}
		}
	}
	return s
}

// accessToken is a join token that stands in the query (RFC 6750, 2.3): clients of other protocols
// can be given a URL, and nothing else.
func accessToken(query string) string {
	if !strings.Contains(query, "access_token=") {
		return ""
	}
	v, _ := url.ParseQuery(query) // what can be read of it
	return v.Get("access_token")
}

// bearing is a session whose connection bears a token.
type bearing struct {
	dialect.Session
	token string
}

// Open implements dialect.Session.
func (b bearing) Open(c *actors.Conn) {
	c.Bear(b.token)
	b.Session.Open(c)
}

// goodKey: 16 bytes in base64 (RFC 6455, 4.1).
func goodKey(key string) bool {
	var b [18]byte
	if len(key) != base64.StdEncoding.EncodedLen(16) {
		return false
	}
	n, err := base64.StdEncoding.Decode(b[:], []byte(key))
	return n == 16 && err == nil
}

// memory is a connection whose request is there as a whole.
type memory struct {
	bytes.Reader
	answer bytes.Buffer
}

func (m *memory) Write(p []byte) (int, error) { return m.answer.Write(p) }

var _ io.ReadWriter = (*memory)(nil)

// respond has ws.Upgrader answer the request in its plainest form: it reads no further than
// the memory it is given, and whatever it minds has been checked before.
func respond(r *request, protocol string) ([]byte, error) {
	head := append(make([]byte, 0, 256), "GET / HTTP/1.1\r\nHost: "...)
	head = append(head, r.host...)
	head = append(head, "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "...)
	head = append(head, r.keys[0]...)
	if protocol != "" {
		head = append(head, "\r\nSec-WebSocket-Protocol: "...)
		head = append(head, protocol...)
	}
	head = append(head, "\r\n\r\n"...)
	m := new(memory)
	m.Reset(head)
	_, err := ws.Upgrader{Protocol: func([]byte) bool { return true }}.Upgrade(m)
	return m.answer.Bytes(), err
}

func refusalOf(err error) *refusal {
	var rejected *ws.ConnectionRejectedError
	if !errors.As(err, &rejected) || rejected.StatusCode() < http.StatusBadRequest {
		return refusedInternal
	}
	return &refusal{rejected.StatusCode(), RefusedHandshake, rejected.Error(), ""}
}
