package server_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/server"
	"github.com/parley-signaling/parley/engine/token"
	goclient "github.com/parley-signaling/parley/gateway/client"
	"github.com/parley-signaling/parley/gateway/gatewaytest"
)

const tokenSecret = "0123456789abcdef0123456789abcdef"

func mint(t *testing.T, sub string, ttl time.Duration) string {
	t.Helper()
	s, err := token.Mint(tokenSecret, token.Claims{Room: "r", Role: "moderator", RegisteredClaims: jwt.RegisteredClaims{
		Subject: sub, ExpiresAt: jwt.NewNumericDate(time.Now().Add(ttl)),
	}})
	require.NoError(t, err)
	return s
}

// bearer is a client that joins the room "r" with what give makes.
func bearer(t *testing.T, s *server.Server, give func() string) (*goclient.Room, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, err := goclient.Dial(ctx, "ws"+strings.TrimPrefix(s.URL(), "http")+"ws", goclient.Options{
		Logger: slog.New(slog.DiscardHandler),
		Token:  func(context.Context, string) (string, error) { return give(), nil },
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c.Join(ctx, "r", goclient.JoinOptions{})
}

func TestTokensAreAskedFor(t *testing.T) {
	s := start(t, server.Config{TokenSecret: tokenSecret})
	_, err := bearer(t, s, func() string { return "" })
	require.ErrorContains(t, err, "unauthorized: token: required")
	_, err = bearer(t, s, func() string { return mint(t, "ann", -time.Minute) })
	require.ErrorContains(t, err, "unauthorized: token: expired")
	_, err = bearer(t, s, func() string { return mint(t, "ann", time.Minute) })
	require.NoError(t, err)
}

// A client whose tokens last for two seconds stays where it is: it renews them in time.
func TestTokensAreRenewedWhileConnected(t *testing.T) {
	s := start(t, server.Config{TokenSecret: tokenSecret})
	watch, err := bearer(t, s, func() string { return mint(t, "zoe", time.Hour) })
	require.NoError(t, err)
	var asked atomic.Int64
	enough := make(chan struct{})
	_, err = bearer(t, s, func() string {
		if asked.Add(1) == 5 {
			close(enough)
		}
		return mint(t, "ann", 2*time.Second)
	})
	require.NoError(t, err)
	select {
	case <-enough:
	case <-time.After(patience):
		t.Fatal("not renewed")
	}
	require.Equal(t, 1, len(watch.Members()))
	require.False(t, watch.Members()[0].Suspended)
}

func TestOpenDoorsAreWarnedOf(t *testing.T) {
	for _, tc := range []struct {
		cfg  server.Config
		warn bool
	}{
		{server.Config{Addr: ":0"}, true},
		{server.Config{Addr: "127.0.0.1:0"}, false},
		{server.Config{Addr: ":0", TokenSecret: tokenSecret}, false},
	} {
		var out gatewaytest.Log
		tc.cfg.Logger = slog.New(slog.NewTextHandler(&out, nil))
		start(t, tc.cfg)
		require.Equal(t, tc.warn, strings.Contains(out.String(), "NO TOKENS ARE ASKED FOR"), "%s", out.String())
		require.NotContains(t, out.String(), tokenSecret)
	}
}

func TestWrongSettingsOfTokens(t *testing.T) {
	rubbish := filepath.Join(t.TempDir(), "key.pem")
	require.NoError(t, os.WriteFile(rubbish, []byte("rubbish"), 0o600))
	for field, cfg := range map[string]server.Config{
		"TokenSecret":   {TokenSecret: "too short a secret"},
		"TokenKeys":     {TokenKeys: []string{rubbish}},
		"TokenJWKS":     {TokenJWKS: "file:///etc/keys"},
		"TokenAudience": {TokenAudience: "parley"},
		"TokenLeeway":   {TokenSecret: tokenSecret, TokenLeeway: time.Hour},
	} {
		err := cfg.Validate()
		var e *server.ConfigError
		require.True(t, errors.As(err, &e), "%s: %v", field, err)
		require.Equal(t, field, e.Field)
		require.NotContains(t, err.Error(), "too short a secret")
	}
}

// Clients of other protocols bear their token in the URL.
func TestDialectsBearTokensInTheirURL(t *testing.T) {
	s := start(t, server.Config{TokenSecret: tokenSecret})
	signed := func(room, role string) string {
		text, err := token.Mint(tokenSecret, token.Claims{Room: room, Role: role, RegisteredClaims: jwt.RegisteredClaims{
			Subject: "ann", ExpiresAt: jwt.NewNumericDate(time.Now().Add(time.Minute)),
		}})
		require.NoError(t, err)
		return "?access_token=" + text
	}
	const join, say = `{"type":"subscribe","topics":["t"]}`, `{"type":"publish","topic":"t","data":1}`
	a, b := dial(t, s, "/y-webrtc"+signed("t", "member")), dial(t, s, "/y-webrtc"+signed("*", "member"))
	mute := dial(t, s, "/y-webrtc"+signed("t", "observer"))
	for _, c := range []*client{a, b, mute} {
		c.write(join)
		c.write(`{"type":"ping"}`)
		require.Equal(t, `{"type":"pong"}`, c.read())
	}
	mute.write(`{"type":"publish","topic":"t","data":0}`)
	mute.write(`{"type":"ping"}`)
	require.Equal(t, `{"type":"pong"}`, mute.read(), "an observer is not heard, and not closed")
	a.write(say)
	require.Contains(t, b.read(), `"data":1`, "and nothing came before it")

	for _, c := range []*client{dial(t, s, "/y-webrtc"), dial(t, s, "/y-webrtc"+signed("other", "member"))} {
		c.write(join)
		require.Contains(t, c.read(), `"code":"unauthorized"`)
		require.Equal(t, ws.StatusPolicyViolation, c.closed())
	}
	outside := dial(t, s, "/y-webrtc")
	outside.write(say)
	require.Contains(t, outside.read(), `"code":"unauthorized"`)
	require.Equal(t, ws.StatusPolicyViolation, outside.closed(), "nor may it speak without one")
}
