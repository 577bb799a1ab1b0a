package client_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/client"
)

// withTokens runs a test with a client whose tokens are r-1, r-2, and so on.
func withTokens(t *testing.T, f func(t *testing.T, l *line, c *client.Client, p *peer)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		o := l.options()
		n := 0
		o.Token = func(_ context.Context, room string) (string, error) {
			n++
			return fmt.Sprint(room, "-", n), nil
		}
		c, p := l.client(o)
		defer c.Close()
		f(t, l, c, p)
	})
}

func unauthorized(id uint64) *wire.Error {
	return &wire.Error{ID: id, Room: "r", Code: wire.Unauthorized, Message: "token: expired"}
}

func TestATokenIsAskedForBeforeEveryJoin(t *testing.T) {
	withTokens(t, func(t *testing.T, l *line, c *client.Client, p *peer) {
		_, q := enter(t, c, p)
		require.Equal(t, "r-1", q.Token)
		p, q = l.again(p)
		require.Equal(t, "r-2", q.Token)
		require.NotNil(t, q.Resume)
		p.say(joined(q.ID, 11, recovered))
	})
}

func TestATokenIsRenewedInPlace(t *testing.T) {
	withTokens(t, func(t *testing.T, l *line, c *client.Client, p *peer) {
		room, first := enter(t, c, p)
		warning := unauthorized(0)
		warning.RetryAfter = 30 * time.Second
		p.say(warning)
		q := p.request(wire.KindJoin)
		require.Equal(t, "r-2", q.Token)
		require.Equal(t, first.Nonce, q.Nonce)
		p.say(joined(q.ID, 15, recovered), event(11))
		require.EqualValues(t, 11, next[client.Message](t, room).Seq, "nothing else has changed")
	})
}

func TestARefusedTokenIsReplacedOnce(t *testing.T) {
	withTokens(t, func(t *testing.T, l *line, c *client.Client, p *peer) {
		room, _ := enter(t, c, p)
		p.say(&wire.Bye{Room: "r", Code: 4401, Reason: "unauthorized"})
		q := p.request(wire.KindJoin)
		require.Equal(t, "r-2", q.Token)
		p.close(4401) // as it was the last room
		p = l.peer()
		q = p.request(wire.KindJoin)
		require.Equal(t, "r-3", q.Token)
		p.say(joined(q.ID, 11, recovered))
		next[client.Suspended](t, room)
		next[client.Resumed](t, room)

		p, q = l.again(p)
		next[client.Suspended](t, room)
		for range 2 {
			p.say(unauthorized(q.ID))
			q = p.request(wire.KindJoin)
		}
		p.say(unauthorized(q.ID))
		require.Equal(t, wire.Unauthorized, code(t, over(t, room)))
		p.silent()
	})
}

func TestAnApplicationWithoutAToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		o := l.options()
		var none, busy atomic.Bool
		no := errors.New("no token today")
		o.Token = func(ctx context.Context, _ string) (string, error) {
			if busy.Load() {
				<-ctx.Done()
				return "", ctx.Err()
			}
			if none.Load() {
				return "", no
			}
			return "token", nil
		}
		c, p := l.client(o)
		defer c.Close()
		none.Store(true)
		_, err := c.Join(t.Context(), "r", client.JoinOptions{})
		require.ErrorIs(t, err, no)
		none.Store(false)
		room, _ := enter(t, c, p)
		none.Store(true)
		p.cut()
		p = l.peer()
		time.Sleep(20 * time.Second)
		p.silent()
		none.Store(false)
		q := p.request(wire.KindJoin) // a return is tried again
		busy.Store(true)              // and the client is closed while this one lasts
		p.say(joined(q.ID, 11, recovered), unauthorized(0))
		synctest.Wait()
		require.True(t, room.Joined())
	})
}
