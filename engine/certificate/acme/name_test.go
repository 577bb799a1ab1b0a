package acme

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// An attempt that has failed is not made again at once, however many ask.
func TestPausesAfterFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		down, attempts := errors.New("the authority is down"), 0
		n := &name{name: "signal.example", log: slog.New(slog.NewTextHandler(&log, nil))}
		n.obtain = func(string) (*tls.Certificate, error) {
			attempts++
			return nil, down
		}
		for i, pause := range []time.Duration{90 * time.Second, 3 * time.Minute, 6 * time.Minute, 12 * time.Minute, 24 * time.Minute, lastPause, lastPause} {
			for range 100 {
				require.ErrorIs(t, n.await(t.Context()), down)
			}
			require.Equal(t, i+1, attempts)
			require.Equal(t, i+1, strings.Count(log.String(), "\n"), "one line an attempt: %s", log.String())
			time.Sleep(pause - time.Second)
			require.ErrorIs(t, n.await(t.Context()), down)
			require.Equal(t, i+1, attempts)
			time.Sleep(time.Second)
		}
		n.obtain = func(string) (*tls.Certificate, error) {
			return &tls.Certificate{Leaf: &x509.Certificate{}}, nil
		}
		require.NoError(t, n.await(t.Context()))
		require.True(t, n.ready.Load())
	})
}

// Whoever waits shares one attempt, waits no longer than wanted, and the attempt goes on.
func TestHandshakesShareAnAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		attempts, goOn := 0, make(chan struct{})
		n := &name{name: "signal.example", log: slog.New(slog.DiscardHandler)}
		n.obtain = func(string) (*tls.Certificate, error) {
			attempts++
			<-goOn
			return &tls.Certificate{Leaf: &x509.Certificate{}}, nil
		}
		impatient, cancel := context.WithTimeout(t.Context(), 8*time.Second)
		defer cancel()
		errs := make(chan error, 20)
		for range 10 {
			go func() { errs <- n.await(impatient) }()
		}
		began := time.Now()
		for range 10 {
			require.ErrorContains(t, <-errs, "takes long")
		}
		require.Equal(t, 8*time.Second, time.Since(began))
		for range 10 {
			go func() { errs <- n.await(t.Context()) }()
		}
		synctest.Wait()
		close(goOn)
		for range 10 {
			require.NoError(t, <-errs)
		}
		require.Equal(t, 1, attempts)
	})
}
