package gateway

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/gateway/dialect"
	"github.com/parley-signaling/parley/gateway/quota"
)

// Options configure a Gateway. Only System is required; every other zero value means the
// default that is named beside it.
type Options struct {
	System *actors.System

	Routes   map[string]dialect.Dialect // exact path → dialect
	Fallback dialect.Dialect            // for upgrades on any other path; nil: those are answered 404
	HTTP     http.Handler               // what is not an upgrade, nor a dialect.Web's; nil: answered 404, or by Fallback

	// Origins are the web origins whose pages may connect: a host ("a.example"), a host with
	// its subdomains ("*.a.example" matches b.a.example, not a.example), a full origin
	// ("https://a.example:8443"), or "*" for any. A host without a port matches every port.
	// None: the page's host and port must be those of the request itself. A request without
	// an Origin header does not come from a browser's page and is always allowed.
	Origins []string

	// Overloaded tells that the process is short of memory: upgrades and dialects' requests are
	// refused meanwhile, and connections cut that hold some and do not move. It is called for each
	// of those, and now and then, and must not block. nil: never.
	Overloaded func() bool

	// Quota bounds connections and requests, by address and in all; gateways may share one.
	// nil: no bounds.
	Quota *quota.Quota

	Logger       *slog.Logger // nil: slog.Default()
	LogAddresses bool         // it may be told from where connections come

	// Shards is how many reactors share the connections. 0: GOMAXPROCS.
	Shards int
	// Portable serves every connection through net.Conn and goroutines, also where epoll is there.
	Portable bool

	PingInterval  time.Duration // between two pings to a connection; 0: 25 s
	PongTimeout   time.Duration // for anything to be heard after a ping, rounded up to PingInterval/25; 0: 10 s
	NoRoomTimeout time.Duration // a connection may be without a room; 0: 15 s, negative: for ever
	HeaderTimeout time.Duration // from the connection to the end of its first request's headers; 0: 10 s; a body has 3 times as long, the reader of an answer 12 times
	CloseTimeout  time.Duration // for the peer's answer to a close frame, and for a full socket to drain; 0: 5 s
	DrainWindow   time.Duration // in which a Shutdown says its goodbyes, at random; 0: all at once
	MaxHeader     int           // bytes of a request line and its headers; 0: 16 KiB
}

// dialectCounts has a count for each dialect, by name.
func (o Options) dialectCounts() map[string]*atomic.Int64 {
	counts := map[string]*atomic.Int64{}
	for _, d := range o.Routes {
		counts[d.Name()] = new(atomic.Int64)
	}
	if o.Fallback != nil {
		counts[o.Fallback.Name()] = new(atomic.Int64)
	}
	return counts
}

// withDefaults fills in the zero values and refuses what cannot work.
func (o Options) withDefaults() (Options, error) {
	if o.System == nil {
		return o, errors.New("gateway: Options.System is required")
	}
	for path, d := range o.Routes {
		if !strings.HasPrefix(path, "/") || d == nil {
			return o, fmt.Errorf("gateway: route %q: a path begins with a slash and has a dialect", path)
		}
	}
	if o.Overloaded == nil {
		o.Overloaded = func() bool { return false }
	}
	if o.Quota == nil {
		o.Quota = quota.New(quota.Options{})
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Shards <= 0 {
		o.Shards = runtime.GOMAXPROCS(0)
	}
	if o.MaxHeader <= 0 {
		o.MaxHeader = 16 << 10
	}
	if o.NoRoomTimeout == 0 {
		o.NoRoomTimeout = 15 * time.Second
	}
	for _, d := range []struct {
		value *time.Duration
		zero  time.Duration
	}{
		{&o.PingInterval, 25 * time.Second}, {&o.PongTimeout, 10 * time.Second},
		{&o.HeaderTimeout, 10 * time.Second}, {&o.CloseTimeout, 5 * time.Second},
	} {
		if *d.value <= 0 {
			*d.value = d.zero
		}
	}
	if o.PongTimeout >= o.PingInterval {
		return o, fmt.Errorf("gateway: PongTimeout (%s) must be shorter than PingInterval (%s)", o.PongTimeout, o.PingInterval)
	}
	return o, nil
}
