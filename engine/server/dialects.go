package server

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/parley-signaling/parley/engine/admin"
	"github.com/parley-signaling/parley/gateway/dialect"
	"github.com/parley-signaling/parley/gateway/dialect/apprtc"
	"github.com/parley-signaling/parley/gateway/dialect/native"
	"github.com/parley-signaling/parley/gateway/dialect/peerjs"
	"github.com/parley-signaling/parley/gateway/dialect/swoole"
	"github.com/parley-signaling/parley/gateway/dialect/tracker"
	"github.com/parley-signaling/parley/gateway/dialect/trystero"
	"github.com/parley-signaling/parley/gateway/dialect/ywebrtc"
)

// Off is the path of a dialect that is not served on the engine's own port.
const Off = "off"

// dialects are the protocols that are spoken, by path.
func (s *Server) dialects() (map[string]dialect.Dialect, error) {
	routes := map[string]dialect.Dialect{"/ws": native.New()}
	if s.cfg.PeerJSPath != Off {
		d, err := peerjs.New(s.system, peerjs.Options{
			Key: s.cfg.PeerJSKey, Discovery: s.cfg.PeerJSDiscovery, Wait: s.cfg.PeerJSWait, Tokens: s.tokens,
		})
		if err != nil {
			return nil, err
		}
		maps.Copy(routes, peerjs.Routes(s.cfg.PeerJSPath, d))
	}
	if s.cfg.AppRTCPath != Off {
		d, err := apprtc.New(s.system, apprtc.Options{ICE: s.iceServers, Tokens: s.tokens})
		if err != nil {
			return nil, err
		}
		maps.Copy(routes, apprtc.Routes(s.cfg.AppRTCPath, d))
	}
	for _, p := range s.portable {
		if p.path != Off {
			routes[p.path] = p.dialect
		}
	}
	return routes, nil
}

// portable is a dialect whose clients may know a port and no path: it can have a listener of
// its own, at addr, if that is not "".
type portable struct {
	dialect    dialect.Dialect
	path, addr string
}

func (s *Server) findPortable() error {
	swarms, err := tracker.New(s.system)
	s.portable = []portable{
		{swoole.New(), s.cfg.SwoolePath, s.cfg.SwooleAddr},
		{ywebrtc.New(), s.cfg.YWebRTCPath, s.cfg.YWebRTCAddr},
		{trystero.New(), s.cfg.TrysteroPath, s.cfg.TrysteroAddr},
		{swarms, s.cfg.TrackerPath, s.cfg.TrackerAddr},
	}
	return err
}

// mounts refuses paths that cannot be told from each other, or from the engine's own.
func (c Config) mounts() error {
	c = c.withDefaults()
	taken := append([]string{"/ws", "/healthz", "/readyz"}, admin.Roots()...)
	var errs []error
	for _, m := range []struct{ field, path string }{
		{"SwoolePath", c.SwoolePath},
		{"PeerJSPath", c.PeerJSPath},
		{"AppRTCPath", c.AppRTCPath},
		{"YWebRTCPath", c.YWebRTCPath},
		{"TrysteroPath", c.TrysteroPath},
		{"TrackerPath", c.TrackerPath},
	} {
		switch {
		case m.path == Off:
		case !isMount(m.path):
			errs = append(errs, &ConfigError{m.field, m.path, `must be "off" or a path of letters, digits, - and _, like "/a" or "/a/b"`})
		case slices.ContainsFunc(taken, func(t string) bool { return overlap(t, m.path) }):
			errs = append(errs, &ConfigError{m.field, m.path, "must not be, or lie above or below, another endpoint's path"})
		default:
			taken = append(taken, m.path)
		}
	}
	return errors.Join(errs...)
}

func isMount(s string) bool {
	return len(s) > 1 && len(s) <= 128 && s[0] == '/' && path.Clean(s) == s && !strings.ContainsFunc(s[1:], notInMount)
}

func notInMount(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '/')
}

func overlap(a, b string) bool {
	return a == b || strings.HasPrefix(a, b+"/") || strings.HasPrefix(b, a+"/")
}

// peerJS refuses what package peerjs does.
func (c Config) peerJS() error {
	var errs []error
	if len(c.PeerJSKey) > peerjs.MaxKey || strings.ContainsFunc(c.PeerJSKey, notInKey) {
		errs = append(errs, &ConfigError{"PeerJSKey", c.PeerJSKey, fmt.Sprintf("must be letters, digits, - and _, at most %d", peerjs.MaxKey)})
	}
	return errors.Join(append(errs, within[time.Duration]("PeerJSWait", c.PeerJSWait, peerjs.MinWait, peerjs.MaxWait))...)
}

func notInKey(r rune) bool { return r == '/' || notInMount(r) }
