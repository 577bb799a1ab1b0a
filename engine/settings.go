package main

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/parley-signaling/parley/actors/behaviours"
	"github.com/parley-signaling/parley/engine/server"
)

// settings are the flags. A field that server.Config has too bears the same name there.
type settings struct {
	Addr    string   `group:"serve" default:":8080" placeholder:"HOST:PORT" help:"TCP address of HTTP and WebSocket; no host: all addresses, port 0: any free one. Default: ${default}"`
	Origins []string `group:"serve" placeholder:"ORIGIN" help:"Web origins whose pages may connect, separated by commas: a host (a.example), its subdomains (*.a.example), a full origin (https://a.example:8443), or * for any. The page's own host always may. Default: no other"`
	Shards  int      `group:"serve" default:"0" placeholder:"N" help:"Reactors that share the connections, 1 to 1,024; 0: one a core. Default: ${default}"`

	Linger        time.Duration `group:"rooms" default:"30s" placeholder:"DURATION" help:"How long a member whose socket is lost keeps its place and can resume, up to 24h; 0s: not at all. Default: ${default}"`
	RoomCapacity  int           `group:"rooms" default:"10000" placeholder:"N" help:"Members of one room, 1 to 1,000,000. Default: ${default}"`
	QueueBytes    int           `group:"rooms" default:"1048576" placeholder:"BYTES" help:"Output one connection may have waiting before it is closed as too slow, 131072 (128 KiB) to 1073741824 (1 GiB). Default: ${default} (1 MiB)"`
	TokenSecret   string        `group:"tokens" placeholder:"SECRET" help:"What tokens are signed with (HS256), 32 bytes or more. Better in the variable or the file than on a command line. Default: none"`
	TokenKeys     []string      `group:"tokens" placeholder:"FILE" help:"PEM files of the public keys or certificates that tokens are signed for (RS256, ES256, EdDSA), separated by commas. Default: none"`
	TokenJWKS     string        `group:"tokens" name:"token-jwks" placeholder:"URL" help:"A JSON Web Key Set with such keys; fetched every 15 minutes, and for a key that is not in it. Default: none"`
	TokenAudience string        `group:"tokens" placeholder:"NAME" help:"The audience (aud) that a token must name. Default: any, or none"`
	TokenLeeway   time.Duration `group:"tokens" default:"10s" placeholder:"DURATION" help:"How much the clocks of those who make tokens may differ from ours, up to 5m. Default: ${default}"`

	Behavior []string `group:"rooms" placeholder:"PATTERN=NAME" help:"What rooms do whose name matches, separated by commas, the first match counts: lobby-*=matchmaker (* stops at a /). Names: ${behaviours}. Default: none"`

	PeerJSPath      string        `group:"clients" name:"peerjs-path" default:"/peerjs" placeholder:"PATH" help:"Where PeerJS clients are served; off: nowhere. Default: ${default}"`
	PeerJSKey       string        `group:"clients" name:"peerjs-key" default:"peerjs" placeholder:"KEY" help:"The key that they must name, up to 64 letters, digits, - and _. Default: ${default}, which is theirs"`
	PeerJSDiscovery bool          `group:"clients" name:"peerjs-discovery" default:"false" help:"Let anyone list the ids of all peers. Default: ${default}"`
	PeerJSWait      time.Duration `group:"clients" name:"peerjs-wait" default:"5s" placeholder:"DURATION" help:"How long a message waits for a peer that is not there, 10ms to 1m; then its sender is told. Default: ${default}"`

	AppRTCPath   string `group:"clients" name:"apprtc-path" default:"/apprtc" placeholder:"PATH" help:"Where AppRTC's clients are served, by a room server and a Collider; off: nowhere. Default: ${default}"`
	SwoolePath   string `group:"clients" name:"swoole-path" default:"/swoole" placeholder:"PATH" help:"Where clients of the Swoole article's server are served, as on every path that is nobody else's; off: not on --addr. Default: ${default}"`
	SwooleAddr   string `group:"clients" name:"swoole-addr" placeholder:"HOST:PORT" help:"TCP address of a listener of their own, at any path: the article's server has :9509. Default: none"`
	YWebRTCPath  string `group:"clients" name:"y-webrtc-path" default:"/y-webrtc" placeholder:"PATH" help:"Where y-webrtc's clients are served; off: not on --addr. Default: ${default}"`
	YWebRTCAddr  string `group:"clients" name:"y-webrtc-addr" placeholder:"HOST:PORT" help:"TCP address of a listener of their own, at any path: y-webrtc's server has :4444. Default: none"`
	TrysteroPath string `group:"clients" name:"trystero-path" default:"/trystero" placeholder:"PATH" help:"Where clients of trystero's ws-relay are served; off: not on --addr. Default: ${default}"`
	TrysteroAddr string `group:"clients" name:"trystero-addr" placeholder:"HOST:PORT" help:"TCP address of a listener of their own, at any path. Default: none"`
	TrackerPath  string `group:"clients" name:"tracker-path" default:"/tracker" placeholder:"PATH" help:"Where clients of WebTorrent's trackers are served; off: not on --addr. Default: ${default}"`
	TrackerAddr  string `group:"clients" name:"tracker-addr" placeholder:"HOST:PORT" help:"TCP address of a listener of their own, at any path: bittorrent-tracker has :8000. Default: none"`

	TURNAddr         string        `group:"ice" name:"turn-addr" default:":3478" placeholder:"HOST:PORT" help:"UDP and TCP address of the embedded STUN and TURN server; empty: off. A taken port is only a warning. Default: ${default}"`
	TURNPublicHost   string        `group:"ice" name:"turn-public-host" placeholder:"HOST" help:"Name or address under which browsers reach it. Default: --turn-public-ip"`
	TURNPublicIP     string        `group:"ice" name:"turn-public-ip" placeholder:"ADDRESS" help:"IPv4 address at which the other side reaches whom it relays; set it behind NAT and in containers. Default: that of --turn-public-host, else the host of --turn-addr, else the address of the interface that leads to the internet, or the one that a STUN server of --ice-servers sees"`
	TURNPorts        string        `group:"ice" name:"turn-ports" default:"49152-65535" placeholder:"MIN-MAX" help:"UDP ports that it relays through, one for each relayed connection. Default: ${default}"`
	TURNTLSAddr      string        `group:"ice" name:"turn-tls-addr" default:":5349" placeholder:"HOST:PORT" help:"TCP address of TURN over TLS (turns:), where there is a certificate. Default: ${default}"`
	TURNCert         string        `group:"ice" name:"turn-cert" placeholder:"FILE" help:"Certificate and chain for turns:, PEM; read again when it changes. Default: no turns:"`
	TURNKey          string        `group:"ice" name:"turn-key" placeholder:"FILE" help:"Its key, PEM"`
	TURNSecret       string        `group:"ice" name:"turn-secret" placeholder:"SECRET" help:"What credentials are made with, 16 bytes or more; that of coturn's static-auth-secret, for one of --ice-servers. Better in the variable or the file than on a command line. Default: made at each start"`
	TURNTTL          time.Duration `group:"ice" name:"turn-ttl" default:"1h" placeholder:"DURATION" help:"How long credentials are good for, 10s to 24h; members get new ones in half of that. Default: ${default}"`
	TURNQuota        int           `group:"ice" name:"turn-quota" default:"100" placeholder:"N" help:"Connections that one member may have relayed at a time, up to 10,000; 0: STUN alone, nothing is relayed. Default: ${default}"`
	TURNPrivatePeers bool          `group:"ice" name:"turn-private-peers" help:"For development: relay to private addresses and to this machine too. Never on the internet: it opens your network to everybody who can join a room"`
	ICEServers       []string      `group:"ice" name:"ice-servers" placeholder:"URL" help:"Other STUN and TURN servers to tell browsers of, separated by commas: stun:host:port, turn:host:port?transport=udp (shares --turn-secret), turns:user:password@host:port. Default: none"`

	AdminAddr  string `group:"admin" placeholder:"HOST:PORT" help:"TCP address of what operators see: /metrics, /debug/pprof/, /api/, /dashboard. Without a token it must be of this machine alone (127.0.0.1:9090). Default: none; with a token they are on --addr"`
	AdminToken string `group:"admin" placeholder:"TOKEN" help:"What operators must show, as Authorization: Bearer, 16 bytes or more. Better in the variable or the file than on a command line. Default: none"`
	adminTLSSettings

	WebhookURL    []string `group:"webhooks" name:"webhook-url" placeholder:"URL" help:"Where to POST what becomes of rooms and members, separated by commas. Default: nowhere"`
	WebhookSecret []string `group:"webhooks" placeholder:"SECRET" help:"What the events are signed with: whsec_ and the base64 of 24 to 64 bytes; several, separated by commas: by each. Better in the variable or the file than on a command line. Default: none"`
	WebhookEvents []string `group:"webhooks" default:"room.started,room.ended,member.joined,member.left" placeholder:"EVENT" help:"Which events, separated by commas; there are member.suspended and member.resumed, too. Default: ${default}"`

	limitSettings
	tlsSettings
	clusterSettings

	DrainDelay   time.Duration `group:"stop" default:"0s" placeholder:"DURATION" help:"After SIGTERM /readyz says 503 this long before new connections are refused, up to 1h. Default: ${default}"`
	DrainTimeout time.Duration `group:"stop" default:"10s" placeholder:"DURATION" help:"A drain takes at most this long, up to 1h; what is left is cut. Default: ${default}"`
	DrainWindow  time.Duration `group:"stop" default:"2s" placeholder:"DURATION" help:"In which clients are told to go, at random moments, so that they do not come back all at once; at most half of --drain-timeout; 0s: all at once. Default: ${default}"`
	RetryAfter   time.Duration `group:"stop" default:"1s" placeholder:"DURATION" help:"How long drained clients are told to wait before they reconnect, up to 1h. Default: ${default}"`

	LogLevel     string `group:"logs" default:"info" enum:"debug,info,warn,error" placeholder:"LEVEL" help:"debug, info, warn or error. Default: ${default}"`
	LogAddresses bool   `group:"logs" help:"Let the log say from where connections come. Default: it does not"`

	LogFormat string `group:"logs" default:"text" enum:"text,json" placeholder:"FORMAT" help:"text or json; on standard error. Default: ${default}"`

	Config  string           `group:"start" placeholder:"FILE" help:"Read settings from this YAML or JSON file: the flags' names without dashes in front"`
	Version kong.VersionFlag `group:"start" env:"-" help:"Print the version and exit"`

	file     *file // nil: none
	parsed   *kong.Context
	warnings []string // about the environment, to be logged
}

