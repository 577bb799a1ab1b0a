package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/engine/api"
)

// write is a request that changes something.
type write struct{ method, path, body string }

// writes are all that change a room.
func writes(room, member string) []write {
	r := "/api/v1/rooms/" + room
	return []write{
		{"POST", r + "/events", `{"event":"news"}`},
		{"PUT", r + "/lock", `{"locked":true}`},
		{"POST", r + "/close", `{}`},
		{"POST", r + "/members/" + member + "/kick", `{}`},
		{"PUT", r + "/members/" + member + "/role", `{"role":"observer"}`},
	}
}

func TestAnEventTakesItsPlaceInTheOrder(t *testing.T) {
	bubble(t, options{}, func(e *engine) {
		a, b := e.Peer(), e.Peer()
		ja := a.Join("r")
		b.Join("r")
		a.Expect("member")
		a.Do("send", "room", "r", "event", "one", "id", 1)
		b.Expect("event", "seq", 3)
		said := e.ask("POST", "/api/v1/rooms/r/events", `{"event":"two","data":{"n":[1,"é",null]}}`).ok(201)
		require.Equal(t, object{"seq": 4., "epoch": ja["epoch"]}, said)
		a.Do("send", "room", "r", "event", "three", "id", 2)

		data := object{"n": []any{1, "é", nil}}
		a.Expect("ok", "id", 1, "seq", 3)
		a.Expect("event", "seq", 4, "event", "two", "from", "", "data", data, "to", "\x00absent")
		a.Expect("ok", "id", 2, "seq", 5)
		b.Expect("event", "seq", 4, "event", "two", "from", "", "data", data)
		b.Expect("event", "seq", 5, "event", "three")
	})
}

func TestADirectedEvent(t *testing.T) {
	bubble(t, options{}, func(e *engine) {
		a, b, c := e.Peer(), e.Peer(), e.Peer()
		a.Join("r")
		jb := b.Join("r")
		jc := c.Join("r")
		a.Expect("member")
		a.Expect("member")
		b.Expect("member")
		say := func(to string) reply {
			return e.ask("POST", "/api/v1/rooms/r/events", `{"event":"e","from":"billing","to":`+to+`}`)
		}
		require.NotContains(t, say(strconv.Quote(jb.Member())).ok(201), "missing")
		b.Expect("event", "seq", 4, "from", "billing", "to", jb.Member(), "data", nil)
		said := say(fmt.Sprintf(`[%q,"gone",%q,%q]`, jb.Member(), jc.Member(), jb.Member())).ok(201)
		require.Equal(t, []any{"gone"}, said["missing"])
		to := []any{jb.Member(), "gone", jc.Member(), jb.Member()}
		b.Expect("event", "seq", 5, "to", to)
		c.Expect("event", "seq", 5, "to", to)
		say(`["gone"]`).problem(404, "no_such_member", "to")
		say(fmt.Sprintf(`[%q]`, jc.Member())).ok(201)
		c.Expect("event", "seq", 6, "to", []any{jc.Member()})
		for _, p := range []interface{ Quiet() }{a, b, c} {
			p.Quiet()
		}
	})
}

func TestAResumedMemberGetsTheEventsThatItMissed(t *testing.T) {
	bubble(t, options{}, func(e *engine) {
		a, b := e.Peer(), e.Peer()
		a.Join("r")
		jb := b.Join("r")
		a.Expect("member")
		b.Drop()
		a.Expect("member", "change", "suspended")
		e.ask("POST", "/api/v1/rooms/r/events", `{"event":"all","data":1}`).ok(201)
		a.Expect("event", "seq", 4)
		e.ask("POST", "/api/v1/rooms/r/events", `{"event":"one","data":2,"to":"`+jb.Member()+`"}`).ok(201)
		e.ask("PUT", "/api/v1/rooms/r/lock", `{"locked":true}`).ok(200)
		a.Expect("room", "seq", 6)

		b = e.Peer()
		j := b.Join("r", "resume", jb.Resume(jb.Seq()))
		require.Equal(t, true, j["recovered"])
		b.Expect("event", "seq", 4, "event", "all", "data", 1, "from", "")
		b.Expect("event", "seq", 5, "event", "one", "data", 2, "to", jb.Member())
		b.Expect("room", "seq", 6, "locked", true)
		b.Quiet()
	})
}

