package main

import (
	"fmt"
	"runtime/debug"

	"github.com/alecthomas/kong"
)

var groups = []kong.Group{
	{Key: "serve", Title: "Serving:"},
	{Key: "rooms", Title: "Rooms:"},
	{Key: "tokens", Title: "Join tokens (asked for where there is a secret, a key or a JWKS):"},
	{Key: "clients", Title: "Existing clients:"},
	{Key: "ice", Title: "ICE (finding a path between two browsers):"},
	{Key: "admin", Title: "Operating (off where neither is set):"},
	{Key: "webhooks", Title: "Webhooks:"},
	{Key: "limits", Title: "Limits:"},
	{Key: "cluster", Title: "Several engines as one (off where neither is set):"},
	{Key: "stop", Title: "Stopping (SIGTERM or Ctrl-C; a second one forces it):"},
	{Key: "logs", Title: "Logs:"},
	{Key: "start", Title: "Starting:"},
}

const (
	about = `Parley, a signaling server for WebRTC: rooms, presence, messages and reconnects for browsers that want to talk.

Each setting is a flag, a variable (in brackets) or a line of the --config file. A flag wins over a variable, a variable over the file, the file over the default. Durations are numbers with units: 500ms, 30s, 1m30s, 24h.`

	footer = `
Endpoints:
  /           the page                   /healthz    the process lives
  /ws         WebSocket, Parley's own    /readyz     it wants traffic
  /peerjs     PeerJS clients             /apprtc     AppRTC's clients
  /y-webrtc   y-webrtc clients
  /trystero   clients of trystero's ws-relay
  /tracker    WebTorrent clients
  /swoole     WebSocket of the article's protocol, as on any other path

Tokens for testing: engine token --help

Exit codes:
  0  drained             1  could not start, or could not go on
  2  a wrong setting     3  the drain was cut short
`
)

func help(o kong.HelpOptions, ctx *kong.Context) error {
	if err := kong.DefaultHelpPrinter(o, ctx); err != nil {
		return err
	}
	_, err := fmt.Fprint(ctx.Stdout, footer)
	return err
}

// version is the module's, or the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "devel-" + s.Value[:12]
		}
	}
	return "devel"
}
