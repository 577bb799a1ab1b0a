package dialecttest

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/server"
)

// appClient is an AppRTC client: all that it knows is the room server's URL.
type appClient struct {
	t    *testing.T
	base string // …/apprtc
	room string
	P    struct {
		ID        string   `json:"client_id"`
		Initiator string   `json:"is_initiator"`
		WSS       string   `json:"wss_url"`
		Post      string   `json:"wss_post_url"`
		Messages  []string `json:"messages"`
	}
	socket io.ReadWriteCloser
}

func (c *appClient) request(method, url, body string) string {
	c.t.Helper()
	q, err := http.NewRequestWithContext(c.t.Context(), method, url, strings.NewReader(body))
	require.NoError(c.t, err)
	res, err := http.DefaultClient.Do(q)
	require.NoError(c.t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	require.NoError(c.t, err)
	require.Equal(c.t, http.StatusOK, res.StatusCode, string(b))
	return string(b)
}

func (c *appClient) say(message string) {
	c.t.Helper()
	require.NoError(c.t, wsutil.WriteClientText(c.socket, []byte(message)))
}

// hear returns the next message.
func (c *appClient) hear() (m struct{ Msg, Error string }) {
	c.t.Helper()
	b, _, err := wsutil.ReadServerData(c.socket)
	require.NoError(c.t, err)
	require.NoError(c.t, json.Unmarshal(b, &m))
	return m
}

// enter joins a room, opens the socket that the answer names, and registers.
func enter(t *testing.T, s *server.Server, room string) *appClient {
	t.Helper()
	c := &appClient{t: t, base: s.URL() + "apprtc", room: room}
	var answer struct {
		Result string
		Params json.RawMessage
	}
	require.NoError(t, json.Unmarshal([]byte(c.request("POST", c.base+"/join/"+room, "")), &answer))
	require.Equal(t, "SUCCESS", answer.Result)
	require.NoError(t, json.Unmarshal(answer.Params, &c.P))
	conn, _, _, err := ws.Dial(t.Context(), c.P.WSS)
	require.NoError(t, err)
	require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))
	t.Cleanup(func() { _ = conn.Close() })
	c.socket = conn
	c.say(`{"cmd":"register","roomid":"` + room + `","clientid":"` + c.P.ID + `"}`)
	return c
}

// TestAppRTC: a call over the engine's own port, by the URLs that the engine names.
func TestAppRTC(t *testing.T) {
	s := engine(t, server.Config{})
	a := enter(t, s, "room")
	require.Equal(t, "true", a.P.Initiator)
	require.JSONEq(t, `{"result":"SUCCESS"}`, a.request("POST", a.base+"/message/room/"+a.P.ID, "offer"))
	b := enter(t, s, "room")
	require.Equal(t, "false", b.P.Initiator)
	require.Equal(t, []string{"offer"}, b.P.Messages)
	require.Contains(t, a.request("POST", a.base+"/join/room", ""), `"result":"FULL"`)

	b.say(`{"cmd":"send","msg":"answer"}`)
	require.Equal(t, "answer", a.hear().Msg)
	require.JSONEq(t, `{"result":"SUCCESS"}`, a.request("POST", a.base+"/message/room/"+a.P.ID, "candidate"))
	require.Equal(t, "candidate", b.hear().Msg)
	require.Contains(t, a.request("GET", a.P.Post+"/status", ""), `"openws":2`)

	require.JSONEq(t, `{"result":"SUCCESS"}`, a.request("POST", a.base+"/leave/room/"+a.P.ID, ""))
	a.say(`{"cmd":"send","msg":"bye"}`)
	require.Equal(t, "bye", b.hear().Msg)
	require.Equal(t, "OK\n", a.request("DELETE", a.P.Post+"/room/"+a.P.ID, ""))
	_, _, err := wsutil.ReadServerData(a.socket)
	require.ErrorAs(t, err, &wsutil.ClosedError{}, "closed in good order")

	b.say(`{"cmd":"send","msg":""}`)
	require.Equal(t, "Invalid send request: missing 'msg'", b.hear().Error)
	_, _, err = wsutil.ReadServerData(b.socket)
	require.ErrorAs(t, err, &wsutil.ClosedError{})
}
