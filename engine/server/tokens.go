package server

import (
	"context"
	"fmt"
	"net"
	"net/url"

	"github.com/parley-signaling/parley/engine/token"
)

// asksTokens tells whether a join needs a token.
func (c Config) asksTokens() bool {
	return c.TokenSecret != "" || len(c.TokenKeys) > 0 || c.TokenJWKS != ""
}

// checkTokens returns a ConfigError for a field about tokens that is wrong. It shows no secret.
func (c Config) checkTokens() error {
	if n := len(c.TokenSecret); n > 0 && n < token.MinSecret {
		return &ConfigError{"TokenSecret", hidden(n), fmt.Sprintf("must have at least %d bytes", token.MinSecret)}
	}
	if err := within("TokenLeeway", c.TokenLeeway, 0, token.MaxLeeway); err != nil {
		return err
	}
	if u, err := url.Parse(c.TokenJWKS); c.TokenJWKS != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		return &ConfigError{"TokenJWKS", c.TokenJWKS, "must be an http or https URL"}
	}
	if err := token.CheckFiles(c.TokenKeys); err != nil {
		return &ConfigError{"TokenKeys", c.TokenKeys, err.Error()}
	}
	if c.TokenAudience != "" && !c.asksTokens() {
		return &ConfigError{"TokenAudience", c.TokenAudience, "needs TokenSecret, TokenKeys or TokenJWKS beside it"}
	}
	return nil
}

// verifier is what checks tokens until ctx is done; nil where none are needed.
func (c Config) verifier(ctx context.Context) (*token.Verifier, error) {
	if !c.asksTokens() {
		return nil, nil
	}
	return token.New(ctx, token.Options{
		Secret: c.TokenSecret, KeyFiles: c.TokenKeys, JWKS: c.TokenJWKS,
		Audience: c.TokenAudience, Leeway: c.TokenLeeway, Logger: c.Logger,
	})
}

// warnOfOpenDoors says aloud that whoever reaches the server may join any room.
func (s *Server) warnOfOpenDoors() {
	if s.cfg.asksTokens() {
		return
	}
	for _, p := range s.ports {
		if a, ok := p.ln.Addr().(*net.TCPAddr); ok && !a.IP.IsLoopback() {
			s.log.Warn("NO TOKENS ARE ASKED FOR: whoever reaches this address can join any room whose name it knows, "+
				"and moderates it where it is the first. Set a token secret, key file or JWKS, or listen on 127.0.0.1", "addr", a)
		}
	}
}
