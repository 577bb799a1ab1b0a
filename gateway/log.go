package gateway

import (
	"bytes"
	"context"
	"log"
	"log/slog"
	"net/netip"
	"regexp"
)

// What the log says of single connections, at level debug. Each line has the id of the
// connection's actor; none has what a client sent, but for the reason in its close frame.

func (s *shard) debugs() bool { return s.log.Enabled(context.Background(), slog.LevelDebug) }

func (s *shard) logUpgraded(k *socket, a *accepted) {
	if !s.debugs() {
		return
	}
	name := a.dialect.Name()
	if name == "" {
		name = "parley"
	}
	args := []any{"conn", k.id(), "dialect", name}
	if s.g.o.LogAddresses {
		args = append(args, "client", s.g.o.Quota.Client(k.conn.Peer(), a.forwarded))
	}
	s.log.Debug("gateway: connected", args...)
}

// logClosing: by says whose close frame comes first.
func (s *shard) logClosing(k *socket, by string, code int, reason string) {
	if s.debugs() {
		s.log.Debug("gateway: closing", "conn", k.id(), "by", by, "code", code, "reason", reason)
	}
}

func (s *shard) logEnded(k *socket) {
	if s.debugs() {
		s.log.Debug("gateway: disconnected", "conn", k.id(), "ending", k.ending.String(), "clean", k.clean)
	}
}

// logRefused is for what never came to be a connection; from tells its peer.
func (g *Gateway) logRefused(no *refusal, from func() netip.Addr) {
	if !g.o.Logger.Enabled(context.Background(), slog.LevelDebug) {
		return
	}
	args := []any{"reason", no.cause.String(), "status", no.status}
	if g.o.LogAddresses {
		args = append(args, "peer", from())
	}
	g.o.Logger.Debug("gateway: refused", args...)
}

// ErrorLog is for http.Server.ErrorLog. net/http complains of handlers that panic, and, which is of
// little interest, of its clients, by their addresses: they are left out unless wanted.
func ErrorLog(to *slog.Logger, addresses bool) *log.Logger {
	return log.New(&httpLog{to, addresses}, "", 0)
}

type httpLog struct {
	to        *slog.Logger
	addresses bool
}

var address = regexp.MustCompile(`\[[0-9a-fA-F:.%a-z]+\]:\d+|\d+\.\d+\.\d+\.\d+:\d+`)

// Write implements io.Writer.
func (l *httpLog) Write(line []byte) (int, error) {
	level := slog.LevelDebug
	if bytes.HasPrefix(line, []byte("http: panic")) {
		level = slog.LevelError
	}
	if text := bytes.TrimSpace(line); !l.addresses {
		l.to.Log(context.Background(), level, string(address.ReplaceAll(text, []byte("(address)"))))
	} else {
		l.to.Log(context.Background(), level, string(text))
	}
	return len(line), nil
}

// id is the connection's in logs, metrics' labels aside: that of its actor; "" during the upgrade.
func (k *socket) id() string {
	if k.actor == nil {
		return ""
	}
	return k.actor.PID().ID
}
