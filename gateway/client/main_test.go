package client_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/client"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

func patient(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

func quiet(t *testing.T) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// dial connects until the test ends.
func dial(t *testing.T, url string, o client.Options) *client.Client {
	t.Helper()
	if o.Logger == nil {
		o.Logger = quiet(t)
	}
	c, err := client.Dial(patient(t), url, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

// next waits for the next event, which must be an E.
func next[E client.Event](t *testing.T, r *client.Room) E {
	t.Helper()
	e, ok := nextAny(t, r)
	require.True(t, ok, "the events are over: %v", r.Err())
	require.IsType(t, *new(E), e)
	return e.(E)
}

func nextAny(t *testing.T, r *client.Room) (client.Event, bool) {
	t.Helper()
	select {
	case e, ok := <-r.Events():
		return e, ok
	case <-time.After(patience):
		require.FailNow(t, "no event came")
		return nil, false
	}
}

// over waits for the end of the events, where none may come before.
func over(t *testing.T, r *client.Room) error {
	t.Helper()
	e, ok := nextAny(t, r)
	require.False(t, ok, "%v", e)
	return r.Err()
}

// code returns the code of a refusal.
func code(t *testing.T, err error) wire.Code {
	t.Helper()
	var e *client.Error
	require.True(t, errors.As(err, &e), "%v", err)
	return e.Code
}

func text(t *testing.T, v wire.Value) string {
	t.Helper()
	var s string
	require.NoError(t, v.Unmarshal(&s))
	return s
}
