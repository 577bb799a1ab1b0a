package apprtc

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

func TestColliderCarriesMessages(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, r *rig) {
		a, b := r.register("room", "a"), r.register("room", "b")
		other := r.register("another", "a")
		a.HearsNothing() // there is no answer to a register
		sends(a, `{"type":"offer","sdp":"v=0\r\n"}`)
		b.Hears(said(`{"type":"offer","sdp":"v=0\r\n"}`))
		sends(b, "ü")
		a.Hears(said("ü"))
		b.HearsNothing()
		other.HearsNothing()
	})
}

func TestColliderQueues(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, r *rig) {
		a := r.register("room", "a")
		sends(a, "1")
		sends(a, "2")
		b := r.register("room", "b")
		b.Hears(said("1"), said("2"))

		b.End()
		sends(a, "3")
		a.HearsNothing()
		r.Later(10*time.Second - 1)
		again := r.register("room", "b")
		again.Hears(said("3"))
		r.Later(time.Minute)
		sends(again, "4")
		a.Hears(said("4"))
	})
}

// TestEveryErrorCloses is the list of Collider's errors.
func TestEveryErrorCloses(t *testing.T) {
	const register = `{"cmd":"register","roomid":"room","clientid":"a"}`
	long := strings.Repeat("x", 200)
	for _, c := range []struct {
		name     string
		messages []string
		want     string
	}{
		{"twice", []string{register, register}, "Duplicated register request"},
		{"twice, another room", []string{register, `{"cmd":"register","roomid":"r","clientid":"b"}`}, "Duplicated register request"},
		{"no room", []string{`{"cmd":"register","clientid":"a"}`}, "Invalid register request: missing 'clientid' or 'roomid'"},
		{"empty room", []string{`{"cmd":"register","roomid":"","clientid":"a"}`}, "Invalid register request: missing 'clientid' or 'roomid'"},
		{"no client", []string{`{"cmd":"register","roomid":"room"}`}, "Invalid register request: missing 'clientid' or 'roomid'"},
		{"null client", []string{`{"cmd":"register","roomid":"room","clientid":null}`}, "Invalid register request: missing 'clientid' or 'roomid'"},
		{"client is a number", []string{`{"cmd":"register","roomid":"room","clientid":1}`}, "clientid: not a string"},
		{"long room", []string{`{"cmd":"register","roomid":"` + long + `","clientid":"a"}`}, "roomid: 200 bytes, at most 128"},
		{"long client", []string{`{"cmd":"register","roomid":"room","clientid":"` + long + `"}`}, "clientid: 200 bytes, at most 64"},
		{"room with a control character", []string{`{"cmd":"register","roomid":"a\u0000","clientid":"a"}`}, "roomid: a control character in the name"},
		{"not registered", []string{`{"cmd":"send","msg":"m"}`}, "Client not registered"},
		{"not registered, no msg", []string{`{"cmd":"send"}`}, "Client not registered"},
		{"no msg", []string{register, `{"cmd":"send"}`}, "Invalid send request: missing 'msg'"},
		{"empty msg", []string{register, `{"cmd":"send","msg":""}`}, "Invalid send request: missing 'msg'"},
		{"msg is an object", []string{register, `{"cmd":"send","msg":{}}`}, "msg: not a string"},
		{"another cmd", []string{`{"cmd":"bye"}`}, "Invalid message: unexpected 'cmd'"},
		{"no cmd", []string{`{}`}, "Invalid message: unexpected 'cmd'"},
		{"cmd is a list", []string{`{"cmd":["send"]}`}, "Invalid message: unexpected 'cmd'"},
		{"no JSON", []string{`hello`}, "the message is not one JSON object"},
		{"no object", []string{`["register"]`}, "the message is not one JSON object"},
		{"half a message", []string{`{"cmd":"send"`}, "the message is not one JSON object"},
		{"no UTF-8", []string{"{\"cmd\":\"\xff\"}"}, "the message is not UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, Options{}, func(t *testing.T, r *rig) {
				k := r.Connect("")
				for _, m := range c.messages {
					k.Says(m)
				}
				k.Says(`{"cmd":"send","msg":"nobody listens any more"}`)
				k.Closes(actors.ClosePolicy, problem(c.want))
				require.Contains(t, r.do("GET", "/status", "").Body.String(), `"wserrors":1,`)
			})
		})
	}
}

