package apprtc

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/dialect"
)

// TestCall is a whole call as AppRTC's client makes it.
func TestCall(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, r *rig) {
		caller := r.join("room").Params
		require.Equal(t, "true", caller.Initiator)
		require.Empty(t, caller.Messages)
		require.Equal(t, "room", caller.RoomID)
		require.Equal(t, "http://signal.example/apprtc/r/room", caller.RoomLink)
		require.Equal(t, "ws://signal.example/apprtc/ws", caller.WSS)
		require.Equal(t, "http://signal.example/apprtc", caller.Post)
		require.Equal(t, "http://signal.example/apprtc/v1alpha/iceconfig", caller.ICE)
		a := r.register("room", caller.ClientID)
		offer, candidate := `{"type":"offer","sdp":"v=0\r\n"}`, `{"type":"candidate","label":0,"id":"0","candidate":"c"}`
		at := "/message/room/" + caller.ClientID
		require.Equal(t, "SUCCESS", r.ask(at, offer).Result)
		require.Equal(t, "SUCCESS", r.ask(at, candidate).Result)

		callee := r.join("room").Params
		require.Equal(t, "false", callee.Initiator)
		require.Equal(t, []string{offer, candidate}, callee.Messages)
		require.NotEqual(t, caller.ClientID, callee.ClientID)
		require.Equal(t, "FULL", r.ask("/join/room", "").Result)

		require.Equal(t, "SUCCESS", r.ask(at, "early candidate").Result)
		b := r.register("room", callee.ClientID)
		b.Hears(said("early candidate"))
		sends(b, `{"type":"answer","sdp":"v=0\r\n"}`)
		a.Hears(said(`{"type":"answer","sdp":"v=0\r\n"}`))
		require.Equal(t, "SUCCESS", r.ask(at, "late candidate").Result)
		b.Hears(said("late candidate"))

		// The caller hangs up: leave, bye, DELETE, as its client does.
		require.Equal(t, "SUCCESS", r.ask("/leave/room/"+caller.ClientID, "").Result)
		sends(a, `{"type":"bye"}`)
		b.Hears(said(`{"type":"bye"}`))
		require.Equal(t, "OK\n", r.do("DELETE", "/room/"+caller.ClientID, "").Body.String())
		a.Closes(actors.CloseKicked)
		require.Equal(t, "UNKNOWN_CLIENT", r.ask(at, "gone").Result)
		require.Equal(t, "UNKNOWN_CLIENT", r.ask("/leave/room/"+caller.ClientID, "").Result)

		// The callee is the initiator now: what it says waits for whoever comes next.
		require.Equal(t, "SUCCESS", r.ask("/message/room/"+callee.ClientID, "new offer").Result)
		next := r.join("room").Params
		require.Equal(t, "false", next.Initiator)
		require.Equal(t, []string{"new offer"}, next.Messages)
	})
}

func TestRoomServersErrors(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, r *rig) {
		require.Equal(t, "UNKNOWN_ROOM", r.ask("/message/room/1", "m").Result)
		require.Equal(t, "UNKNOWN_ROOM", r.ask("/leave/room/1", "").Result)
		id := r.join("room").Params.ClientID
		require.Equal(t, "UNKNOWN_CLIENT", r.ask("/message/room/1", "m").Result)
		require.Equal(t, "UNKNOWN_CLIENT", r.ask("/leave/room/1", "").Result)

		for path, body := range map[string]string{
			"/message/room/" + id:                      "",
			"/message/room/" + id + "?":                "\xff",
			"/message/room/" + id + "?long":            strings.Repeat("x", wire.MaxMessage+1),
			"/join/a%20b":                              "",
			"/join/" + strings.Repeat("r", 129):        "",
			"/leave/room/a.b":                          "",
			"/message/room/" + strings.Repeat("c", 65): "m",
		} {
			a := r.ask(path, body)
			require.Equal(t, "ERROR", a.Result, path)
			require.NotEmpty(t, a.Error, path)
		}
		for range maxQueued {
			require.Equal(t, "SUCCESS", r.ask("/message/room/"+id, "m").Result)
		}
		a := r.ask("/message/room/"+id, "m")
		require.Equal(t, []string{"ERROR", "Too many messages queued for the client"}, []string{a.Result, a.Error})
		require.Len(t, r.join("room").Params.Messages, maxQueued)
	})
}

func TestWhoNeverRegistersLosesItsPlace(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, r *rig) {
		r.join("room")
		b := r.join("room").Params
		k := r.register("room", b.ClientID)
		k.HearsNothing()
		r.Later(10*time.Second - 1)
		require.Equal(t, "FULL", r.ask("/join/room", "").Result)
		r.Later(1)
		c := r.join("room").Params
		require.Equal(t, "false", c.Initiator)
		require.Equal(t, "SUCCESS", r.ask("/leave/room/"+c.ClientID, "").Result)
		require.Equal(t, "SUCCESS", r.ask("/leave/room/"+b.ClientID, "").Result)
		require.Equal(t, "UNKNOWN_ROOM", r.ask("/leave/room/"+b.ClientID, "").Result)
		k.HearsNothing()
	})
}

