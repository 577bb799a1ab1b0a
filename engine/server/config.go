package server

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/parley-signaling/parley/actors/behaviours"
)

// Config says how a Server is put together. The zero value works: every address, port 8080,
// no STUN or TURN, and the default named beside each field.
type Config struct {
	Addr    string   // TCP address of HTTP and WebSocket, "host:port", port 0: any free one; "": ":8080"
	Origins []string // web origins whose pages may connect, as in gateway.Options; the page's own host may always

	Linger       time.Duration // how long a lost member keeps its place; 0: 30 s, negative: not at all; at most 24 h
	RoomCapacity int           // members of one room; 0: 10,000; at most 1,000,000
	QueueBytes   int           // output that one connection may have waiting before it is too slow; 0: 1 MiB; 128 KiB to 1 GiB
	Behavior     []string      // "pattern=name": what rooms do whose name matches, as in actors.System.Behavior, with a name of package behaviours; the first match counts
	Shards       int           // reactors that share the connections; 0: one a core; at most 1,024

	// A join needs a token (package token) where there is a secret, a key file or a JWKS.
	TokenSecret   string        // of HS256, 32 bytes or more
	TokenKeys     []string      // PEM files of public keys or certificates, for RS256, ES256 and EdDSA
	TokenJWKS     string        // http or https URL of such keys
	TokenAudience string        // that tokens must name; "": any or none
	TokenLeeway   time.Duration // that clocks may differ by; at most 5 min

	PeerJSPath      string        // where PeerJS clients are served (package peerjs), Off: nowhere; "": /peerjs
	PeerJSKey       string        // the key that they must name; "": peerjs
	PeerJSDiscovery bool          // they may list each other's ids
	PeerJSWait      time.Duration // how long a message waits for a peer that is not there; 0: 5 s; 10 ms to 1 min
	AppRTCPath      string        // where AppRTC's clients are served (package apprtc), Off: nowhere; "": /apprtc

	// Where the clients of other servers are served: a path on the engine's own port (Off: not
	// there), and an address of a listener of their own, where every path is theirs ("": none).
	SwoolePath, SwooleAddr     string // the Swoole article's server (package swoole); path "": /swoole. Unless Off, every path that is nobody else's is theirs, too
	YWebRTCPath, YWebRTCAddr   string // y-webrtc (package ywebrtc); path "": /y-webrtc
	TrysteroPath, TrysteroAddr string // trystero's ws-relay (package trystero); path "": /trystero
	TrackerPath, TrackerAddr   string // WebTorrent's trackers (package tracker); path "": /tracker

	// What operators see (package admin): at an address of its own, which must be of this machine
	// (127.0.0.1, localhost) where there is no token, or with a token alone on Addr.
	AdminAddr  string // "host:port"; "": none of its own
	AdminToken string // 16 bytes or more; "": none
	AdminTLS          // on AdminAddr

	TURNAddr         string        // UDP and TCP address of the embedded STUN and TURN server, "host:port"; "": none
	TURNPublicHost   string        // name or address under which clients reach it; "": TURNPublicIP
	TURNPublicIP     string        // IPv4 address at which peers reach whom it relays; "": see ice.PublicIP
	TURNPorts        string        // its UDP ports, "min-max"; "": "49152-65535"
	TURNTLSAddr      string        // TCP address of turns:, used where there is a certificate; "": ":5349"
	TURNCert         string        // PEM file of its certificate and chain; with TURNKey
	TURNKey          string        // PEM file
	TURNSecret       string        // what credentials are made with, 16 bytes or more; "": random
	TURNTTL          time.Duration // how long credentials are good for; 0: 1 h; 10 s to 24 h
	TURNQuota        int           // allocations of one member at a time; 0: 100, negative: STUN alone; at most 10,000
	TURNPrivatePeers bool          // for development: relay to private addresses and to this machine too
	ICEServers       []string      // other STUN and TURN servers, as in ice.ParseExternal

	Limits // of addresses, and in all
	Secure // TLS

	// Who is told, by HTTP, what becomes of rooms and members (package webhook).
	WebhookURL    []string // of receivers, http or https; none: nobody
	WebhookSecret []string // what the events are signed with, "whsec_" and base64; several: by each
	WebhookEvents []string // which are told, of webhook.Names; none: webhook.Defaults

	Clustering // with other servers

	DrainDelay   time.Duration // between /readyz turning 503 and the end of accepting; at most 1 h
	DrainTimeout time.Duration // for a drain, then what is left is cut; 0: 10 s; at most 1 h
	DrainWindow  time.Duration // in which clients are told, at random moments; 0: all at once; at most half of DrainTimeout counts
	RetryAfter   time.Duration // told to clients as they are drained; 0: 1 s; at most 1 h

	Version string       // of the program, told to operators and in the metrics; "": unknown
	Logger  *slog.Logger // nil: slog.Default()
	// LogAddresses lets the log say from where connections come: who talks from where, and when,
	// is nobody's business where nobody needs it.
	LogAddresses bool
	Handler      http.Handler // extra paths: asked where the engine has nothing to serve; nil: 404
	// Now is the time by which certificate files are looked at again, once a minute: for tests. It is
	// called from any goroutine. nil: time.Now
	Now func() time.Time
}

// Limits of a Config.
const (
	MaxLinger       = 24 * time.Hour
	MaxRoomCapacity = 1_000_000
	MinQueueBytes   = 128 << 10
	MaxQueueBytes   = 1 << 30
	MaxShards       = 1024
	MaxDrain        = time.Hour
	MinTURNTTL      = 10 * time.Second
	MaxTURNTTL      = 24 * time.Hour
	MaxTURNQuota    = 10_000
)

