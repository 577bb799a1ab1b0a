package server_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/server"
)

// peer opens a PeerJS client's WebSocket, which must be told OPEN.
func peer(t *testing.T, s *server.Server, id, token string) *client {
	t.Helper()
	c := dial(t, s, "/peerjs/peerjs?key=peerjs&id="+id+"&token="+token)
	require.Equal(t, `{"type":"OPEN"}`, c.read())
	return c
}

func TestPeersAreClosedInGoodOrder(t *testing.T) {
	s := start(t, server.Config{})
	a := peer(t, s, "a", "t")
	again := peer(t, s, "a", "t")
	require.EqualValues(t, 4409, a.closed(), "taken over")

	other := dial(t, s, "/peerjs?key=peerjs&id=a&token=other")
	require.Equal(t, `{"type":"ID-TAKEN","payload":{"msg":"ID is taken"}}`, other.read())
	require.Equal(t, ws.StatusPolicyViolation, other.closed())

	b := peer(t, s, "b", "t")
	b.write(`{"type":"OFFER","dst":"a","payload":{}}`)
	require.Equal(t, `{"type":"OFFER","src":"b","dst":"a","payload":{}}`, again.read())
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	drained := make(chan error, 1)
	go func() { drained <- s.Shutdown(ctx) }()
	require.Equal(t, ws.StatusGoingAway, again.closed(), "drained")
	require.Equal(t, ws.StatusGoingAway, b.closed())
	_, _ = again.conn.Close(), b.conn.Close()
	require.NoError(t, <-drained)
}

func TestPathsOfDialectsAreChecked(t *testing.T) {
	for _, c := range []struct {
		cfg  server.Config
		want string
	}{
		{server.Config{PeerJSPath: "peerjs"}, `server: PeerJSPath: must be "off" or a path of letters`},
		{server.Config{PeerJSPath: "/a/"}, `server: PeerJSPath: must be "off" or a path of letters`},
		{server.Config{PeerJSPath: "/ws"}, `server: PeerJSPath: must not be, or lie above or below, another endpoint's path`},
		{server.Config{PeerJSPath: "/x", AppRTCPath: "/x/y"}, `server: AppRTCPath: must not be, or lie above or below`},
		{server.Config{PeerJSKey: "a/b"}, `server: PeerJSKey: must be letters, digits, - and _, at most 64`},
		{server.Config{PeerJSWait: time.Hour}, `server: PeerJSWait: must be 10ms to 1m0s, not 1h0m0s`},
	} {
		_, err := server.New(c.cfg)
		require.ErrorContains(t, err, c.want)
	}
	s := start(t, server.Config{PeerJSPath: server.Off, AppRTCPath: "/calls"})
	none, _ := get(t, s, "/peerjs/id")
	require.Equal(t, http.StatusNotFound, none.StatusCode)
	there, _ := get(t, s, "/calls/status")
	require.Equal(t, http.StatusOK, there.StatusCode)
}
