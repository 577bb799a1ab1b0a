package gateway

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

// ErrClosed is returned by Serve after Shutdown or Close.
var ErrClosed = errors.New("gateway: closed")

// Gateway serves WebSocket and HTTP on the same listeners and carries the connections of a
// System's actors.
type Gateway struct{}

// New prepares a gateway. It starts no goroutine before there is a connection or a listener.
func New(o Options) (*Gateway, error) { panic("not yet") }

// Serve accepts connections on ln until Shutdown or Close, and then returns ErrClosed. It
// may be called for several listeners. The gateway closes ln.
func (g *Gateway) Serve(ln net.Listener) error { panic("not yet") }

// ServeHTTP upgrades r inside another net/http server, by hijacking the connection, and
// hands it to the gateway's shards; the request's routes, origins and limits are those of
// Options. What is not an upgrade goes to Options.HTTP.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) { panic("not yet") }

// Shutdown drains: it stops accepting, tells every connection bye and 1001 with retryAfter,
// writes what is queued, waits for the close handshakes, and returns when all connections
// are gone. Where ctx ends first, what is left is cut and ctx's error returned.
func (g *Gateway) Shutdown(ctx context.Context, retryAfter time.Duration) error { panic("not yet") }

// Close cuts all connections and listeners without a word.
func (g *Gateway) Close() error { panic("not yet") }

// Stats counts since New, except Connections, which is now.
type Stats struct {
	Connections int               // open WebSocket connections
	Accepted    uint64            // sockets accepted from listeners, whatever became of them
	Upgraded    uint64            // upgrades answered 101
	Refused     map[string]uint64 // upgrades refused, by reason
	Closed      map[int]uint64    // ended connections, by the close code sent; else received; 1006: neither
	Panics      uint64            // dialects and sessions that panicked
}

// Stats returns the counters. From anywhere.
func (g *Gateway) Stats() Stats { panic("not yet") }