// ConfigError is a field of a Config that cannot be used.
type ConfigError struct {
	Field   string // its name in Config
	Value   any
	Problem string // what is wrong with it, with the limit
}

// Error names the field, the problem and the value.
func (e *ConfigError) Error() string {
	return fmt.Sprintf("server: %s: %s, not %s", e.Field, e.Problem, e.Shown())
}

// Shown is the value, in quotes where it is a string.
func (e *ConfigError) Shown() string {
	if s, ok := e.Value.(string); ok {
		return strconv.Quote(s)
	}
	return fmt.Sprint(e.Value)
}

// Validate returns a ConfigError for each field that is wrong, joined.
func (c Config) Validate() error {
	return errors.Join(append(c.checkICE(),
		addr("Addr", c.Addr),
		origins(c.Origins),
		within("Linger", max(c.Linger, 0), 0, MaxLinger),
		within("RoomCapacity", c.RoomCapacity, 1, MaxRoomCapacity),
		behaviors(c.Behavior),
		c.checkTokens(),
		c.checkWebhooks(),
		c.checkAdmin(),
		c.mounts(),
		c.Limits.check(),
		c.Secure.check(),
		c.Clustering.check(),
		c.peerJS(),
		addr("SwooleAddr", c.SwooleAddr),
		addr("YWebRTCAddr", c.YWebRTCAddr),
		addr("TrysteroAddr", c.TrysteroAddr),
		addr("TrackerAddr", c.TrackerAddr),
		within("QueueBytes", c.QueueBytes, MinQueueBytes, MaxQueueBytes),
		within("Shards", c.Shards, 1, MaxShards),
		within("DrainDelay", c.DrainDelay, 0, MaxDrain),
		within("DrainTimeout", c.DrainTimeout, 0, MaxDrain),
		within("DrainWindow", c.DrainWindow, 0, MaxDrain),
		within("RetryAfter", c.RetryAfter, 0, MaxDrain),
	)...)
}

// withDefaults fills in what is zero.
func (c Config) withDefaults() Config {
	or(&c.Addr, ":8080")
	or(&c.Linger, 30*time.Second)
	or(&c.RoomCapacity, 10_000)
	or(&c.QueueBytes, 1<<20)
	or(&c.PeerJSPath, "/peerjs")
	or(&c.PeerJSKey, "peerjs")
	or(&c.PeerJSWait, 5*time.Second)
	or(&c.AppRTCPath, "/apprtc")
	or(&c.SwoolePath, "/swoole")
	or(&c.YWebRTCPath, "/y-webrtc")
	or(&c.TrysteroPath, "/trystero")
	or(&c.TrackerPath, "/tracker")
	or(&c.DrainTimeout, 10*time.Second)
	or(&c.RetryAfter, time.Second)
	or(&c.TURNPorts, "49152-65535")
	or(&c.TURNTLSAddr, ":5349")
	or(&c.TURNTTL, time.Hour)
	or(&c.TURNQuota, 100)
	or(&c.Version, "unknown")
	c.Limits.setDefaults()
	or(&c.Logger, slog.Default())
	return c
}

func or[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// bothFiles refuses a certificate without its key, and a key without its certificate.
func bothFiles(certField, cert, keyField, key string) error {
	switch {
	case (cert == "") == (key == ""):
		return nil
	case cert == "":
		return &ConfigError{certField, cert, "must be set where the key is"}
	}
	return &ConfigError{keyField, key, "must be set where the certificate is"}
}

// within allows 0, the default, and least to most.
func within[T int | int64 | time.Duration](field string, v, least, most T) error {
	if v != 0 && (v < least || v > most) {
		return &ConfigError{field, v, fmt.Sprintf("must be %v to %v", least, most)}
	}
	return nil
}

func addr(field, v string) error {
	if v == "" {
		return nil
	}
	_, port, err := net.SplitHostPort(v)
	if err != nil {
		return &ConfigError{field, v, `must be "host:port" or ":port"`}
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return &ConfigError{field, v, "the port must be 0 to 65535"}
	}
	return nil
}

// host allows a name or an address, alone: no port, no scheme.
func host(field, v string) error {
	if v == "" || isHost(v) {
		return nil
	}
	return &ConfigError{field, v, "must be a host name or an address, without a port"}
}

func isHost(s string) bool {
	return net.ParseIP(s) != nil || s != "" && len(s) <= 253 && !strings.ContainsFunc(s, notHostname)
}

func notHostname(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.' || r == '_')
}

// origins refuses what no browser's Origin header can match. Names in other scripts are
// written as browsers send them, in Punycode.
func origins(list []string) error {
	var errs []error
	for _, o := range list {
		if o != "*" && !isOrigin(o) {
			errs = append(errs, &ConfigError{"Origins", o,
				`must be a host ("a.example", "*.a.example"), an origin ("https://a.example:8443") or "*"`})
		}
	}
	return errors.Join(errs...)
}

func isOrigin(s string) bool {
	s = strings.TrimPrefix(strings.TrimPrefix(s, "https://"), "http://")
	if name, port, err := net.SplitHostPort(s); err == nil {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return false
		}
		s = name
	} else {
		s = strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")
	}
	return isHost(strings.TrimPrefix(s, "*."))
}

// behaviors refuses patterns that path.Match does not know, and names that package behaviours
// does not.
func behaviors(list []string) error {
	var errs []error
	for _, b := range list {
		pattern, name, _ := strings.Cut(b, "=")
		_, err := path.Match(pattern, "")
		if err != nil || pattern == "" || behaviours.ByName(name) == nil {
			errs = append(errs, &ConfigError{"Behavior", b,
				`must be "pattern=name", the name one of ` + strings.Join(behaviours.Names(), ", ")})
		}
	}
	return errors.Join(errs...)
}
