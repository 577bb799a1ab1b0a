package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/engine/api"
)

func TestRoomsAreListedInPages(t *testing.T) {
	bubble(t, options{}, func(e *engine) {
		p := e.Peer()
		want := []string{}
		for i := range 25 {
			name := fmt.Sprintf("room/%02d", i)
			p.Join(name)
			want = append(want, name)
		}
		p.Join("other")
		var got []string
		after := ""
		for pages := 0; ; pages++ {
			require.Less(t, pages, 4)
			page := e.ask("GET", "/api/v1/rooms?prefix=room/&limit=10&after="+after, "").ok(200)
			got = append(got, names(list(page, "rooms"), "name")...)
			next, more := page["next"]
			if !more {
				break
			}
			after = next.(string)
		}
		require.Equal(t, want, got)
		all := e.ask("GET", "/api/v1/rooms", "").ok(200)
		require.Equal(t, append([]string{"other"}, want...), names(list(all, "rooms"), "name"))
		require.NotContains(t, all, "next")
	})
}

func TestARoomInTheList(t *testing.T) {
	prepare := func(s *actors.System) error {
		return s.Behavior("call-*", func(co *actors.Co, _ *actors.Room) error {
			_, err := co.Recv()
			return err
		})
	}
	behaviour := func(pattern string) string { return map[string]string{"call-*": "call"}[pattern] }
	bubble(t, options{prepare: prepare, api: api.Options{Behavior: behaviour}}, func(e *engine) {
		a, b := e.Peer(), e.Peer()
		born := e.Now()
		ja := a.Join("call-1")
		jb := b.Join("call-1")
		a.Expect("member")
		b.Drop()
		a.Expect("member", "change", "suspended", "member", jb.Member())
		a.Do("lock", "room", "call-1", "locked", true)
		a.Expect("room")
		rooms := list(e.ask("GET", "/api/v1/rooms", "").ok(200), "rooms")
		require.Len(t, rooms, 1)
		state := rooms[0]["state"].(object)
		created, err := time.Parse(time.RFC3339Nano, state["created"].(string))
		require.NoError(t, err)
		require.WithinDuration(t, born, created, 0)
		require.Equal(t, object{
			"epoch": ja["epoch"], "created": state["created"], "seq": 4., "behavior": "call", "locked": true, "capacity": 10_000.,
			"members": 2., "suspended": 1., "waiting": 0., "barred": 0., "history": 4., "historyBytes": state["historyBytes"],
		}, state)
		require.Positive(t, state["historyBytes"])
	})
}

func TestRoomsOfDialects(t *testing.T) {
	bubble(t, options{}, func(e *engine) {
		e.Peer().Join("den")
		for _, namespace := range []string{"swoole", "peerjs"} {
			keep := func(r *actors.Room) { r.Keep(true) }
			require.NoError(t, e.sys.Visit(namespace, "of "+namespace, keep))
		}
		for query, want := range map[string][]string{
			"":                     {"den"},
			"?namespace=":          {"den"},
			"?namespace=swoole":    {"of swoole"},
			"?namespace=*":         {"den", "of peerjs", "of swoole"},
			"?namespace=*&limit=2": {"den", "of peerjs"},
			"?namespace=none":      {},
		} {
			got := list(e.ask("GET", "/api/v1/rooms"+query, "").ok(200), "rooms")
			require.Equal(t, want, names(got, "name"), query)
		}
		e.ask("GET", "/api/v1/rooms/of%20swoole?namespace=swoole", "").ok(200)
		e.ask("GET", "/api/v1/rooms/of%20swoole", "").problem(404, "no_such_room", "name")
	})
}

// stuck has rooms whose name begins with stuck hold up their turn until free is closed.
func stuck(s *actors.System, free chan struct{}) error {
	return s.Behavior("stuck*", func(co *actors.Co, _ *actors.Room) error {
		for {
			if _, err := co.Recv(actors.Named("stick")); err != nil {
				return err
			}
			<-free
		}
	})
}