// TestJoinedPlacesAreKept: nobody registers on the place of those who have joined.
func TestJoinedPlacesAreKept(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, r *rig) {
		r.join("room")
		r.join("room")
		r.register("room", "intruder").Closes(actors.ClosePolicy, problem("Max room capacity reached"))
	})
}

func TestLoopback(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, r *rig) {
		me := r.ask("/join/room?debug=loopback", "").Params
		require.Equal(t, "true", me.Initiator)
		require.Equal(t, "true", me.Loopback)
		require.Equal(t, "FULL", r.ask("/join/room", "").Result)
		a, echo := r.register("room", me.ClientID), r.register("room", loopback)
		require.Equal(t, "SUCCESS", r.ask("/message/room/"+me.ClientID, "offer").Result)
		echo.Hears(said("offer"))
		sends(echo, "answer")
		a.Hears(said("answer"))
		require.Equal(t, "SUCCESS", r.ask("/leave/room/"+me.ClientID, "").Result)
		echo.Closes(actors.CloseKicked)
	})
}

func TestParameters(t *testing.T) {
	ice := func(room, client string) (wire.Value, time.Duration) {
		v, err := wire.NewValue(wire.JSON, []map[string]string{{"urls": "stun:" + room}})
		require.NoError(t, err)
		return v, time.Hour
	}
	bubble(t, Options{ICE: ice}, func(t *testing.T, r *rig) {
		var p map[string]any
		require.NoError(t, json.Unmarshal(r.do("GET", "/params?wstls=true&tt=udp&audio=false", "").Body.Bytes(), &p))
		require.Equal(t, "wss://signal.example/apprtc/ws", p["wss_url"])
		require.Equal(t, "udp", p["ice_server_transports"])
		require.JSONEq(t, `{"audio":false,"video":true}`, p["media_constraints"].(string))
		require.NotContains(t, p, "client_id")
		require.Empty(t, r.do("GET", "/params", "").Header()["Access-Control-Allow-Origin"], "for its own pages")
		require.JSONEq(t, `{"iceServers":[{"urls":"stun:"}]}`, r.do("POST", "/v1alpha/iceconfig?key=k", "").Body.String())
		a := r.ask("/join/room?it=relay", "")
		require.JSONEq(t, `{"iceServers":[{"urls":"stun:room"}],"iceTransports":"relay","bundlePolicy":"max-bundle","rtcpMuxPolicy":"require"}`, a.Params.PCConfig)
	})
	bubble(t, Options{}, func(t *testing.T, r *rig) {
		require.JSONEq(t, `{"iceServers":[]}`, r.do("POST", "/v1alpha/iceconfig", "").Body.String())
	})
}

func TestAClosedSystemSaysSo(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, r *rig) {
		require.NoError(t, r.Sys.Close(t.Context()))
		require.Equal(t, "ERROR", r.ask("/join/room", "").Result)
		require.Contains(t, r.do("POST", "/room/a", "m").Body.String(), "the system is closed")
		require.Contains(t, r.do("DELETE", "/room/a", "").Body.String(), "the system is closed")
	})
}

func TestNewRefusesAGrace(t *testing.T) {
	_, err := New(nil, Options{Grace: time.Hour})
	require.EqualError(t, err, "apprtc: Grace: 1h0m0s, from 10ms to 1m0s")
}

// TestCredentialsAreMadeOutToTheAddress, so that those of one address share its quota.
func TestCredentialsAreMadeOutToTheAddress(t *testing.T) {
	for path, method := range map[string]string{"/v1alpha/iceconfig": "POST", "/params": "GET"} {
		var users []string
		ice := func(_, client string) (wire.Value, time.Duration) {
			users = append(users, client)
			return wire.Value{}, 0
		}
		bubble(t, Options{ICE: ice}, func(t *testing.T, r *rig) {
			q := httptest.NewRequest(method, "http://signal.example"+path, nil)
			q = dialect.WithClient(q, &dialect.Client{Name: "address-1"})
			r.HTTP().ServeHTTP(httptest.NewRecorder(), q)
			r.do(method, path, "")
		})
		require.Equal(t, []string{"address-1", ""}, users)
	}
}

func TestNewCallsAreTheClientsQuota(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, r *rig) {
		r.join("there")
		c := &dialect.Client{Rooms: func() bool { return false }}
		do := func(method, path, body string) *httptest.ResponseRecorder {
			w := httptest.NewRecorder()
			q := httptest.NewRequest(method, "http://signal.example"+path, strings.NewReader(body))
			r.HTTP().ServeHTTP(w, dialect.WithClient(q, c))
			return w
		}
		require.Equal(t, http.StatusOK, do("POST", "/join/there", "").Code)
		for method, path := range map[string]string{"POST": "/join/new", "DELETE": "/new/1"} {
			w := do(method, path, "m")
			require.Equal(t, http.StatusTooManyRequests, w.Code, path)
			require.Equal(t, "1", w.Header().Get("Retry-After"))
		}
		require.Equal(t, http.StatusTooManyRequests, do("POST", "/message/new/1", "m").Code)
		require.Equal(t, http.StatusTooManyRequests, do("POST", "/new/1", "m").Code)
		require.Equal(t, 1, r.Sys.Stats().Rooms)
	})
}