func TestWrongEventsAreRefusedByField(t *testing.T) {
	bubble(t, options{}, func(e *engine) {
		p := e.Peer()
		p.Join("r")
		many := strings.Repeat(`"x",`, 256) + `"x"`
		for body, field := range map[string]string{
			`{}`:             "event",
			`{"event":""}`:   "event",
			`{"event":7}`:    "event",
			`{"event":"\n"}`: "event",
			`{"event":"` + strings.Repeat("e", 65) + `"}`:                                    "event",
			`{"event":"e","from":"` + strings.Repeat("f", 129) + `"}`:                        "from",
			`{"event":"e","to":7}`:                                                           "to",
			`{"event":"e","to":[]}`:                                                          "to",
			`{"event":"e","to":[` + many + `]}`:                                              "to",
			`{"event":"e","data":"` + strings.Repeat("d", 64<<10) + `"}`:                     "data",
			`{"event":"e","data":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + `}`: "data",
			"{\"event\":\"e\",\"data\":\"\xff\"}":                                            "data",
			`{"event":"e","dta":1}`:                                                          "dta",
			`{"event":"e"} {}`:                                                               "body",
			`{"event":"e"`:                                                                   "body",
			`[]`:                                                                             "body",
		} {
			said := e.ask("POST", "/api/v1/rooms/r/events", body).problem(400, "bad_request", field)
			require.NotEmpty(t, said["detail"])
		}
		e.ask("POST", "/api/v1/rooms/r/events", `{"event":"`+strings.Repeat("e", 80<<10)+`"}`).problem(413, "too_large", "body")
		e.ask("POST", "/api/v1/rooms/r/events", `{"event":"e"}`, "Content-Type", "text/plain").
			problem(415, "unsupported_media_type", "Content-Type")
		e.ask("POST", "/api/v1/rooms/r/events?namespace=peerjs", `{"event":"e"}`).problem(400, "bad_request", "namespace")
		e.ask("POST", "/api/v1/rooms/gone/events", `{"event":"e"}`).problem(404, "no_such_room", "name")
		p.Quiet()
	})
}

func TestWrongQueriesAreRefusedByField(t *testing.T) {
	bubble(t, options{}, func(e *engine) {
		e.Peer().Join("r")
		long := strings.Repeat("x", 129)
		for target, field := range map[string]string{
			"/rooms?limit=0":                       "limit",
			"/rooms?limit=1001":                    "limit",
			"/rooms?limit=x":                       "limit",
			"/rooms?after=!":                       "after",
			"/rooms?after=bm90IGpzb24":             "after",
			"/rooms?prefix=" + long:                "prefix",
			"/rooms?prefix=%00":                    "prefix",
			"/rooms?namespace=" + long:             "namespace",
			"/rooms?page=2":                        "page",
			"/rooms?limit=1&limit=2":               "limit",
			"/rooms/" + long:                       "name",
			"/rooms/%FF":                           "name",
			"/rooms/r?events=201":                  "events",
			"/rooms/r?payloads=yes":                "payloads",
			"/rooms/r?x=1":                         "x",
			"/rooms/r/members?limit=-1":            "limit",
			"/rooms/r/members?x=1":                 "x",
			"/rooms/r/members/" + long:             "member",
			"/rooms/r/members/x?payloads=2":        "payloads",
			"/rooms/r/members/x?limit=2":           "limit",
			"/members?subject=%07":                 "subject",
			"/members?after=!":                     "after",
			"/members?payloads=2":                  "payloads",
			"/members?x=1":                         "x",
			"/node?x=1":                            "x",
			"/stats?x=1":                           "x",
			"/openapi.yaml?x=1":                    "x",
			"/rooms?" + strings.Repeat("x", 9<<10): "query",
		} {
			e.ask("GET", "/api/v1"+target, "").problem(400, "bad_request", field)
		}
		for _, w := range append(writes("r", "x"), write{"POST", "/api/v1/node/drain", `{}`}, write{"POST", "/api/v1/connections/x/disconnect", `{}`}) {
			e.ask(w.method, w.path+"?x=1", w.body).problem(400, "bad_request", "x")
			e.ask(w.method, w.path, w.body, "Content-Type", "text/plain").problem(415, "unsupported_media_type", "Content-Type")
			e.ask(w.method, w.path, `{"x":"`+strings.Repeat("x", 90<<10)+`"}`).problem(413, "too_large", "body")
		}
	})
}

func TestKick(t *testing.T) {
	bubble(t, options{}, func(e *engine) {
		a, b := e.Peer(), e.Peer()
		a.Join("r")
		jb := b.Join("r", "nonce", "0123456789abcdef")
		a.Expect("member")
		path := "/api/v1/rooms/r/members/" + jb.Member() + "/kick"
		e.ask("POST", path, `{"reason":"`+strings.Repeat("x", 257)+`"}`).problem(400, "bad_request", "reason")
		require.Equal(t, object{"seq": 3.}, e.ask("POST", path, `{"reason":"spam"}`).ok(200))
		b.Expect("bye", "room", "r", "reason", "kicked", "text", "spam", "code", 4410)
		a.Expect("member", "seq", 3, "change", "left", "reason", "kicked", "member", jb.Member())
		b = e.Peer()
		b.Do("join", "room", "r", "nonce", "0123456789abcdef")
		b.Expect("error", "code", "forbidden")
		e.ask("POST", path, `{}`).problem(404, "no_such_member", "member")
	})
}

func TestLock(t *testing.T) {
	bubble(t, options{}, func(e *engine) {
		a, b := e.Peer(), e.Peer()
		a.Join("r")
		e.ask("PUT", "/api/v1/rooms/r/lock", `{}`).problem(400, "bad_request", "locked")
		e.ask("PUT", "/api/v1/rooms/gone/lock", `{"locked":true}`).problem(404, "no_such_room", "name")
		require.Equal(t, object{"seq": 2.}, e.ask("PUT", "/api/v1/rooms/r/lock", `{"locked":true}`).ok(200))
		require.Equal(t, object{"seq": 2.}, e.ask("PUT", "/api/v1/rooms/r/lock", `{"locked":true}`).ok(200), "it is")
		a.Expect("room", "seq", 2, "locked", true)
		b.Do("join", "room", "r")
		b.Expect("error", "code", "room_locked")
		e.ask("PUT", "/api/v1/rooms/r/lock", `{"locked":false}`).ok(200)
		a.Expect("room", "seq", 3, "locked", false)
		b.Join("r")
	})
}

func TestRole(t *testing.T) {
	bubble(t, options{}, func(e *engine) {
		a, b := e.Peer(), e.Peer()
		a.Join("r")
		jb := b.Join("r")
		a.Expect("member")
		path := "/api/v1/rooms/r/members/" + jb.Member() + "/role"
		e.ask("PUT", path, `{"role":"king"}`).problem(400, "bad_request", "role")
		e.ask("PUT", "/api/v1/rooms/r/members/gone/role", `{"role":"member"}`).problem(404, "no_such_member", "member")
		e.ask("PUT", path, `{"role":"observer"}`).ok(200)
		a.Expect("member", "change", "updated", "role", "observer")
		b.Expect("member", "change", "updated", "role", "observer")
		b.Do("send", "room", "r", "event", "e", "id", 1)
		b.Expect("error", "code", "forbidden")
	})
}

func TestClose(t *testing.T) {
	bubble(t, options{}, func(e *engine) {
		a := e.Peer()
		before := a.Join("r")
		a.Join("other")
		e.ask("POST", "/api/v1/rooms/r/close", `{"text":"`+strings.Repeat("x", 257)+`"}`).problem(400, "bad_request", "text")
		e.ask("POST", "/api/v1/rooms/r/close", `{"text":"that is all"}`).ok(200)
		a.Expect("bye", "room", "r", "reason", "closed", "text", "that is all")
		e.ask("GET", "/api/v1/rooms/r", "").problem(404, "no_such_room", "name")
		require.NotEqual(t, before["epoch"], a.Join("r")["epoch"])
	})
}

func TestDisconnect(t *testing.T) {
	bubble(t, options{}, func(e *engine) {
		a, b := e.Peer(), e.Peer()
		a.Join("r")
		jb := b.Join("r")
		a.Expect("member")
		at := func() string {
			m := e.ask("GET", "/api/v1/rooms/r/members/"+jb.Member(), "").ok(200)
			return "/api/v1/connections/" + url.PathEscape(m["connection"].(string)) + "/disconnect"
		}
		path := at()
		e.ask("POST", path, `{"code":1000}`).problem(400, "bad_request", "code")
		e.ask("POST", path, `{"reason":"`+strings.Repeat("x", 124)+`"}`).problem(400, "bad_request", "reason")
		e.ask("POST", path, `{"retryAfter":-1}`).problem(400, "bad_request", "retryAfter")
		e.ask("POST", path, `{"code":1001,"reason":"moving","retryAfter":1500}`).ok(202)
		b.Expect("bye", "code", 1001, "reason", "moving", "retryAfter", 1500, "room", "\x00absent")
		require.Equal(t, 1001, b.Closed())
		a.Expect("member", "change", "suspended", "member", jb.Member())
		e.ask("POST", path, `{}`).problem(404, "no_such_connection", "id")
		e.ask("POST", "/api/v1/connections/room%2F1/disconnect", `{}`).problem(404, "no_such_connection", "id")

		b = e.Peer()
		b.Join("r", "resume", jb.Resume(jb.Seq()))
		e.ask("POST", at(), `{}`).ok(202)
		b.Expect("bye", "code", 1008, "reason", "disconnected")
		require.Equal(t, 1008, b.Closed())
	})
}

func TestDrain(t *testing.T) {
	drains := 0
	bubble(t, options{api: api.Options{Drain: func() { drains++ }}}, func(e *engine) {
		e.ask("POST", "/api/v1/node/drain", `{"now":true}`).problem(400, "bad_request", "now")
		require.Equal(t, object{"state": "draining"}, e.ask("POST", "/api/v1/node/drain", `{}`).ok(202))
		require.Equal(t, 1, drains)
		for range 2 {
			e.ask("POST", "/api/v1/node/drain", `{}`, key, "k").ok(202)
		}
		require.Equal(t, 2, drains)
	})
	bubble(t, options{}, func(e *engine) {
		e.ask("POST", "/api/v1/node/drain", `{}`).problem(501, "not_implemented", "")
	})
}

func TestARoomThatFailsMeanwhile(t *testing.T) {
	// The behaviour panics at once when it goes on, and the room has not come to the call by then.
	var free chan struct{}
	prepare := func(s *actors.System) error {
		free = make(chan struct{})
		return s.Behavior("doomed", func(co *actors.Co, _ *actors.Room) error {
			_, err := co.Recv(actors.Named("doom"))
			if err != nil {
				return err
			}
			<-free
			panic("doomed")
		})
	}
	reads := []write{
		{"GET", "/api/v1/rooms/doomed", ""}, {"GET", "/api/v1/rooms/doomed/members", ""},
		{"GET", "/api/v1/rooms/doomed/members/x", ""},
	}
	for i := range append(writes("", ""), reads...) {
		bubble(t, options{prepare: prepare, actors: actors.Options{Watchdog: -1}}, func(e *engine) {
			p := e.Peer()
			w := append(writes("doomed", p.Join("doomed").Member()), reads...)[i]
			p.Do("send", "room", "doomed", "event", "doom")
			time.Sleep(time.Millisecond)
			time.AfterFunc(time.Second, func() { close(free) })
			e.ask(w.method, w.path, w.body).problem(http.StatusInternalServerError, "internal", "")
			require.EqualValues(t, 1, e.sys.Stats().Panics)
		})
	}
}
