package server_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/api"
	"github.com/parley-signaling/parley/engine/server"
	"github.com/parley-signaling/parley/engine/token"
	"github.com/parley-signaling/parley/gateway/gatewaytest"
)

// signed is a join token that is good for ttl.
func signed(t *testing.T, room, sub, role string, ttl time.Duration) string {
	t.Helper()
	text, err := token.Mint(tokenSecret, token.Claims{Room: room, Role: role, RegisteredClaims: jwt.RegisteredClaims{
		Subject: sub, ExpiresAt: jwt.NewNumericDate(time.Now().Add(ttl)),
	}})
	require.NoError(t, err)
	return text
}

// guardedServer asks for tokens, and logs all that it ever logs.
func guardedServer(t *testing.T) (*server.Server, *gatewaytest.Log) {
	t.Helper()
	log := new(gatewaytest.Log)
	return start(t, server.Config{
		TokenSecret: tokenSecret, AdminToken: adminToken, LogAddresses: true, PeerJSDiscovery: true,
		Logger: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}), log
}

func ask(t *testing.T, s *server.Server, method, path, body string) (int, []byte) {
	t.Helper()
	r, err := http.NewRequest(method, strings.TrimSuffix(s.URL(), "/")+path, strings.NewReader(body))
	require.NoError(t, err)
	res, err := browser.Do(r)
	require.NoError(t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, b
}

// PeerJS clients bear a join token as their own one.
func TestPeerJSTokens(t *testing.T) {
	s, log := guardedServer(t)
	claim := func(id, token string) *client { return dial(t, s, "/peerjs/peerjs?key=peerjs&id="+id+"&token="+token) }
	good := signed(t, "peers", "ann", "", time.Minute)
	tokens := []string{good}
	ann, bob := claim("ann", good), claim("bob", signed(t, "*", "bob", "", time.Minute))
	require.Equal(t, `{"type":"OPEN"}`, ann.read())
	require.Equal(t, `{"type":"OPEN"}`, bob.read())
	for _, c := range []struct{ id, token, told string }{
		{"carol", "k3j9f0a2zq", "token: not a JSON Web Token"},
		{"carol", signed(t, "den", "carol", "", time.Minute), "token: room: it is for another one"},
		{"carol", signed(t, "peers", "carol", "", -time.Minute), "token: expired"},
		{"carol", good, "id: not the subject of the token"},
		{"ann", signed(t, "peers", "carol", "", time.Minute), "id: not the subject of the token"},
	} {
		k := claim(c.id, c.token)
		require.Equal(t, `{"type":"ERROR","payload":{"msg":"`+c.told+`"}}`, k.read())
		require.Equal(t, ws.StatusPolicyViolation, k.closed())
		tokens = append(tokens, c.token)
	}
	later := signed(t, "peers", "ann", "", time.Hour)
	again := claim("ann", later)
	require.Equal(t, `{"type":"OPEN"}`, again.read())
	require.Equal(t, ws.StatusNormalClosure, ann.closed(), "a later token of the same subject takes its id over")
	bob.write(`{"type":"OFFER","dst":"ann","payload":{}}`)
	require.Equal(t, `{"type":"OFFER","src":"bob","dst":"ann","payload":{}}`, again.read())

	status, _ := ask(t, s, "GET", "/peerjs/peerjs/peers", "")
	require.Equal(t, http.StatusUnauthorized, status)
	status, list := ask(t, s, "GET", "/peerjs/peerjs/peers?access_token="+later, "")
	require.Equal(t, http.StatusOK, status)
	require.JSONEq(t, `["bob","ann"]`, string(list))
	for _, c := range []*client{bob, again} {
		require.NoError(t, c.conn.Close())
	}
	wantNoneLogged(t, s, log, append(tokens, later)...)
}

// wantNoneLogged looks for tokens, or the parts of them that are secret, in all that was logged,
// once something was.
func wantNoneLogged(t *testing.T, s *server.Server, log *gatewaytest.Log, tokens ...string) {
	t.Helper()
	require.NoError(t, s.Shutdown(t.Context()))
	text := log.String()
	require.Contains(t, text, "level=DEBUG")
	for _, token := range tokens {
		require.NotContains(t, text, token[strings.LastIndexByte(token, '.')+1:])
	}
}

// appRTC is what a client is told of a join.
type appRTC struct {
	Result string
	Params struct {
		ID  string `json:"client_id"`
		WSS string `json:"wss_url"`
		ICE string `json:"ice_server_url"`
	}
}

// AppRTC's clients bear a join token in the query that they join with, and then in the URLs that
// they are told.
func TestAppRTCTokens(t *testing.T) {
	s, log := guardedServer(t)
	for _, q := range []struct{ method, path, said string }{
		{"POST", "/apprtc/join/room", "token: required"},
		{"POST", "/apprtc/join/room?access_token=x", "token: not a JSON Web Token"},
		{"POST", "/apprtc/join/room?access_token=" + signed(t, "den", "ann", "", time.Minute), "token: room: it is for another one"},
		{"POST", "/apprtc/join/room?access_token=" + signed(t, "room", "ann", "", -time.Minute), "token: expired"},
		{"POST", "/apprtc/join/room?access_token=" + signed(t, "room", "ann", "observer", time.Minute), "token: role: an observer"},
		{"POST", "/apprtc/v1alpha/iceconfig", "token: required"},
		{"POST", "/apprtc/v1alpha/iceconfig?room=room", "token: required"},
		{"GET", "/apprtc/status", "this server asks for join tokens"},
	} {
		status, said := ask(t, s, q.method, q.path, "")
		require.Equal(t, http.StatusForbidden, status, q.path)
		require.True(t, bytes.HasPrefix(said, []byte(q.said)), "%s: %s", q.path, said)
	}
	stats, _ := operate[api.Stats](t, s, "GET", "/api/v1/stats", "")
	require.Zero(t, stats.Rooms, "nothing was brought to life")

	var socket [2]*client
	var told [2]appRTC
	var tokens []string
	for i, sub := range []string{"ann", "bob"} {
		token := signed(t, "room", sub, "", time.Minute)
		tokens = append(tokens, token)
		status, said := ask(t, s, "POST", "/apprtc/join/room?access_token="+token, "")
		require.Equal(t, http.StatusOK, status, string(said))
		require.NoError(t, json.Unmarshal(said, &told[i]))
		require.Equal(t, "SUCCESS", told[i].Result)
		socket[i] = dialURL(t, told[i].Params.WSS)
		socket[i].write(`{"cmd":"register","roomid":"room","clientid":"` + told[i].Params.ID + `"}`)
	}
	status, _ := ask(t, s, "POST", told[0].Params.ICE[len(s.URL())-1:], "")
	require.Equal(t, http.StatusOK, status)
	socket[0].write(`{"cmd":"send","msg":"offer"}`)
	require.Equal(t, `{"msg":"offer","error":""}`, socket[1].read())
	status, said := ask(t, s, "POST", "/apprtc/message/room/"+told[1].Params.ID, "answer")
	require.Equal(t, http.StatusOK, status)
	require.JSONEq(t, `{"result":"SUCCESS"}`, string(said))
	require.Equal(t, `{"msg":"answer","error":""}`, socket[0].read())

	without := dial(t, s, "/apprtc/ws")
	without.write(`{"cmd":"register","roomid":"room","clientid":"1"}`)
	require.Equal(t, `{"msg":"","error":"token: required"}`, without.read())
	require.Equal(t, ws.StatusPolicyViolation, without.closed())
	for _, c := range socket {
		require.NoError(t, c.conn.Close())
	}
	wantNoneLogged(t, s, log, tokens...)
}
