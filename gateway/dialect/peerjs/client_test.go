package peerjs

import (
	"context"
	"log/slog"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/gateway/dialect"
)

// rig is a system with the dialect. Everything in it runs in a synctest bubble.
type rig struct {
	t   *testing.T
	sys *actors.System
	d   dialect.Web
}

// bubble runs f with a system of its own, on fake time.
func bubble(t *testing.T, so actors.Options, o Options, f func(t *testing.T, r *rig)) {
	synctest.Test(t, func(t *testing.T) {
		so.Logger = slog.New(slog.DiscardHandler)
		sys, err := actors.NewSystem(so)
		require.NoError(t, err)
		d, err := New(sys, o)
		require.NoError(t, err)
		f(t, &rig{t, sys, d})
		require.NoError(t, sys.Close(context.Background()))
	})
}

// client is a connection without a socket: what would be written is read from it.
type client struct {
	*rig
	conn  *actors.Conn
	s     dialect.Session
	ended bool
}

func (c *client) Ready() {}

// connect opens a connection with that query.
func (r *rig) connect(query string) *client {
	c := &client{rig: r, s: r.d.Open(&dialect.Handshake{Path: "/peerjs", Query: query})}
	traits := r.d.Traits()
	c.conn = r.sys.Connect(actors.ConnOptions{
		Namespace: r.d.Name(), Format: c.s.Format(), Transport: c, Ephemeral: traits.Ephemeral, Bound: traits.Bound,
	})
	c.s.Open(c.conn)
	r.t.Cleanup(c.end)
	return c
}

// claim asks for an id with a token.
func (r *rig) claim(id, token string) *client {
	return r.connect(url.Values{"key": {"peerjs"}, "id": {id}, "token": {token}}.Encode())
}

// peer is a client that is there.
func (r *rig) peer(id string) *client {
	r.t.Helper()
	c := r.claim(id, "token of "+id)
	c.hears(`{"type":"OPEN"}`)
	return c
}

// end is the end of the socket.
func (c *client) end() {
	if !c.ended {
		c.ended = true
		c.conn.Ended(false)
	}
}

func (c *client) says(message string) { c.s.Receive(c.conn, true, []byte(message)) }

// heard is what has come, once everybody is at rest.
func (c *client) heard() (payloads []string) {
	c.t.Helper()
	synctest.Wait()
	var stream []byte
	for {
		iov := c.conn.Pending(make([][]byte, 0, 16))
		if len(iov) == 0 {
			break
		}
		n := 0
		for _, b := range iov {
			stream = append(stream, b...)
			n += len(b)
		}
		c.conn.Wrote(n)
	}
	for len(stream) > 0 {
		require.Equal(c.t, byte(0x81), stream[0], "one text frame")
		n, head := int(stream[1]), 2
		if n == 126 {
			n, head = int(stream[2])<<8|int(stream[3]), 4
		}
		payloads = append(payloads, string(stream[head:head+n]))
		stream = stream[head+n:]
	}
	return payloads
}

// hears expects these and nothing else.
func (c *client) hears(want ...string) {
	c.t.Helper()
	require.Equal(c.t, want, c.heard())
}

func (c *client) hearsNothing() {
	c.t.Helper()
	require.Empty(c.t, c.heard())
}

// closes expects these, and the end.
func (c *client) closes(code int, want ...string) {
	c.t.Helper()
	require.Equal(c.t, want, c.heard())
	cl, closing := c.conn.Closing()
	require.True(c.t, closing)
	require.Equal(c.t, code, cl.Code, cl.Reason)
	c.end()
}

// later is d from now.
func (r *rig) later(d time.Duration) {
	time.Sleep(d) // of the bubble: it takes no time
	synctest.Wait()
}
