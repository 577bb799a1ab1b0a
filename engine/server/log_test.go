package server_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/engine/server"
)

// logged starts an engine that logs everything there is, as JSON.
func logged(t *testing.T, cfg server.Config) (*server.Server, *buffer) {
	t.Helper()
	log := new(buffer)
	cfg.Logger = slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug - 4}))
	return start(t, cfg), log
}

type line = map[string]any

// lines are those with that message.
func (b *buffer) lines(t *testing.T, message string) (list []line) {
	t.Helper()
	for text := range bytes.Lines([]byte(b.String())) {
		var l line
		require.NoError(t, json.Unmarshal(text, &l))
		if l["msg"] == message {
			list = append(list, l)
		}
	}
	return list
}

// await waits for a line, and returns all with that message.
func (b *buffer) await(t *testing.T, message string, n int) []line {
	t.Helper()
	require.Eventually(t, func() bool { return len(b.lines(t, message)) >= n }, patience, time.Millisecond, message)
	return b.lines(t, message)
}

func TestTheLifeOfAConnectionIsLogged(t *testing.T) {
	s, log := logged(t, server.Config{})
	a := connect(t, s, wire.JSON)
	j := a.join("den", 1)
	a.send(&wire.Request{Kind: wire.KindLeave, ID: 2, Room: "den"})
	next[*wire.OK](a)
	require.NoError(t, wsutil.WriteClientMessage(a.conn, ws.OpClose, ws.NewCloseFrameBody(4321, "had enough")))
	require.EqualValues(t, 4321, a.closed())

	conn := log.await(t, "gateway: connected", 1)[0]["conn"]
	require.Regexp(t, "^conn/[0-9a-z]+$", conn)
	require.Equal(t, "parley", log.lines(t, "gateway: connected")[0]["dialect"])
	require.NotContains(t, log.lines(t, "gateway: connected")[0], "client")
	joined := log.await(t, "member joined", 1)[0]
	require.Equal(t, conn, joined["conn"])
	require.Equal(t, "den", joined["room"])
	require.Equal(t, j.Self.Member, joined["member"])
	require.Equal(t, "leave", log.await(t, "member left", 1)[0]["reason"])
	closing := log.await(t, "gateway: closing", 1)[0]
	require.Equal(t, line{"conn": conn, "by": "peer", "code": 4321.0, "reason": "had enough"}, without(closing, "time", "level", "msg"))
	ended := log.await(t, "gateway: disconnected", 1)[0]
	require.Equal(t, line{"conn": conn, "ending": "peer", "clean": false}, without(ended, "time", "level", "msg"))

	b := connect(t, s, wire.JSON)
	require.NoError(t, wsutil.WriteClientMessage(b.conn, ws.OpBinary, nil))
	require.EqualValues(t, 1003, b.closed())
	closing = log.await(t, "gateway: closing", 2)[1]
	require.Equal(t, "us", closing["by"])
	require.Equal(t, 1003.0, closing["code"])
	require.NotEqual(t, conn, closing["conn"])
}

func without(l line, keys ...string) line {
	for _, k := range keys {
		delete(l, k)
	}
	return l
}

func TestAddressesAreLoggedWhereThatIsWished(t *testing.T) {
	for _, wished := range []bool{false, true} {
		s, log := logged(t, server.Config{LogAddresses: wished, TURNAddr: "127.0.0.1:0"})
		connect(t, s, wire.JSON)
		r, err := http.NewRequest("GET", s.URL()+"ws", nil)
		require.NoError(t, err)
		for name, value := range map[string]string{"Connection": "Upgrade", "Upgrade": "websocket", "Origin": "https://foe.example"} {
			r.Header.Set(name, value)
		}
		res, err := browser.Do(r)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, http.StatusForbidden, res.StatusCode)
		connected := log.await(t, "gateway: connected", 1)[0]
		refused := log.await(t, "gateway: refused", 1)[0]
		require.Equal(t, "origin", refused["reason"])
		if wished {
			require.Equal(t, "127.0.0.1", connected["client"])
			require.Equal(t, "127.0.0.1", refused["peer"])
		} else {
			require.NotContains(t, connected, "client")
			require.NotContains(t, refused, "peer")
		}
	}
}

// Whatever is secret, of the operator's and of the clients', stays out of the log, at every level.
func TestNoSecretIsLogged(t *testing.T) {
	const turnSecret, payload, profile, nonce, peerToken = "the TURN secret of the house", "the payload", "the profile", "0123456789abcdefNONCE", "the-token-of-a-peer"
	s, log := logged(t, server.Config{
		TokenSecret: tokenSecret, TURNSecret: turnSecret, TURNAddr: "127.0.0.1:0", AdminAddr: "127.0.0.1:0", AdminToken: adminToken,
		ICEServers: []string{"turn:ann:password-of-ann@127.0.0.1:9"}, LogAddresses: true,
	})
	good, expired, foreign := mint(t, "ann", time.Hour), mint(t, "ann", -time.Hour), "eyJhbGciOiJub25lIn0.e30."
	a := connect(t, s, wire.JSON)
	join := &wire.Request{Kind: wire.KindJoin, ID: 1, Room: "r", Nonce: nonce, Profile: wire.Value{Codec: wire.JSON, Bytes: []byte(`"` + profile + `"`)}}
	for _, bad := range []string{expired, foreign, "not a token"} {
		join.Token = bad
		a.send(join)
		next[*wire.Error](a)
	}
	join.Token = good
	a.send(join)
	j := next[*wire.Joined](a)
	a.send(&wire.Request{Kind: wire.KindSend, ID: 2, Room: "r", Event: "chat", Data: wire.Value{Codec: wire.JSON, Bytes: []byte(`"` + payload + `"`)}})
	next[*wire.OK](a)
	a.write(`{"type":"send","room":"r","data":"` + payload + `"}`)
	next[*wire.Error](a)
	dial(t, s, "/peerjs/peerjs?key=peerjs&id=a&token="+peerToken)
	require.NoError(t, a.conn.Close())
	log.await(t, "member suspended", 1)
	b := connect(t, s, wire.JSON)
	b.send(&wire.Request{Kind: wire.KindJoin, ID: 3, Room: "r", Token: good, Resume: &wire.Resume{Member: j.Self.Member, Key: j.Self.Key, Epoch: j.Epoch, Seq: j.Seq}})
	require.True(t, next[*wire.Joined](b).Recovered)
	for _, bearer := range []string{adminToken, adminToken + "x"} {
		_, _ = operator(t, s.AdminAddr(), bearer, "/api/v1/rooms")
		_, _ = operator(t, s.AdminAddr(), bearer, "/api/v1/rooms/r?payloads=1")
	}
	log.await(t, "member resumed", 1)

	var servers []struct{ Username, Credential string }
	require.NoError(t, json.Unmarshal(j.ICE.Bytes, &servers))
	secrets := []string{tokenSecret, turnSecret, adminToken, good, expired, foreign, "password-of-ann", j.Self.Key, nonce, payload, profile, peerToken}
	for _, i := range servers {
		if i.Credential != "" {
			secrets = append(secrets, i.Credential)
		}
	}
	require.Greater(t, len(secrets), 13, "made credentials are among them")
	text := log.String()
	require.True(t, slices.ContainsFunc(strings.Split(text, "\n"), func(l string) bool { return strings.Contains(l, `"DEBUG"`) }))
	for _, secret := range secrets {
		require.NotContains(t, text, secret)
		require.NotContains(t, text, strings.SplitN(secret, ".", 3)[0], "not in part either")
	}
}