// parse reads args, the environment and the file that they name. --help and --version print
// to stdout and call exit. The error names the setting and where it was made.
func parse(args []string, stdout io.Writer, exit func(int)) (*settings, error) {
	set := &settings{}
	k, err := newParser(set, stdout, exit)
	if err != nil {
		return nil, err
	}
	ctx, err := k.Parse(args)
	if err != nil {
		return nil, err
	}
	set.parsed = ctx
	if err := set.check(); err != nil {
		return nil, set.locate(err, ctx)
	}
	set.warnings = unknownVariables(os.Environ(), k.Model)
	return set, nil
}

func newParser(set *settings, stdout io.Writer, exit func(int)) (*kong.Kong, error) {
	return kong.New(set,
		kong.Name("engine"), kong.Description(about), kong.ExplicitGroups(groups), kong.Help(help),
		kong.DefaultEnvars(prefix), kong.Vars{
			"version": "parley " + version(), "behaviours": strings.Join(behaviours.Names(), ", "),
		},
		kong.Writers(stdout, stdout), kong.Exit(exit),
	)
}

// BeforeResolve reads the file once it is known: kong calls it after flags and variables.
func (s *settings) BeforeResolve(ctx *kong.Context) error {
	for _, f := range ctx.Flags() {
		if f.Name != "config" {
			continue
		}
		name, _ := ctx.FlagValue(f).(string)
		if name == "" {
			return nil
		}
		r, err := readFile(name, ctx.Model)
		if err != nil {
			return err
		}
		s.file = r
		ctx.AddResolver(r)
	}
	return nil
}

