package apprtc

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/gateway/dialect"
	"github.com/parley-signaling/parley/gateway/dialecttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a system with the dialect.
type rig struct {
	*dialecttest.Bubble
	t *testing.T
}

func bubble(t *testing.T, o Options, f func(*testing.T, *rig)) {
	open := func(sys *actors.System) (dialect.Dialect, error) { return New(sys, o) }
	dialecttest.InBubble(t, actors.Options{}, open, func(t *testing.T, b *dialecttest.Bubble) { f(t, &rig{b, t}) })
}

// register opens a socket and registers on it.
func (r *rig) register(room, client string) *dialecttest.Talker {
	k := r.Connect("")
	k.Says(fmt.Sprintf(`{"cmd":"register","roomid":%q,"clientid":%q}`, room, client))
	return k
}

// sends sends msg on a socket.
func sends(k *dialecttest.Talker, msg string) {
	b, _ := json.Marshal(map[string]string{"cmd": "send", "msg": msg})
	k.Says(string(b))
}

// said is what the other client hears of it.
func said(msg string) string {
	m, _ := json.Marshal(msg)
	return `{"msg":` + string(m) + `,"error":""}`
}

func problem(text string) string {
	m, _ := json.Marshal(text)
	return `{"msg":"","error":` + string(m) + `}`
}

// do makes an HTTP request as the gateway hands it on, with the mount taken off.
func (r *rig) do(method, path, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	q := httptest.NewRequest(method, "http://signal.example/apprtc"+path, strings.NewReader(body))
	http.StripPrefix("/apprtc", r.HTTP()).ServeHTTP(w, q)
	return w
}

// result is an answer of the room server.
type roomAnswer struct {
	Result string
	Error  string
	Params struct {
		ClientID  string   `json:"client_id"`
		RoomID    string   `json:"room_id"`
		RoomLink  string   `json:"room_link"`
		Initiator string   `json:"is_initiator"`
		Loopback  string   `json:"is_loopback"`
		WSS       string   `json:"wss_url"`
		Post      string   `json:"wss_post_url"`
		ICE       string   `json:"ice_server_url"`
		PCConfig  string   `json:"pc_config"`
		Media     string   `json:"media_constraints"`
		Messages  []string `json:"messages"`
	}
}

// ask makes a POST request to the room server.
func (r *rig) ask(path, body string) (a roomAnswer) {
	r.t.Helper()
	w := r.do("POST", path, body)
	require.Equal(r.t, http.StatusOK, w.Code, w.Body.String())
	require.NoError(r.t, json.Unmarshal(w.Body.Bytes(), &a))
	return a
}

// join joins a room by HTTP, which must work.
func (r *rig) join(room string) roomAnswer {
	r.t.Helper()
	a := r.ask("/join/"+room, "")
	require.Equal(r.t, "SUCCESS", a.Result)
	require.Regexp(r.t, `^\d{16}$`, a.Params.ClientID)
	return a
}