func TestARoomThatDoesNotAnswerIsBusy(t *testing.T) {
	var free chan struct{}
	prepare := func(s *actors.System) error {
		free = make(chan struct{}) // in the bubble
		return stuck(s, free)
	}
	o := options{prepare: prepare, api: api.Options{Patience: time.Second}, actors: actors.Options{Watchdog: -1}}
	bubble(t, o, func(e *engine) {
		release := sync.OnceFunc(func() { close(free) })
		defer release()
		p := e.Peer()
		p.Join("stuck")
		p.Join("free")
		p.Do("send", "room", "stuck", "event", "stick")
		time.Sleep(time.Millisecond) // of the bubble: until nothing moves
		began := time.Now()
		rooms := list(e.ask("GET", "/api/v1/rooms", "").ok(200), "rooms")
		require.Equal(t, time.Second, time.Since(began))
		require.Equal(t, []string{"free", "stuck"}, names(rooms, "name"))
		require.Contains(t, rooms[0], "state")
		require.Equal(t, true, rooms[1]["busy"])
		require.NotContains(t, rooms[1], "state")

		for _, target := range []string{"", "/members", "/members/x"} {
			a := e.ask("GET", "/api/v1/rooms/stuck"+target, "")
			a.problem(503, "busy", "")
			require.Equal(t, "1", a.header.Get("Retry-After"))
		}
		busy := e.ask("GET", "/api/v1/members", "").ok(200)
		require.Equal(t, []any{"stuck"}, busy["busy"])
		require.Equal(t, []string{"free"}, names(list(busy, "members"), "room"))
		for _, w := range writes("stuck", "x") {
			e.ask(w.method, w.path, w.body).problem(503, "busy", "")
		}
		release()
		e.ask("GET", "/api/v1/rooms/stuck", "").ok(200)
		p.Quiet() // of what was given up, nothing was done
	})
}

func TestRoomNamesOfAllKinds(t *testing.T) {
	bubble(t, options{}, func(e *engine) {
		p := e.Peer()
		for _, name := range []string{"a/b", "/", "a//b/", "..", ".", "käse 部屋", "100%", "a?b#c", "%2F", "+", "*"} {
			p.Join(name)
			room := e.ask("GET", "/api/v1/rooms/"+url.PathEscape(name), "")
			if name == "." || name == ".." { // no client would send it unescaped
				room = e.ask("GET", "/api/v1/rooms/"+map[string]string{".": "%2E", "..": "%2E%2E"}[name], "")
			}
			require.Equal(t, name, room.ok(200)["name"])
		}
	})
}

func TestOneRoom(t *testing.T) {
	bubble(t, options{}, func(e *engine) {
		a, b := e.Peer(), e.Peer()
		ja := a.Join("r", "profile", "secret name")
		jb := b.Join("r")
		a.Expect("member")
		a.Do("send", "room", "r", "event", "chat", "data", "secret word")
		b.Expect("event")
		b.Do("send", "room", "r", "event", "offer", "to", ja.Member(), "data", []any{1})
		a.Expect("event")
		e.Later(time.Second)
		a.Do("lock", "room", "r", "locked", true)
		b.Expect("room")

		hidden := e.ask("GET", "/api/v1/rooms/r", "")
		require.NotContains(t, hidden.text, "secret")
		require.NotContains(t, hidden.text, ja.Self()["key"], "what proves a membership is nobody's business")
		room := e.ask("GET", "/api/v1/rooms/r?payloads=1&events=4", "").ok(200)
		require.Equal(t, 5., room["state"].(object)["seq"])

		members := list(room, "members")
		require.Equal(t, []string{ja.Member(), jb.Member()}, names(members, "member"))
		require.Equal(t, object{
			"member": ja.Member(), "since": 1., "role": "moderator", "hidden": false, "suspended": false,
			"connection": members[0]["connection"], "profile": "secret name",
		}, members[0])
		require.Contains(t, members[0]["connection"], "conn/")

		events := list(room, "events")
		require.Equal(t, []string{"member", "event", "event", "room"}, names(events, "type"))
		require.Equal(t, object{
			"seq": 2., "at": events[0]["at"], "bytes": events[0]["bytes"], "type": "member",
			"member": jb.Member(), "change": "joined", "role": "member", "profile": nil,
		}, events[0])
		require.Equal(t, object{
			"seq": 3., "at": events[1]["at"], "bytes": events[1]["bytes"], "type": "event",
			"from": ja.Member(), "event": "chat", "data": "secret word",
		}, events[1])
		require.Equal(t, object{
			"seq": 4., "at": events[2]["at"], "bytes": events[2]["bytes"], "type": "event",
			"from": jb.Member(), "event": "offer", "to": []any{ja.Member()}, "data": []any{1.},
		}, events[2])
		require.Equal(t, object{
			"seq": 5., "at": events[3]["at"], "bytes": events[3]["bytes"], "type": "room", "locked": true,
		}, events[3])
		require.Equal(t, e.Now().UTC().Format(time.RFC3339Nano), events[3]["at"])
		require.Empty(t, list(e.ask("GET", "/api/v1/rooms/r?events=0", "").ok(200), "events"))
	})
}

func TestMembersOfARoomInPages(t *testing.T) {
	bubble(t, options{}, func(e *engine) {
		want := []string{}
		for range 7 {
			want = append(want, e.Peer().Join("r").Member())
		}
		for _, path := range []string{"/api/v1/rooms/r/members?limit=3", "/api/v1/rooms/r?limit=3"} {
			got := []string{}
			for after, more := "", true; more; {
				page := e.ask("GET", path+"&after="+after, "").ok(200)
				got = append(got, names(list(page, "members"), "member")...)
				after, more = page["next"].(string)
			}
			require.Equal(t, want, got)
		}
		one := e.ask("GET", "/api/v1/rooms/r/members/"+want[3], "").ok(200)
		require.Equal(t, want[3], one["member"])
		require.NotContains(t, one, "profile")
		e.ask("GET", "/api/v1/rooms/r/members/nobody", "").problem(404, "no_such_member", "member")
		e.ask("GET", "/api/v1/rooms/gone/members/nobody", "").problem(404, "no_such_room", "name")
		e.ask("GET", "/api/v1/rooms/gone/members", "").problem(404, "no_such_room", "name")
	})
}