// check finds what is out of range. The server takes 0 for its default; said aloud, where
// nothing can be meant by it, it is a mistake.
func (s *settings) check() error {
	var errs []error
	wrong := func(is bool, field string, value any, problem string) {
		if is {
			errs = append(errs, &server.ConfigError{Field: field, Value: value, Problem: problem})
		}
	}
	wrong(s.Addr == "", "Addr", s.Addr, `must be "host:port" or ":port"`)
	wrong(s.Linger < 0, "Linger", s.Linger, "must be 0s to 24h0m0s")
	wrong(s.RoomCapacity == 0, "RoomCapacity", 0, "must be at least 1")
	wrong(s.QueueBytes == 0, "QueueBytes", 0, "must be at least 131072")
	wrong(s.PeerJSPath == "", "PeerJSPath", s.PeerJSPath, `must be "off" or a path`)
	wrong(s.PeerJSKey == "", "PeerJSKey", s.PeerJSKey, "must have at least 1 character")
	wrong(s.PeerJSWait == 0, "PeerJSWait", s.PeerJSWait, "must be 10ms to 1m0s")
	wrong(s.AppRTCPath == "", "AppRTCPath", s.AppRTCPath, `must be "off" or a path`)
	wrong(s.SwoolePath == "", "SwoolePath", s.SwoolePath, `must be "off" or a path`)
	wrong(s.YWebRTCPath == "", "YWebRTCPath", s.YWebRTCPath, `must be "off" or a path`)
	wrong(s.TrysteroPath == "", "TrysteroPath", s.TrysteroPath, `must be "off" or a path`)
	wrong(s.TrackerPath == "", "TrackerPath", s.TrackerPath, `must be "off" or a path`)
	wrong(s.TURNPorts == "", "TURNPorts", s.TURNPorts, `must be "min-max"`)
	wrong(s.TURNTLSAddr == "", "TURNTLSAddr", s.TURNTLSAddr, `must be "host:port" or ":port"`)
	wrong(s.TURNTTL == 0, "TURNTTL", s.TURNTTL, "must be 10s to 24h0m0s")
	wrong(s.TURNQuota < 0, "TURNQuota", s.TURNQuota, "must be 0 to 10000")
	wrong(s.DrainTimeout == 0, "DrainTimeout", s.DrainTimeout, "must be above 0s")
	wrong(s.RetryAfter == 0, "RetryAfter", s.RetryAfter, "must be above 0s")
	s.limitSettings.check(wrong)
	s.clusterSettings.check(wrong)
	return errors.Join(append(errs, s.server().Validate())...)
}

