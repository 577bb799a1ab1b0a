package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/parley-signaling/parley/actors/wire"
)

// Options configure a Client. The zero value works.
type Options struct {
	Codec     wire.Codec  // JSON, unless Msgpack is asked for
	Header    http.Header // more lines of the upgrade request
	TLSConfig *tls.Config // for wss; nil: Go's defaults
	// NetDial makes the TCP connection; nil: net.Dialer.
	NetDial func(ctx context.Context, network, addr string) (net.Conn, error)

	// Queue is how many events of a room may wait for their reader; 0: 1,024.
	Queue int

	// Token gives the token of a join: it is asked before every one, returns to a room
	// included, and when a token is about to run out. nil: none is sent. ctx ends with Close.
	Token func(ctx context.Context, room string) (string, error)

	// OnState is told of every change of State, with the reason where there is one. It runs on
	// the client's own goroutine and must not block, nor Close.
	OnState func(State, error)

	Logger *slog.Logger // nil: slog.Default()
}

// JoinOptions describe a member to be. The zero value works.
type JoinOptions struct {
	Profile any  // seen by all: anything that encoding/json can encode, or a wire.Value; at most 4 KiB
	Hidden  bool // neither listed nor told of others
}

const (
	defaultQueue = 1024

	dialTimeout  = 10 * time.Second
	closeTimeout = 2 * time.Second  // for the server's answer to our close frame
	pingInterval = 25 * time.Second // of silence
	pongTimeout  = 10 * time.Second // for anything after a ping

	// maxMessage is the largest message of a server: a full roster, with profiles, fits.
	maxMessage = 64 << 20

	maxOutstanding = 64 // requests of a room, as the server remembers their answers
)

func (o Options) withDefaults() (Options, error) {
	switch {
	case o.Codec > wire.Msgpack:
		return o, fmt.Errorf("client: Options.Codec: %d is neither JSON nor msgpack", o.Codec)
	case o.Queue < 0:
		return o, fmt.Errorf("client: Options.Queue: %d, at least 1", o.Queue)
	case o.Queue == 0:
		o.Queue = defaultQueue
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o, nil
}

func (o Options) subprotocol() string { return "parley.v1." + o.Codec.String() }

// socketURL takes http and https for what they are over WebSocket.
func socketURL(s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil {
		return "", fmt.Errorf("client: %w", err)
	}
	switch u.Scheme {
	case "ws", "wss":
	case "http":
		u.Scheme = "ws"
	case "https":
		u.Scheme = "wss"
	default:
		return "", fmt.Errorf("client: %q: the scheme must be ws, wss, http or https", s)
	}
	if u.Host == "" {
		return "", errors.New("client: the URL has no host")
	}
	if u.Path == "" {
		u.Path = "/"
	}
	return u.String(), nil
}
