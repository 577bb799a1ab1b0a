package server_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/engine/api"
	"github.com/parley-signaling/parley/engine/server"
)

// operate sends a request to the operators' API, and decodes the answer into an A.
func operate[A any](t *testing.T, s *server.Server, method, path, body string) (a A, status int) {
	t.Helper()
	r, err := http.NewRequest(method, strings.TrimSuffix(s.URL(), "/")+path, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+adminToken)
	r.Header.Set("Content-Type", "application/json")
	res, err := browser.Do(r)
	require.NoError(t, err)
	defer res.Body.Close()
	require.NoError(t, json.NewDecoder(res.Body).Decode(&a))
	return a, res.StatusCode
}

func TestOperatorsLookAndAct(t *testing.T) {
	s := start(t, server.Config{AdminToken: adminToken, Version: "v1.2.3", Behavior: []string{"call-*=call"}})
	c := connect(t, s, wire.Msgpack)
	c.join("call-a/b c", 1)
	member := c.join("den", 2).Self.Member

	node, _ := operate[api.Node](t, s, "GET", "/api/v1/node", "")
	require.Equal(t, "v1.2.3", node.Version)
	require.Equal(t, "ready", node.State)
	require.Equal(t, []api.Listen{{Addr: s.Addr().String()}}, node.Listens)

	rooms, _ := operate[struct{ Rooms []api.Room }](t, s, "GET", "/api/v1/rooms", "")
	require.Len(t, rooms.Rooms, 2)
	require.Equal(t, "call-a/b c", rooms.Rooms[0].Name)
	require.Empty(t, rooms.Rooms[0].State.Behavior, "* stops at a /")
	room, status := operate[api.Room](t, s, "GET", "/api/v1/rooms/"+url.PathEscape("call-a/b c"), "")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "call-a/b c", room.Name)

	said, status := operate[struct{ Seq uint64 }](t, s, "POST", "/api/v1/rooms/den/events", `{"event":"news","data":[1]}`)
	require.Equal(t, http.StatusCreated, status)
	news := next[*wire.Event](c)
	require.Equal(t, said.Seq, news.Seq)
	require.Empty(t, news.From)

	stats, _ := operate[api.Stats](t, s, "GET", "/api/v1/stats", "")
	require.Equal(t, 1, stats.Connections)
	require.EqualValues(t, 1, stats.Gateway.Upgraded)

	_, status = operate[any](t, s, "POST", "/api/v1/rooms/den/members/"+member+"/kick", `{}`)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "kicked", next[*wire.Bye](c).Reason)
}

func TestOperatorsDrain(t *testing.T) {
	for _, own := range []string{"", "127.0.0.1:0"} {
		s := start(t, server.Config{AdminToken: adminToken, AdminAddr: own})
		at := strings.TrimSuffix(s.URL(), "/")
		if own != "" {
			at = "http://" + s.AdminAddr().String()
		}
		c := connect(t, s, wire.JSON)
		c.join("den", 1)
		r, err := http.NewRequest("POST", at+"/api/v1/node/drain", strings.NewReader(`{}`))
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer "+adminToken)
		r.Header.Set("Content-Type", "application/json")
		res, err := browser.Do(r)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, http.StatusAccepted, res.StatusCode)
		require.Equal(t, 1001, next[*wire.Bye](c).Code)
		require.Equal(t, ws.StatusGoingAway, c.closed())
		require.NoError(t, s.Wait())
	}
}

// An operator's drain takes its time, until a signal wants it to be over.
func TestAnOperatorsDrainCanBeCut(t *testing.T) {
	s := start(t, server.Config{AdminToken: adminToken, DrainDelay: time.Hour})
	_, status := operate[any](t, s, "POST", "/api/v1/node/drain", `{}`)
	require.Equal(t, http.StatusAccepted, status)
	require.Eventually(t, s.Draining, patience, time.Millisecond)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, s.Shutdown(ctx), context.Canceled)
}
