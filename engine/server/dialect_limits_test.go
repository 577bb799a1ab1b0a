package server_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/engine/server"
)

// spoken is how a client of one dialect enters a room, and says something there.
type spoken struct {
	name, path string
	enter      string           // "": it is in as it connects
	say        string           // while it is in
	room       func(int) string // enters another room; nil: it has one
}

// all is every protocol that the engine speaks, the native one to compare with.
var all = []spoken{
	{
		"parley", "/ws", `{"type":"join","room":"t"}`, `{"type":"send","room":"t","event":"e"}`,
		func(i int) string { return fmt.Sprintf(`{"type":"join","room":"%d"}`, i) },
	},
	{
		"swoole", "/swoole", `{"cmd":"subscribe","subject":"t"}`, `{"cmd":"publish","subject":"t","event":"e"}`,
		func(i int) string { return fmt.Sprintf(`{"cmd":"subscribe","subject":"%d"}`, i) },
	},
	{
		"y-webrtc", "/y-webrtc", `{"type":"subscribe","topics":["t"]}`, `{"type":"publish","topic":"t"}`,
		func(i int) string { return fmt.Sprintf(`{"type":"subscribe","topics":["%d"]}`, i) },
	},
	{
		"trystero", "/trystero", `{"type":"subscribe","topic":"t"}`, `{"type":"publish","topic":"t","payload":1}`,
		func(i int) string { return fmt.Sprintf(`{"type":"subscribe","topic":"%d"}`, i) },
	},
	{
		"tracker", "/tracker", announcement(0), announcement(0), announcement,
	},
	{
		"peerjs", "/peerjs?key=peerjs&id=a&token=t", "", `{"type":"CANDIDATE","dst":"b","payload":1}`, nil,
	},
	{
		"apprtc", "/apprtc/ws", `{"cmd":"register","roomid":"t","clientid":"a"}`, `{"cmd":"send","msg":"m"}`, nil,
	},
}

func announcement(i int) string {
	return fmt.Sprintf(`{"action":"announce","info_hash":"%020d","peer_id":"%020d"}`, i, 0)
}

// each runs f for every dialect.
func each(t *testing.T, f func(t *testing.T, d spoken)) {
	for _, d := range all {
		t.Run(d.name, func(t *testing.T) { f(t, d) })
	}
}

// connect opens a connection, for whomever a proxy names.
func (d spoken) connect(t *testing.T, s *server.Server, header http.Header) (*client, error) {
	t.Helper()
	return dialWith(t, strings.Replace(s.URL(), "http", "ws", 1)+d.path[1:], ws.Dialer{Header: ws.HandshakeHeaderHTTP(header)})
}

// in is a client that is in a room.
func (d spoken) in(t *testing.T, s *server.Server) *client {
	t.Helper()
	c, err := d.connect(t, s, nil)
	require.NoError(t, err)
	if d.enter != "" {
		c.write(d.enter)
	}
	return c
}

// wantTold reads until the client is told text.
func (c *client) wantTold(text string) {
	c.t.Helper()
	for {
		payload, _, err := wsutil.ReadServerData(c.rw)
		require.NoError(c.t, err, "it is not told %q", text)
		if bytes.Contains(payload, []byte(text)) {
			return
		}
	}
}

// wantClosed reads until the connection is closed with that code.
func (c *client) wantClosed(code ws.StatusCode) {
	c.t.Helper()
	for {
		_, _, err := wsutil.ReadServerData(c.rw)
		var closed wsutil.ClosedError
		if errors.As(err, &closed) {
			require.Equal(c.t, code, closed.Code)
			return
		}
		require.NoError(c.t, err)
	}
}

func TestEveryDialectHasAMessageRate(t *testing.T) {
	s := start(t, server.Config{Limits: server.Limits{MessageRate: 1}})
	each(t, func(t *testing.T, d spoken) {
		c := d.in(t, s)
		var much bytes.Buffer
		for range 200 {
			require.NoError(t, wsutil.WriteClientText(&much, []byte(d.say)))
		}
		_, err := c.conn.Write(much.Bytes())
		require.NoError(t, err)
		c.wantTold("more than 1 messages a second")
		c.wantClosed(ws.StatusPolicyViolation)
	})
}

func TestEveryDialectHasALongestMessage(t *testing.T) {
	s := start(t, server.Config{})
	each(t, func(t *testing.T, d spoken) {
		c := d.in(t, s)
		h := ws.Header{Fin: true, OpCode: ws.OpText, Masked: true, Length: wire.MaxMessage + 1}
		require.NoError(t, ws.WriteHeader(c.conn, h))
		c.wantClosed(ws.StatusMessageTooBig)
	})
}

func TestEveryDialectBoundsAnAddress(t *testing.T) {
	each(t, func(t *testing.T, d spoken) {
		s := start(t, server.Config{Limits: server.Limits{AddressConnections: 1, AddressRooms: 1, TrustedProxies: []string{"127.0.0.1"}}})
		of := func(address string) http.Header { return http.Header{"X-Forwarded-For": {address}} }
		c, err := d.connect(t, s, of("192.0.2.1"))
		require.NoError(t, err)
		_, err = d.connect(t, s, of("192.0.2.1"))
		require.Equal(t, ws.StatusError(http.StatusTooManyRequests), err)
		_, err = d.connect(t, s, of("192.0.2.2"))
		require.NoError(t, err)
		if d.room == nil {
			return
		}
		for i := range 50 {
			c.write(d.room(i))
		}
		c.wantTold("too many new rooms")
	})
}

func TestEveryDialectLooksAtTheOrigin(t *testing.T) {
	s := start(t, server.Config{})
	each(t, func(t *testing.T, d spoken) {
		_, err := d.connect(t, s, http.Header{"Origin": {"https://elsewhere.example"}})
		require.Equal(t, ws.StatusError(http.StatusForbidden), err)
	})
}

func TestEveryDialectSaysGoodbye(t *testing.T) {
	s := start(t, server.Config{AdminAddr: "127.0.0.1:0"})
	var clients []*client
	for _, d := range all {
		clients = append(clients, d.in(t, s))
	}
	eventually(t, s, "parley_members", float64(len(all)))
	drained := make(chan error, 1)
	go func() { drained <- s.Shutdown(context.Background()) }()
	for _, c := range clients {
		c.wantClosed(ws.StatusGoingAway)
		require.NoError(t, c.conn.Close())
	}
	require.NoError(t, <-drained)
}

func TestEveryDialectIsCounted(t *testing.T) {
	s := start(t, server.Config{AdminAddr: "127.0.0.1:0"})
	for n, d := range all {
		before := scrape(t, s)
		d.in(t, s)
		eventually(t, s, "parley_members", float64(n+1))
		eventually(t, s, fmt.Sprintf("parley_connections{dialect=%q}", d.name), 1)
		after := scrape(t, s)
		require.Equal(t, 1.0, after["parley_members_joined_total"]-before["parley_members_joined_total"], d.name)
		require.Equal(t, 1.0, after["parley_upgrades_total"]-before["parley_upgrades_total"], d.name)
		received := 1.0
		if d.enter == "" {
			received = 0
		}
		eventually(t, s, "parley_messages_received_total", before["parley_messages_received_total"]+received)
	}
}
