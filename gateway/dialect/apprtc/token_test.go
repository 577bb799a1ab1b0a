package apprtc

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/dialect"
	"github.com/parley-signaling/parley/gateway/dialecttest"
)

// guarded is a rig that asks for tokens. Those of its sockets are borne by register's callers.
func guarded(t *testing.T, f func(t *testing.T, r *rig)) {
	tokens := dialecttest.Tokens{
		"good":  {Room: "room", Grant: actors.Grant{Subject: "ann", Role: wire.RoleMember}},
		"bob":   {Room: "room", Grant: actors.Grant{Subject: "bob", Role: wire.RoleMember}},
		"other": {Room: "den", Grant: actors.Grant{Subject: "ann", Role: wire.RoleMember}},
		"shy":   {Room: "room", Grant: actors.Grant{Subject: "shy", Role: wire.RoleObserver}},
	}
	ice := func(room, client string) (wire.Value, time.Duration) {
		v, err := wire.NewValue(wire.JSON, []map[string]string{{"urls": "turn:" + room}})
		require.NoError(t, err)
		return v, time.Hour
	}
	open := func(sys *actors.System) (dialect.Dialect, error) { return New(sys, Options{Tokens: tokens, ICE: ice}) }
	dialecttest.InBubble(t, actors.Options{Tokens: tokens}, open, func(t *testing.T, b *dialecttest.Bubble) { f(t, &rig{b, t}) })
}

// bearing opens a socket at the URL that a client was told, as the gateway does, and registers.
func (r *rig) bearing(wss, room, client string) *dialecttest.Talker {
	u, err := url.Parse(wss)
	require.NoError(r.t, err)
	k := r.Connect(u.RawQuery)
	k.Conn.Bear(u.Query().Get("access_token"))
	k.Says(`{"cmd":"register","roomid":"` + room + `","clientid":"` + client + `"}`)
	return k
}

func TestACallWithTokens(t *testing.T) {
	guarded(t, func(t *testing.T, r *rig) {
		a := r.ask("/join/room?access_token=good", "").Params
		require.Equal(t, "ws://signal.example/apprtc/ws?access_token=good", a.WSS)
		require.NotContains(t, a.RoomLink, "good")
		require.NotContains(t, a.Post, "good")
		require.Contains(t, a.PCConfig, "turn:room")
		ka := r.bearing(a.WSS, "room", a.ClientID)
		require.Equal(t, "SUCCESS", r.ask("/message/room/"+a.ClientID, "offer").Result)
		b := r.ask("/join/room?access_token=bob", "").Params
		require.Equal(t, []string{"offer"}, b.Messages)
		kb := r.bearing(b.WSS, "room", b.ClientID)
		sends(kb, "answer")
		ka.Hears(said("answer"))
		require.Equal(t, "OK\n", r.do("POST", "/room/"+a.ClientID, "candidate").Body.String())
		kb.Hears(said("candidate"))

		ice, err := url.Parse(a.ICE)
		require.NoError(t, err)
		w := r.do("POST", strings.TrimPrefix(ice.RequestURI(), "/apprtc"), "")
		require.JSONEq(t, `{"iceServers":[{"urls":"turn:room"}]}`, w.Body.String())

		require.Equal(t, "SUCCESS", r.ask("/leave/room/"+a.ClientID, "").Result)
		sends(ka, "bye")
		kb.Hears(said("bye"))
		require.Equal(t, "OK\n", r.do("DELETE", "/room/"+a.ClientID, "").Body.String())
		ka.Closes(actors.CloseKicked)
	})
}

func TestNoCallWithoutAToken(t *testing.T) {
	guarded(t, func(t *testing.T, r *rig) {
		for query, want := range map[string]string{
			"":                    "token: required",
			"?access_token=x":     "token: not valid",
			"?access_token=shy":   "token: role: an observer takes no part in a call",
			"?access_token=other": "token: room: it is for another one",
		} {
			for _, path := range []string{"/join/room" + query, "/v1alpha/iceconfig" + strings.Replace(query+"&room=room", "?", "?", 1)} {
				if query == "" {
					path = strings.Replace(path, "&room", "?room", 1)
				}
				w := r.do("POST", path, "")
				require.Equal(t, http.StatusForbidden, w.Code, path)
				require.Equal(t, want+"\n", w.Body.String(), path)
			}
		}
		require.Equal(t, http.StatusForbidden, r.do("POST", "/v1alpha/iceconfig?access_token=good", "").Code, "for which room?")
		require.Equal(t, http.StatusForbidden, r.do("GET", "/status", "").Code)
		var p map[string]any
		require.NoError(t, json.Unmarshal(r.do("GET", "/params", "").Body.Bytes(), &p))
		require.Contains(t, p["pc_config"], `"iceServers":[]`)
		require.Zero(t, r.Sys.Stats().Rooms, "nothing was brought to life")

		for wss, told := range map[string]string{
			"ws://s/ws": "token: required", "ws://s/ws?access_token=x": "token: not valid",
			"ws://s/ws?access_token=other": "token: room: it is for another one",
		} {
			r.bearing(wss, "room", "1").Closes(actors.ClosePolicy, problem(told))
		}
	})
}

