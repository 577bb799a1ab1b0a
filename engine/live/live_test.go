package live

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/gateway"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// house is a handler, in a bubble, that counts the snapshots made.
type house struct {
	t *testing.T
	*Handler
	made atomic.Int64
}

func build(t *testing.T) *house {
	t.Helper()
	sys, err := actors.NewSystem(actors.Options{})
	require.NoError(t, err)
	h := &house{t: t}
	h.Handler = New(Options{
		Node: func() string { return "a" }, Version: "v1", Started: time.Now(), System: sys, Gateways: func() []*gateway.Gateway { return nil },
		Allocations: func() int { return 3 },
		State:       func() string { h.made.Add(1); return "ready" },
	})
	return h
}

// viewer looks on until leave.
type viewer struct {
	t     *testing.T
	lines *bufio.Reader
	leave func()
}

// stream is a ResponseWriter whose body is read elsewhere.
type stream struct {
	*httptest.ResponseRecorder
	io.Writer
}

func (s stream) Write(b []byte) (int, error) { return s.Writer.Write(b) }

func (h *house) viewer() *viewer {
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.ServeHTTP(stream{httptest.NewRecorder(), w}, httptest.NewRequest("GET", "/", nil).WithContext(ctx))
	}()
	return &viewer{h.t, bufio.NewReader(r), func() {
		cancel()
		_ = r.Close()
		<-done
	}}
}

func (v *viewer) next() (s Snapshot) {
	v.t.Helper()
	line, err := v.lines.ReadBytes('\n')
	require.NoError(v.t, err)
	require.NoError(v.t, json.Unmarshal(line, &s))
	return s
}

func TestASnapshotASecondForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := build(t)
		a := h.viewer()
		first := a.next()
		require.Equal(t, "v1", first.Version)
		require.Equal(t, "ready", first.State)
		require.Equal(t, 3, first.Allocations)
		require.Len(t, first.Handover.Room, actors.DurationBuckets+1)
		b := h.viewer()
		for range 10 {
			s := a.next()
			require.EqualValues(t, 1000, s.At-first.At)
			require.Equal(t, s, b.next())
			first = s
		}
		require.EqualValues(t, 11, h.made.Load(), "once for both")
		b.leave()
		a.next()
		a.leave()
	})
}

func TestNothingIsMadeWhileNobodyLooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := build(t)
		for range 3 {
			before := h.made.Load()
			a := h.viewer()
			a.next()
			require.Equal(t, before+1, h.made.Load())
			a.leave()
			time.Sleep(time.Hour)
			require.Equal(t, before+1, h.made.Load())
		}
	})
}

func TestWhoComesBackAtOnceIsServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := build(t)
		for range 5 {
			a := h.viewer()
			a.next()
			a.leave()
		}
		require.LessOrEqual(t, h.made.Load(), int64(10))
	})
}

func TestWhoDoesNotReadHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := build(t)
		deaf, a := h.viewer(), h.viewer()
		start := a.next()
		for range 100 {
			a.next()
		}
		require.EqualValues(t, 101_000, a.next().At-start.At)
		deaf.leave()
		a.leave()
	})
}

func TestViewersAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := build(t)
		var all []*viewer
		for range MaxViewers {
			all = append(all, h.viewer())
		}
		for _, v := range all {
			v.next()
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		require.Equal(t, http.StatusServiceUnavailable, w.Code)
		for _, v := range all {
			v.leave()
		}
	})
}

func BenchmarkSnapshot(b *testing.B) {
	sys, err := actors.NewSystem(actors.Options{})
	require.NoError(b, err)
	o := Options{Node: func() string { return "" }, System: sys, Gateways: func() []*gateway.Gateway { return nil }, Allocations: func() int { return 0 }, State: func() string { return "" }}
	b.ReportAllocs()
	for b.Loop() {
		o.Snapshot()
	}
}
