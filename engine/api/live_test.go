package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/roomtest"
	"github.com/parley-signaling/parley/engine/api"
	"github.com/parley-signaling/parley/engine/live"
	"github.com/parley-signaling/parley/gateway"
)

// picturesOf are the parts of a node without sockets.
func picturesOf(node string, sys *actors.System) live.Options {
	return live.Options{
		Node: func() string { return node }, Version: "v1", Started: time.Now(), System: sys,
		Gateways: func() []*gateway.Gateway { return nil }, Allocations: func() int { return 0 },
		State: func() string { return "ready" },
	}
}

// watcher is a ResponseWriter that hands on what is written, each time as a whole answer.
type watcher struct {
	ctx    context.Context
	lines  chan *httptest.ResponseRecorder
	header http.Header
	status int
}

func newWatcher(ctx context.Context) *watcher {
	return &watcher{ctx, make(chan *httptest.ResponseRecorder), http.Header{}, http.StatusOK}
}

func (w *watcher) Header() http.Header    { return w.header }
func (w *watcher) WriteHeader(status int) { w.status = status }
func (w *watcher) Flush()                 {}

func (w *watcher) Write(b []byte) (int, error) {
	one := &httptest.ResponseRecorder{Code: w.status, HeaderMap: w.header.Clone(), Body: bytes.NewBuffer(bytes.Clone(b))}
	select {
	case w.lines <- one:
		return len(b), nil
	case <-w.ctx.Done():
		return 0, w.ctx.Err()
	}
}

// watch looks on for some lines, and holds each against the document. Where the stream ends by
// itself there are fewer.
func (e *engine) watch(target string, n int) (lines []object) {
	e.Helper()
	d, err := described()
	require.NoError(e, err)
	ctx, cancel := context.WithCancel(e.Context())
	defer cancel()
	w := newWatcher(ctx)
	r := httptest.NewRequestWithContext(ctx, "GET", target, nil)
	done := make(chan struct{})
	go func() {
		defer close(done)
		e.api.ServeHTTP(w, r)
	}()
	for len(lines) < n {
		select {
		case line := <-w.lines:
			require.Equal(e, http.StatusOK, line.Code, line.Body)
			require.True(e, bytes.HasSuffix(line.Body.Bytes(), []byte("\n")))
			d.check(e, r, "", line)
			var o object
			require.NoError(e, json.Unmarshal(line.Body.Bytes(), &o))
			lines = append(lines, o)
		case <-done:
			return lines
		}
	}
	cancel()
	<-done
	return lines
}

func TestPicturesOfAnEngineAlone(t *testing.T) {
	node := func() api.Node { return api.Node{ID: "a", State: "ready"} }
	bubble(t, options{api: api.Options{Node: node}, live: alone{}}, func(e *engine) {
		e.Peer().Join("den")
		now := e.ask("GET", "/api/v1/snapshot", "").ok(200)
		require.EqualValues(t, 1, now["rooms"])
		require.Equal(t, "den", list(now, "largest")[0]["name"])
		for i, line := range e.watch("/api/v1/live", 3) {
			require.EqualValues(t, now["at"].(float64)+float64(1000*i), line["at"])
			require.EqualValues(t, 1, line["members"])
		}
		require.Equal(t, "a", e.watch("/api/v1/live?node=a", 1)[0]["node"])
		all := e.watch("/api/v1/live?node=*", 2)[1]
		require.Equal(t, []string{"a"}, names(list(all, "nodes"), "node"))
		require.Empty(t, all["unreachable"])

		e.ask("HEAD", "/api/v1/live", "")
		e.ask("GET", "/api/v1/live?nodes=*", "").problem(400, "bad_request", "nodes")
		e.ask("GET", "/api/v1/snapshot?x=1", "").problem(400, "bad_request", "x")
		require.Equal(t, "a", e.ask("GET", "/api/v1/snapshot?node=a", "").ok(200)["node"], "the only node may be named")
		e.ask("GET", "/api/v1/snapshot?node=b", "").problem(404, "no_such_node", "node")
	})
}

