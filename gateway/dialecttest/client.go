// Package dialecttest is for the tests of dialects: a client whose connection has no socket.
package dialecttest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/gateway/dialect"
)

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

// NewSystem starts a system that ends with the test.
func NewSystem(t *testing.T, o actors.Options) *actors.System {
	t.Helper()
	sys, err := actors.NewSystem(o)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		require.NoError(t, sys.Close(ctx))
	})
	return sys
}

// Client is a connection: what would be written to its socket is read from it.
type Client struct {
	Conn    *actors.Conn
	Session dialect.Session

	t     *testing.T
	sys   *actors.System
	ready chan struct{}
	gone  bool
}

// Connect opens one, which ends with the test.
func Connect(t *testing.T, sys *actors.System, d dialect.Dialect) *Client {
	t.Helper()
	c := &Client{Session: d.Open(&dialect.Handshake{Path: "/"}), t: t, sys: sys, ready: make(chan struct{}, 1)}
	c.Conn = sys.Connect(actors.ConnOptions{
		Namespace: d.Name(), Format: c.Session.Format(), Transport: c, Ephemeral: d.Traits().Ephemeral,
	})
	c.Session.Open(c.Conn)
	t.Cleanup(c.End)
	return c
}

// Ready implements actors.Transport.
func (c *Client) Ready() {
	select {
	case c.ready <- struct{}{}:
	default:
	}
}

// End is the end of the socket.
func (c *Client) End() {
	if !c.gone {
		c.gone = true
		c.Conn.Ended(false)
	}
}

// Send is a text message of the client's.
func (c *Client) Send(format string, args ...any) {
	c.Session.Receive(c.Conn, true, fmt.Appendf(nil, format, args...))
}

// Next waits for the next frame, which must be one whole text message, and returns its payload.
func (c *Client) Next() string {
	c.t.Helper()
	deadline := time.After(patience)
	for {
		if iov := c.Conn.Pending(make([][]byte, 0, 1)); len(iov) == 1 {
			head, size := header(c.t, iov[0])
			payload := string(iov[0][head:size])
			c.Conn.Wrote(size)
			return payload
		}
		select {
		case <-c.ready:
		case <-deadline:
			require.FailNow(c.t, "nothing comes")
		}
	}
}

// header returns the sizes of the header and of the whole frame that b begins with.
func header(t *testing.T, b []byte) (head, size int) {
	t.Helper()
	require.Equal(t, 0x80|byte(ws.OpText), b[0])
	switch n := int(b[1]); n {
	case 126:
		return 4, 4 + int(b[2])<<8 + int(b[3])
	case 127:
		return 10, 10 + int(b[7])<<16 + int(b[8])<<8 + int(b[9])
	default:
		return 2, 2 + n
	}
}

// Joins sends a message and returns when it has made the client a member of as many rooms.
func (c *Client) Joins(rooms int, format string, args ...any) {
	c.t.Helper()
	c.changes(rooms, format, args...)
}

// Leaves sends a message and returns when it has made the client leave as many rooms.
func (c *Client) Leaves(rooms int, format string, args ...any) {
	c.t.Helper()
	c.changes(-rooms, format, args...)
}

func (c *Client) changes(members int, format string, args ...any) {
	c.t.Helper()
	want := c.sys.Stats().Members + members
	c.Send(format, args...)
	require.Eventually(c.t, func() bool { return c.sys.Stats().Members == want }, patience, time.Millisecond)
}
