package server_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/engine/api"
	"github.com/parley-signaling/parley/engine/server"
	"github.com/parley-signaling/parley/engine/webhook"
)

const webhookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// hook receives webhooks.
func hook(t *testing.T) (url string, taken <-chan webhook.Body) {
	t.Helper()
	bodies := make(chan webhook.Body, 100)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		require.NotEmpty(t, r.Header.Get("webhook-signature"))
		var b webhook.Body
		require.NoError(t, json.Unmarshal(text, &b))
		bodies <- b
	}))
	t.Cleanup(s.Close)
	return s.URL, bodies
}

func told(t *testing.T, taken <-chan webhook.Body) webhook.Body {
	t.Helper()
	select {
	case b := <-taken:
		return b
	case <-time.After(patience):
		require.FailNow(t, "nothing was told")
		return webhook.Body{}
	}
}

func TestWebhooks(t *testing.T) {
	url, taken := hook(t)
	s := start(t, server.Config{
		AdminToken: adminToken, WebhookURL: []string{url}, WebhookSecret: []string{webhookSecret},
	})
	a, b := connect(t, s, wire.JSON), connect(t, s, wire.Msgpack)
	ja := a.join("den", 1)
	require.Equal(t, "room.started", told(t, taken).Type)
	joined := told(t, taken)
	require.Equal(t, "member.joined", joined.Type)
	require.Equal(t, ja.Self.Member, joined.Data.Member.Member)
	require.Equal(t, ja.Epoch, joined.Data.Epoch)

	jb := b.join("den", 1)
	require.Equal(t, 2, told(t, taken).Data.Members)
	b.send(&wire.Request{Kind: wire.KindLeave, Room: "den"})
	left := told(t, taken)
	require.Equal(t, "member.left", left.Type)
	require.Equal(t, "leave", left.Data.Reason)
	require.Equal(t, jb.Self.Member, left.Data.Member.Member)

	node, _ := operate[api.Node](t, s, "GET", "/api/v1/node", "")
	require.Equal(t, node.ID, left.Node)
	require.Eventually(t, func() bool { // the last answer may still be on its way
		stats, _ := operate[api.Stats](t, s, "GET", "/api/v1/stats", "")
		return stats.Webhooks.Sent == 4
	}, patience, time.Millisecond)

	// What the drain itself brings about is told, too.
	require.NoError(t, s.Shutdown(context.Background()))
	require.Equal(t, "closed", told(t, taken).Data.Reason)
	end := told(t, taken)
	require.Equal(t, "room.ended", end.Type)
	require.Zero(t, end.Missing)
	require.Empty(t, taken)
}

// A receiver that is not there holds up neither rooms nor, for longer than it may take, the drain.
func TestADeadReceiverHoldsUpNobody(t *testing.T) {
	s := start(t, server.Config{
		WebhookURL: []string{"http://127.0.0.1:1/"}, WebhookSecret: []string{webhookSecret}, DrainTimeout: 200 * time.Millisecond,
	})
	c := connect(t, s, wire.JSON)
	for i := range 50 {
		c.join("den", uint64(i+1))
		c.send(&wire.Request{Kind: wire.KindLeave, Room: "den"})
	}
	require.NoError(t, c.conn.Close())
	require.NoError(t, s.Shutdown(context.Background()), "what webhooks lose cuts no drain short")
}

func TestWrongWebhooksAreRefusedByName(t *testing.T) {
	for want, cfg := range map[string]server.Config{
		"WebhookURL: needs WebhookSecret beside it": {WebhookURL: []string{"http://a.example"}},
		"WebhookURL: must be an http or https URL":  {WebhookURL: []string{"a.example"}, WebhookSecret: []string{webhookSecret}},
		"WebhookSecret: must be":                    {WebhookSecret: []string{"whsec_secret"}},
		"WebhookEvents: must be of":                 {WebhookEvents: []string{"room.burnt"}},
	} {
		_, err := server.New(cfg)
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "whsec_secret")
	}
}