func TestPicturesAreNotMadeByEveryEngine(t *testing.T) {
	bubble(t, options{}, func(e *engine) {
		e.ask("GET", "/api/v1/snapshot", "").problem(501, "not_implemented", "")
		e.ask("GET", "/api/v1/live", "").problem(501, "not_implemented", "")
	})
}

func TestWhoLooksOnIsBounded(t *testing.T) {
	bubble(t, options{live: alone{}}, func(e *engine) {
		ctx, cancel := context.WithCancel(e.Context())
		defer cancel()
		done := make(chan struct{}, live.MaxViewers)
		for range live.MaxViewers {
			w := newWatcher(ctx)
			go func() {
				e.api.ServeHTTP(w, httptest.NewRequestWithContext(ctx, "GET", "/api/v1/live", nil))
				done <- struct{}{}
			}()
			<-w.lines
		}
		refused := e.ask("GET", "/api/v1/live", "").problem(503, "busy", "")
		require.EqualValues(t, live.MaxViewers, refused["limit"])
		cancel()
		for range live.MaxViewers {
			<-done
		}
		require.Len(t, e.watch("/api/v1/live", 1), 1)
	})
}

func TestPicturesOfAllNodes(t *testing.T) {
	clustered(t, func(e *engine, n *nodes, b *roomtest.World) {
		b.Peer().Join("b/tea")
		for _, all := range e.watch("/api/v1/live?node=*", 3) {
			require.Equal(t, []string{"a", "b"}, names(list(all, "nodes"), "node"))
			require.EqualValues(t, 0, list(all, "nodes")[0]["rooms"])
			require.EqualValues(t, 1, list(all, "nodes")[1]["rooms"])
			require.Equal(t, []any{"gone"}, all["unreachable"])
		}
		require.Equal(t, "b", e.watch("/api/v1/live?node=b", 2)[1]["node"])
		require.Equal(t, "a", e.watch("/api/v1/live", 1)[0]["node"])
		require.Equal(t, "b", e.ask("GET", "/api/v1/snapshot?node=b", "").ok(200)["node"])
		require.Equal(t, "node_lost", e.ask("GET", "/api/v1/snapshot?node=gone", "").ok(503)["code"])
		e.ask("GET", "/api/v1/live?node=c", "").problem(404, "no_such_node", "node")
		e.ask("GET", "/api/v1/snapshot?node=c", "").problem(404, "no_such_node", "node")

		slow := n.handlers["b"]
		n.handlers["b"] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			slow.ServeHTTP(w, r)
		})
		start := time.Now()
		all := e.watch("/api/v1/live?node=*", 1)[0]
		require.Equal(t, []any{"b", "gone"}, all["unreachable"], "a node that hangs")
		require.Equal(t, live.AskTime, time.Since(start), "holds the others up for no longer")
	})
}

// A stream about a node that leaves the cluster has an end.
func TestAStreamEndsWithItsNode(t *testing.T) {
	n := &fleeting{}
	bubble(t, options{api: api.Options{Cluster: n, Node: func() api.Node { return api.Node{ID: "a"} }}, live: n}, func(e *engine) {
		require.Len(t, e.watch("/api/v1/live?node=b", 10), 3)
	})
}

// fleeting is a cluster whose node b goes after three snapshots.
type fleeting struct{ told int }

func (f *fleeting) Nodes() (string, []string) {
	if f.told < 3 {
		return "a", []string{"b"}
	}
	return "a", nil
}

func (f *fleeting) Owner(actors.RoomName) string { return "a" }

func (f *fleeting) Transport(string) http.RoundTripper {
	return tripper(func(*http.Request) (*http.Response, error) {
		f.told++
		w := httptest.NewRecorder()
		s := live.Snapshot{Node: "b", State: "ready", Connections: map[string]int{}, Shards: []live.Shard{}, Largest: []live.RoomDot{},
			Handover: live.Handover{Room: []uint64{}, Connection: []uint64{}}}
		_ = json.NewEncoder(w).Encode(s)
		return w.Result(), nil
	})
}