// TestNobodySpeaksInAnothersName, who is not told its id: nor to a call, nor for one who has chosen
// an id that can be guessed.
func TestNobodySpeaksInAnothersName(t *testing.T) {
	guarded(t, func(t *testing.T, r *rig) {
		require.Equal(t, "UNKNOWN_ROOM", r.ask("/message/room/1", "m").Result)
		require.Equal(t, "UNKNOWN_ROOM", r.ask("/leave/room/1", "").Result)
		require.Equal(t, http.StatusInternalServerError, r.do("POST", "/room/1", "m").Code)
		require.Equal(t, "OK\n", r.do("DELETE", "/room/1", "").Body.String(), "there is nobody to forget")
		require.Zero(t, r.Sys.Stats().Rooms)

		guessed := r.bearing("ws://s/ws?access_token=bob", "room", "bob")
		a := r.ask("/join/room?access_token=good", "").Params
		ka := r.bearing(a.WSS, "room", a.ClientID)
		for _, id := range []string{"bob", "1", "1234567890123456"} {
			require.Equal(t, "UNKNOWN_CLIENT", r.ask("/message/room/"+id, "m").Result, id)
			require.Equal(t, "UNKNOWN_CLIENT", r.ask("/leave/room/"+id, "").Result, id)
			require.Equal(t, http.StatusInternalServerError, r.do("POST", "/room/"+id, "m").Code, id)
			r.do("DELETE", "/room/"+id, "")
		}
		ka.HearsNothing()
		guessed.HearsNothing() // and is not closed
		sends(guessed, "hello")
		ka.Hears(said("hello"))
	})
}

// TestWhoIsKickedStaysOut, by HTTP too, and is not heard any more.
func TestWhoIsKickedStaysOut(t *testing.T) {
	guarded(t, func(t *testing.T, r *rig) {
		a, b := r.ask("/join/room?access_token=good", "").Params, r.ask("/join/room?access_token=bob", "").Params
		ka, kb := r.bearing(a.WSS, "room", a.ClientID), r.bearing(b.WSS, "room", b.ClientID)
		synctest.Wait()
		require.NoError(t, r.Sys.Visit(Namespace, "room", func(room *actors.Room) { _ = room.Kick(a.ClientID, "") }))
		ka.Closes(actors.CloseKicked)
		require.Equal(t, "UNKNOWN_CLIENT", r.ask("/message/room/"+a.ClientID, "m").Result)
		require.Equal(t, http.StatusInternalServerError, r.do("POST", "/room/"+a.ClientID, "m").Code)
		r.Later(time.Minute) // its place is free
		again := r.ask("/join/room?access_token=good", "")
		require.Equal(t, "ERROR", again.Result)
		require.Equal(t, errBarred, again.Error)
		r.bearing(a.WSS, "room", "another").Closes(actors.ClosePolicy, problem(errBarred))
		kb.HearsNothing()
	})
}

func TestNobodySpeaksAsAnothersEcho(t *testing.T) {
	guarded(t, func(t *testing.T, r *rig) {
		a := r.ask("/join/room?access_token=good&debug=loopback", "").Params
		ka := r.bearing(a.WSS, "room", a.ClientID)
		require.Equal(t, "UNKNOWN_CLIENT", r.ask("/message/room/"+loopback, "m").Result)
		require.Equal(t, http.StatusInternalServerError, r.do("POST", "/room/"+loopback, "m").Code)
		ka.HearsNothing()
	})
}

// TestATokenExpires: the clients would take a warning for an error.
func TestATokenExpires(t *testing.T) {
	tokens := dialecttest.Tokens{}
	open := func(sys *actors.System) (dialect.Dialect, error) { return New(sys, Options{Tokens: tokens}) }
	dialecttest.InBubble(t, actors.Options{Tokens: tokens}, open, func(t *testing.T, b *dialecttest.Bubble) {
		tokens["t"] = dialecttest.Token{Room: "room", Grant: actors.Grant{Subject: "ann", Expires: time.Now().Add(time.Minute)}}
		r := &rig{b, t}
		a := r.ask("/join/room?access_token=t", "").Params
		k := r.bearing(a.WSS, "room", a.ClientID)
		r.Later(time.Minute - 1)
		k.HearsNothing()
		r.Later(1)
		k.Closes(actors.CloseUnauthorized, problem("token: expired"))
	})
}
