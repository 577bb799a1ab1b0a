package api_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/roomtest"
	"github.com/parley-signaling/parley/engine/api"
	"github.com/parley-signaling/parley/engine/live"
)

// nodes are engines beside the one that is asked: each has the rooms that begin with its name.
type nodes struct {
	handlers map[string]http.Handler
	seen     []http.Header
}

func (n *nodes) Nodes() (string, []string) { return "a", []string{"b", "gone"} }

func (n *nodes) Owner(r actors.RoomName) string {
	if len(r.Name) > 1 && r.Name[1] == '/' {
		return r.Name[:1]
	}
	return map[bool]string{true: "gone", false: "a"}[r.Name == "gone"]
}

func (n *nodes) Transport(node string) http.RoundTripper {
	return tripper(func(r *http.Request) (*http.Response, error) {
		h := n.handlers[node]
		if h == nil {
			return nil, errors.New("gone")
		}
		n.seen = append(n.seen, r.Header)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Result(), r.Context().Err()
	})
}

type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// clustered runs f with the engine a, and the clients of b.
func clustered(t *testing.T, f func(e *engine, n *nodes, b *roomtest.World)) {
	t.Helper()
	n := &nodes{handlers: map[string]http.Handler{}}
	node := func() api.Node { return api.Node{ID: "a", State: "ready"} }
	bubble(t, options{api: api.Options{Cluster: n, Node: node}, live: n}, func(e *engine) {
		var sys *actors.System
		target, stop, err := roomtest.InMemory(actors.Options{Linger: 30 * time.Second}, 1, func(s *actors.System) error {
			sys = s
			return nil
		})
		require.NoError(e, err)
		defer func() { require.NoError(e, stop()) }()
		pictures := live.New(picturesOf("b", sys))
		n.handlers["b"] = api.New(api.Options{
			System: sys, Node: func() api.Node { return api.Node{ID: "b", State: "ready"} },
			Snapshot: func() any { return pictures.Snapshot() },
		}).Here()
		f(e, n, &roomtest.World{TB: e.World.TB, Target: target})
	})
}

func TestAnyNodeAnswersForTheCluster(t *testing.T) {
	clustered(t, func(e *engine, n *nodes, b *roomtest.World) {
		var want []string
		here, there := e.Peer(), b.Peer()
		for i := range 12 {
			here.Join(fmt.Sprintf("a/%02d", i))
			there.Join(fmt.Sprintf("b/%02d", i))
		}
		for _, node := range []string{"a", "b"} {
			for i := range 12 {
				want = append(want, fmt.Sprintf("%s/%02d", node, i))
			}
		}
		for _, path := range []string{"rooms", "members"} {
			var got []string
			key := map[string]string{"rooms": "name", "members": "room"}[path]
			for after, pages := "", 0; ; pages++ {
				require.Less(t, pages, 10)
				page := e.ask("GET", "/api/v1/"+path+"?limit=5&after="+after, "").ok(200)
				require.Equal(t, []any{"gone"}, page["unreachable"])
				got = append(got, names(list(page, path), key)...)
				next, more := page["next"]
				if !more {
					break
				}
				after = next.(string)
			}
			require.Equal(t, want, got, path)
		}
		require.Equal(t, []string{"a", "b"}, names(list(e.ask("GET", "/api/v1/nodes", "").ok(200), "nodes"), "id"))
	})
}

func TestARoomIsAskedWhereItLives(t *testing.T) {
	clustered(t, func(e *engine, n *nodes, b *roomtest.World) {
		p := b.Peer()
		p.Join("b/tea")
		require.EqualValues(t, 1, e.ask("GET", "/api/v1/rooms/b%2Ftea", "", "Authorization", "Bearer secret").ok(200)["state"].(object)["members"])
		require.Empty(t, n.seen[len(n.seen)-1].Get("Authorization"), "the token stays with the node that was asked")
		e.ask("POST", "/api/v1/rooms/b%2Ftea/events", `{"event":"x","data":1}`, "Idempotency-Key", "k").ok(201)
		again := e.ask("POST", "/api/v1/rooms/b%2Ftea/events", `{"event":"x","data":1}`, "Idempotency-Key", "k")
		require.Equal(t, "true", again.header.Get("Idempotency-Replayed"))
		require.Equal(t, "x", p.Expect("event")["event"])

		require.Equal(t, "no_such_room", e.ask("GET", "/api/v1/rooms/b%2Fnone", "").ok(404)["code"])
		require.Equal(t, "node_lost", e.ask("GET", "/api/v1/rooms/gone", "").ok(503)["code"])
		require.Equal(t, "b", e.ask("GET", "/api/v1/node?node=b", "").ok(200)["id"])
		require.Equal(t, "a", e.ask("GET", "/api/v1/node?node=a", "").ok(200)["id"])
		require.Equal(t, "no_such_node", e.ask("GET", "/api/v1/node?node=c", "").ok(404)["code"])
		require.Equal(t, "no_such_node", e.ask("GET", "/api/v1/stats?node=c", "").ok(404)["code"])
		require.Equal(t, "node_lost", e.ask("GET", "/api/v1/node?node=gone", "").ok(503)["code"])
		require.EqualValues(t, 1, e.ask("GET", "/api/v1/stats?node=b", "").ok(200)["rooms"])
		require.Equal(t, "limit", e.ask("GET", "/api/v1/rooms?limit=0", "").ok(400)["field"])
		require.Equal(t, "x", e.ask("GET", "/api/v1/nodes?x=1", "").ok(400)["field"])
	})
}

// A node that has not come through its rooms yet holds the others' back: nobody is listed twice, or missed.
func TestAWalkThroughAllNodesListsEverybodyOnce(t *testing.T) {
	clustered(t, func(e *engine, _ *nodes, b *roomtest.World) {
		for i := range 300 {
			require.NoError(t, e.sys.Visit("", fmt.Sprintf("a/empty %03d", i), func(r *actors.Room) { r.Keep(true) }))
		}
		e.Peer().Join("a/full")
		b.Peer().Join("b/full")
		var got []string
		for after, pages := "", 0; ; pages++ {
			require.Less(t, pages, 5)
			page := e.ask("GET", "/api/v1/members?after="+after, "").ok(200)
			got = append(got, names(list(page, "members"), "room")...)
			next, more := page["next"]
			if !more {
				break
			}
			after = next.(string)
		}
		require.Equal(t, []string{"a/full", "b/full"}, got)
	})
}