func TestRoomsAreForTwo(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, r *rig) {
		a := r.register("room", "a")
		r.register("room", "b").HearsNothing()
		r.register("room", "c").Closes(actors.ClosePolicy, problem("Max room capacity reached"))
		r.register("room", "a").Closes(actors.ClosePolicy, problem("Duplicated registration"))
		sends(a, "still here")
		require.Equal(t, 2, r.Sys.Stats().Members)
	})
}

func TestWhoIsGoneMakesWay(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, r *rig) {
		r.register("room", "a").HearsNothing()
		b := r.register("room", "b")
		b.HearsNothing()
		b.End()
		r.register("room", "c").HearsNothing()
		r.register("room", "b").Closes(actors.ClosePolicy, problem("Max room capacity reached"))
	})
}

func TestQueueIsBounded(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, r *rig) {
		a := r.register("room", "a")
		for range maxQueued {
			sends(a, "m")
		}
		a.HearsNothing()
		sends(a, "one too many")
		a.Closes(actors.CloseKicked, problem("Too many messages queued for the client"))

		big := r.register("bytes", "a")
		for range maxBytes / (60<<10 + 2) {
			sends(big, strings.Repeat("x", 60<<10))
		}
		big.HearsNothing()
		sends(big, strings.Repeat("x", 60<<10))
		big.Closes(actors.CloseKicked, problem("Too many messages queued for the client"))
	})
}

func TestRoomsEnd(t *testing.T) {
	bubble(t, Options{Grace: time.Second}, func(t *testing.T, r *rig) {
		a := r.register("room", "a")
		a.HearsNothing()
		a.End()
		r.Later(time.Second - 1)
		require.Equal(t, 1, r.Sys.Stats().Rooms, "its client may come back")
		r.Later(1)
		require.Zero(t, r.Sys.Stats().Rooms)

		require.Equal(t, "OK\n", r.do("POST", "/room/a", "queued").Body.String())
		require.Equal(t, 1, r.Sys.Stats().Rooms)
		r.Later(time.Second)
		require.Zero(t, r.Sys.Stats().Rooms, "it never registered")
	})
}

func TestColliderHTTP(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, r *rig) {
		require.Equal(t, "OK\n", r.do("POST", "/room/a", "early").Body.String())
		b := r.register("room", "b")
		b.Hears(said("early"))
		require.Equal(t, "OK\n", r.do("POST", "/room/a", "late").Body.String())
		b.Hears(said("late"))
		a := r.register("room", "a")
		require.Equal(t, "OK\n", r.do("POST", "/room/b", "hi").Body.String())
		a.Hears(said("hi"))

		for want, w := range map[string]interface{ Result() *http.Response }{
			"Failed to send the message: Max room capacity reached\n": r.do("POST", "/room/c", "x"),
			"Empty request body\n":                 r.do("POST", "/room/a", ""),
			"the body is not UTF-8\n":              r.do("POST", "/room/a", "\xff"),
			"the body has more than 65536 bytes\n": r.do("POST", "/room/a", strings.Repeat("x", wire.MaxMessage+1)),
			badName + "\n":                         r.do("POST", "/room/a%20b", "x"),
		} {
			res := w.Result()
			require.Equal(t, http.StatusInternalServerError, res.StatusCode)
			require.Equal(t, "*", res.Header.Get("Access-Control-Allow-Origin"))
			body := make([]byte, 200)
			n, _ := res.Body.Read(body)
			require.Equal(t, want, string(body[:n]))
		}
		require.Regexp(t, `^\{"upsec":\d+(\.\d+)?,"openws":2,"totalws":2,"wserrors":0,"httperrors":5\}\n$`, r.do("GET", "/status", "").Body.String())

		require.Equal(t, "OK\n", r.do("DELETE", "/room/a", "").Body.String())
		a.Closes(actors.CloseKicked)
		require.Equal(t, "OK\n", r.do("DELETE", "/room/nobody", "").Body.String())
		require.Equal(t, "OK\n", r.do("DELETE", "/nowhere/nobody", "").Body.String())
		r.register("room", "c").HearsNothing()
		require.Equal(t, http.StatusInternalServerError, r.do("DELETE", "/room/a%20b", "").Code)
		require.Equal(t, http.StatusMethodNotAllowed, r.do("PUT", "/room/a", "x").Code)
		require.Equal(t, http.StatusNoContent, r.do("OPTIONS", "/room/a", "").Code)
		require.Equal(t, http.StatusNotFound, r.do("GET", "", "").Code)
	})
}
