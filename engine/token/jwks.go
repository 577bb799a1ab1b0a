package token

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/MicahParks/jwkset"
)

// How a JWKS is cached: it is fetched anew every quarter of an hour, and, where a token names a
// key that is not in it, at once, but not more often than every half a minute.
const (
	jwksEvery   = 15 * time.Minute
	jwksPause   = 30 * time.Second
	jwksTimeout = 10 * time.Second
	maxJWKS     = 1 << 20 // bytes
)

// keySet is the public keys that a URL has.
type keySet struct {
	// Static after construction
	ctx    context.Context
	cached jwkset.Storage
	fetch  func() error // fills cached
	log    *slog.Logger

	// Guarded by mu
	mu   sync.Mutex
	next time.Time // when an unknown key may have it fetched
	busy bool
}

func fetchKeys(ctx context.Context, url string, log *slog.Logger) (*keySet, error) {
	if log == nil {
		log = slog.Default()
	}
	s := &keySet{ctx: ctx, cached: jwkset.NewMemoryStorage(), log: log, next: time.Now().Add(jwksPause)}
	client := &http.Client{Transport: bounded{http.DefaultTransport}}
	s.fetch = func() error {
		// Without an interval of its own it is one request, which replaces what is in cached.
		_, err := jwkset.NewStorageFromHTTP(url, jwkset.HTTPClientStorageOptions{
			Client: client, Ctx: ctx, HTTPTimeout: jwksTimeout, Storage: s.cached,
		})
		return err
	}
	if _, err := http.NewRequest(http.MethodGet, url, nil); err != nil {
		return nil, fmt.Errorf("JWKS: %w", err)
	}
	s.refresh()
	go s.keepFresh()
	return s, nil
}

func (s *keySet) refresh() {
	if err := s.fetch(); err != nil && s.ctx.Err() == nil {
		s.log.Error("the JWKS cannot be fetched; its last keys stay", "err", err)
	}
}

func (s *keySet) keepFresh() {
	t := time.NewTicker(jwksEvery)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			s.refresh()
		case <-s.ctx.Done():
			return
		}
	}
}

// find returns the key of that id; nil: there is none that is good for tokens. It does not
// block: one that is unknown is looked for meanwhile, for the next attempt.
func (s *keySet) find(kid string) any {
	k, err := s.cached.KeyRead(s.ctx, kid)
	if err != nil {
		s.look()
		return nil
	}
	if strong(k.Key()) != nil { // a secret, a private or a weak key
		return nil
	}
	return k.Key()
}

// look has the keys fetched, unless they just were.
func (s *keySet) look() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := time.Now(); s.busy || now.Before(s.next) {
		return
	}
	s.busy = true
	go func() {
		s.refresh()
		s.mu.Lock()
		defer s.mu.Unlock()
		s.busy, s.next = false, time.Now().Add(jwksPause)
	}()
}

// bounded reads no more of an answer than a JWKS may have.
type bounded struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(resp.Body, maxJWKS), resp.Body}
	}
	return resp, err
}
