package dialect

import (
	"context"
	"net/http"

	"github.com/parley-signaling/parley/actors"
)

// Web is a Dialect that answers plain HTTP too.
type Web interface {
	Dialect
	// HTTP serves what is no upgrade: at the path of the dialect's route and below, with that
	// path taken off the request's URL (at the path itself, "" is left). The gateway asks it
	// before its own Options.HTTP. ClientOf tells it who asks.
	HTTP() http.Handler
}

// Client is who has sent a request, as far as a Web needs to know.
type Client struct {
	Name  string      // of its address, to those who bound what one client may have; "": it has none (loopback)
	Rooms func() bool // whether it may bring one more room to life; nil: it may
}

var _ actors.Opener = (*Client)(nil)

// MayOpenRoom implements actors.Opener.
func (c *Client) MayOpenRoom() bool { return c.Rooms == nil || c.Rooms() }

type clientKey struct{}

// WithClient returns r with what ClientOf is to say of it.
func WithClient(r *http.Request, c *Client) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), clientKey{}, c))
}

// ClientOf is who has sent r. It is never nil.
func ClientOf(r *http.Request) *Client {
	if c, ok := r.Context().Value(clientKey{}).(*Client); ok {
		return c
	}
	return new(Client)
}