// server returns the part of the settings that the server has.
func (s *settings) server() server.Config {
	linger := s.Linger
	if linger == 0 {
		linger = -1 // there, 0 is the default
	}
	quota := s.TURNQuota
	if quota == 0 {
		quota = -1
	}
	return server.Config{
		Addr: s.Addr, Origins: s.Origins, Shards: s.Shards,
		Linger: linger, RoomCapacity: s.RoomCapacity, QueueBytes: s.QueueBytes, Behavior: s.Behavior,
		TokenSecret: s.TokenSecret, TokenKeys: s.TokenKeys, TokenJWKS: s.TokenJWKS,
		TokenAudience: s.TokenAudience, TokenLeeway: s.TokenLeeway,
		PeerJSPath: s.PeerJSPath, PeerJSKey: s.PeerJSKey, PeerJSDiscovery: s.PeerJSDiscovery, PeerJSWait: s.PeerJSWait,
		AppRTCPath: s.AppRTCPath,
		SwoolePath: s.SwoolePath, SwooleAddr: s.SwooleAddr,
		YWebRTCPath: s.YWebRTCPath, YWebRTCAddr: s.YWebRTCAddr,
		TrysteroPath: s.TrysteroPath, TrysteroAddr: s.TrysteroAddr,
		TrackerPath: s.TrackerPath, TrackerAddr: s.TrackerAddr,
		TURNAddr: s.TURNAddr, TURNPublicHost: s.TURNPublicHost, TURNPublicIP: s.TURNPublicIP, TURNPorts: s.TURNPorts,
		TURNTLSAddr: s.TURNTLSAddr, TURNCert: s.TURNCert, TURNKey: s.TURNKey,
		TURNSecret: s.TURNSecret, TURNTTL: s.TURNTTL, TURNQuota: quota, TURNPrivatePeers: s.TURNPrivatePeers,
		ICEServers: s.ICEServers,
		Limits:     s.limitSettings.server(), Secure: s.tlsSettings.server(),
		Clustering:   s.clusterSettings.server(),
		LogAddresses: s.LogAddresses,
		AdminAddr:    s.AdminAddr, AdminToken: s.AdminToken, AdminTLS: s.adminTLSSettings.server(),
		WebhookURL: s.WebhookURL, WebhookSecret: s.WebhookSecret, WebhookEvents: s.WebhookEvents,
		DrainDelay: s.DrainDelay, DrainTimeout: s.DrainTimeout, DrainWindow: s.DrainWindow, RetryAfter: s.RetryAfter,
	}
}

// logger writes to w as the settings say.
func (s *settings) logger(w io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(s.LogLevel)) // one of kong's enum
	o := &slog.HandlerOptions{Level: level}
	if s.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}