func TestMembersOfAllRooms(t *testing.T) {
	o := options{actors: actors.Options{Tokens: subjects{}}}
	bubble(t, o, func(e *engine) {
		var want []string
		for i := range 40 {
			name := fmt.Sprintf("r%02d", i)
			for k := range i % 4 {
				id := e.Peer().Join(name, "token", "user "+strconv.Itoa(k)).Member()
				want = append(want, name+" "+id)
			}
		}
		for _, limit := range []int{1, 7, 60, 1000} {
			var got []string
			for after, more := "", true; more; {
				page := e.ask("GET", fmt.Sprintf("/api/v1/members?limit=%d&after=%s", limit, after), "").ok(200)
				members := list(page, "members")
				require.LessOrEqual(t, len(members), limit)
				for _, m := range members {
					got = append(got, m["room"].(string)+" "+m["member"].(string))
				}
				after, more = page["next"].(string)
			}
			require.Equal(t, want, got, limit)
		}
		two := list(e.ask("GET", "/api/v1/members?subject=user%202&prefix=r1", "").ok(200), "members")
		require.Equal(t, []string{"r11", "r15", "r19"}, names(two, "room"))
		require.Equal(t, "user 2", two[0]["subject"])
	})
}

// subjects takes every token for its subject.
type subjects struct{}

func (subjects) Verify(token, _ string) (actors.Grant, error) {
	return actors.Grant{Subject: token}, nil
}

func TestAWalkThroughManyRoomsEndsAndGoesOn(t *testing.T) {
	bubble(t, options{}, func(e *engine) {
		for i := range 300 {
			require.NoError(t, e.sys.Visit("", fmt.Sprintf("empty %03d", i), func(r *actors.Room) { r.Keep(true) }))
		}
		e.Peer().Join("full")
		page := e.ask("GET", "/api/v1/members", "").ok(200)
		require.Empty(t, page["members"])
		page = e.ask("GET", "/api/v1/members?after="+page["next"].(string), "").ok(200)
		require.Equal(t, []string{"full"}, names(list(page, "members"), "room"))
		require.NotContains(t, page, "next")
	})
}

func TestNode(t *testing.T) {
	node := api.Node{ID: "n1", Version: "v1", Started: time.Unix(1e9, 0), State: "draining", Listens: []api.Listen{{Addr: "127.0.0.1:8080"}}}
	bubble(t, options{api: api.Options{Node: func() api.Node { return node }}}, func(e *engine) {
		require.Equal(t, object{
			"id": "n1", "version": "v1", "started": "2001-09-09T01:46:40Z", "state": "draining",
			"listens": []any{object{"dialect": "", "addr": "127.0.0.1:8080"}},
		}, e.ask("GET", "/api/v1/node", "").ok(200))
	})
	bubble(t, options{}, func(e *engine) {
		require.Equal(t, "ready", e.ask("GET", "/api/v1/node", "").ok(200)["state"])
		p := e.Peer()
		p.Join("r")
		p.Do("send", "room", "r2", "event", "e")
		p.Expect("error", "code", "not_joined")
		stats := e.ask("GET", "/api/v1/stats", "").ok(200)
		require.Equal(t, object{
			"connections": 1., "rooms": 1., "members": 1., "panics": 0., "stuck": 0.,
			"refused": stats["refused"], "cut": stats["cut"], "dropped": stats["dropped"],
		}, stats)
		require.EqualValues(t, 1, stats["refused"].(object)["not_joined"])
		require.Contains(t, stats["cut"], "messages")
		require.Contains(t, stats["dropped"], "slow")
	})
}

func TestNowhere(t *testing.T) {
	bubble(t, options{}, func(e *engine) {
		e.ask("GET", "/api/v1/", "").problem(404, "not_found", "")
		e.ask("GET", "/api/v1/rooms/a/b/c", "").problem(404, "not_found", "")
		a := e.ask("DELETE", "/api/v1/rooms", "")
		a.problem(405, "method_not_allowed", "")
		require.Equal(t, "GET, HEAD", a.header.Get("Allow"))
		a = e.ask("GET", "/api/v1/rooms/r/events", "")
		a.problem(405, "method_not_allowed", "")
		require.Equal(t, "POST", a.header.Get("Allow"))
		require.Equal(t, http.StatusOK, e.ask("HEAD", "/api/v1/rooms", "").status)
	})
}
