package peerjs

import (
	"net/url"
	"testing"

	"go.uber.org/goleak"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/gateway/dialect"
	"github.com/parley-signaling/parley/gateway/dialecttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a system with the dialect.
type rig struct{ *dialecttest.Bubble }

func bubble(t *testing.T, so actors.Options, o Options, f func(*testing.T, *rig)) {
	open := func(sys *actors.System) (dialect.Dialect, error) { return New(sys, o) }
	dialecttest.InBubble(t, so, open, func(t *testing.T, b *dialecttest.Bubble) { f(t, &rig{b}) })
}

// claim asks for an id with a token.
func (r *rig) claim(id, token string) *dialecttest.Talker {
	return r.Connect(url.Values{"key": {"peerjs"}, "id": {id}, "token": {token}}.Encode())
}

// peer is a client that is there.
func (r *rig) peer(id string) *dialecttest.Talker {
	c := r.claim(id, "token of "+id)
	c.Hears(`{"type":"OPEN"}`)
	return c
}
