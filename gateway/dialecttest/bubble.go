package dialecttest

import (
	"context"
	"log/slog"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/gateway/dialect"
)

// Bubble is a system with one dialect in a bubble of testing/synctest: on time that passes only
// when everybody is at rest.
type Bubble struct {
	Sys     *actors.System
	Dialect dialect.Dialect

	t *testing.T
}

// InBubble runs f with a system of its own and the dialect that open makes for it.
func InBubble(t *testing.T, o actors.Options, open func(*actors.System) (dialect.Dialect, error), f func(*testing.T, *Bubble)) {
	synctest.Test(t, func(t *testing.T) {
		o.Logger = slog.New(slog.DiscardHandler)
		sys, err := actors.NewSystem(o)
		require.NoError(t, err)
		d, err := open(sys)
		require.NoError(t, err)
		f(t, &Bubble{sys, d, t})
		require.NoError(t, sys.Close(context.Background()))
	})
}

// HTTP is what the dialect, a dialect.Web, answers requests with.
func (b *Bubble) HTTP() http.Handler {
	b.t.Helper()
	w, ok := b.Dialect.(dialect.Web)
	require.True(b.t, ok, "it answers no requests")
	return w.HTTP()
}

// Later is d from now, with everybody at rest.
func (b *Bubble) Later(d time.Duration) {
	time.Sleep(d) // of the bubble: it takes no time
	synctest.Wait()
}

// Talker is a connection within a bubble: what would be written to its socket is read from it.
type Talker struct {
	Conn    *actors.Conn
	Session dialect.Session

	t     *testing.T
	ended bool
}

// Connect opens a connection with that query. It ends with the test.
func (b *Bubble) Connect(query string) *Talker { return b.connect(query, nil) }

// ConnectAs is Connect for a client that is spoken to in format, which is made of the dialect's own.
func (b *Bubble) ConnectAs(query string, format func(actors.Format) actors.Format) *Talker {
	return b.connect(query, format)
}

func (b *Bubble) connect(query string, format func(actors.Format) actors.Format) *Talker {
	k := &Talker{t: b.t, Session: b.Dialect.Open(&dialect.Handshake{Path: "/", Query: query})}
	traits, f := b.Dialect.Traits(), k.Session.Format()
	if format != nil {
		f = format(f)
	}
	k.Conn = b.Sys.Connect(actors.ConnOptions{
		Namespace: b.Dialect.Name(), Format: f, Transport: k, Ephemeral: traits.Ephemeral, Bound: traits.Bound,
	})
	k.Session.Open(k.Conn)
	b.t.Cleanup(k.End)
	return k
}

// Ready implements actors.Transport.
func (*Talker) Ready() {}

// End is the end of the socket.
func (k *Talker) End() {
	if !k.ended {
		k.ended = true
		k.Conn.Ended(false)
	}
}

// Says is a text message of the client's.
func (k *Talker) Says(message string) { k.Session.Receive(k.Conn, true, []byte(message)) }

// Heard is the text messages that have come since, once everybody is at rest.
func (k *Talker) Heard() (payloads []string) {
	k.t.Helper()
	synctest.Wait()
	var stream []byte
	for {
		iov := k.Conn.Pending(make([][]byte, 0, 16))
		if len(iov) == 0 {
			break
		}
		n := 0
		for _, b := range iov {
			stream = append(stream, b...)
			n += len(b)
		}
		k.Conn.Wrote(n)
	}
	for len(stream) > 0 {
		head, size := header(k.t, stream)
		payloads = append(payloads, string(stream[head:size]))
		stream = stream[size:]
	}
	return payloads
}

// Hears expects these and nothing else.
func (k *Talker) Hears(want ...string) {
	k.t.Helper()
	require.Equal(k.t, want, k.Heard())
}

// HearsNothing expects silence, and that the connection lives.
func (k *Talker) HearsNothing() {
	k.t.Helper()
	require.Empty(k.t, k.Heard())
	_, closing := k.Conn.Closing()
	require.False(k.t, closing)
}

// Closes expects these, and then the server's end of the connection.
func (k *Talker) Closes(code int, want ...string) {
	k.t.Helper()
	require.Equal(k.t, want, k.Heard())
	cl, closing := k.Conn.Closing()
	require.True(k.t, closing)
	require.Equal(k.t, code, cl.Code, cl.Reason)
	k.End()
}
