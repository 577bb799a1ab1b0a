package api_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/roomtest"
	"github.com/parley-signaling/parley/engine/api"
	"github.com/parley-signaling/parley/engine/live"
)

type options struct {
	actors  actors.Options
	api     api.Options
	prepare func(*actors.System) error
	live    live.Others // the engine makes pictures, of itself and of these
}

// alone are no others.
type alone struct{}

func (alone) Nodes() (string, []string)          { return "a", nil }
func (alone) Transport(string) http.RoundTripper { return nil }

// engine is a system with clients and the API, in a bubble of its own time.
type engine struct {
	*roomtest.World
	sys *actors.System
	api http.Handler
}

// bubble runs f with an engine.
func bubble(t *testing.T, o options, f func(e *engine)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		e := &engine{}
		if o.actors.Linger == 0 {
			o.actors.Linger = 30 * time.Second
		}
		target, stop, err := roomtest.InMemory(o.actors, 1, func(s *actors.System) error {
			e.sys = s
			if o.prepare != nil {
				return o.prepare(s)
			}
			return nil
		})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, stop()) })
		e.World = &roomtest.World{TB: t, Target: target}
		o.api.System = e.sys
		o.api.Logger = slog.New(slog.DiscardHandler)
		if o.live != nil {
			pictures := picturesOf("a", e.sys)
			pictures.Others = o.live
			h := live.New(pictures)
			o.api.Live, o.api.Snapshot = h, func() any { return h.Snapshot() }
		}
		e.api = api.New(o.api)
		f(e)
	})
}

// reply is an answer of the API.
type reply struct {
	status int
	header http.Header
	text   string
	e      *engine
}

type object = map[string]any

// ask sends a request, and holds it and its answer against the document.
func (e *engine) ask(method, target, body string, headers ...string) reply {
	e.Helper()
	r, w := e.bare(method, target, body, headers...)
	d, err := described()
	require.NoError(e, err)
	d.check(e, r, body, w)
	return reply{w.Code, w.Header(), w.Body.String(), e}
}

// bare sends a request; headers are names and values in turn.
func (e *engine) bare(method, target, body string, headers ...string) (*http.Request, *httptest.ResponseRecorder) {
	var r *http.Request
	if body == "" {
		r = httptest.NewRequest(method, target, nil)
	} else {
		r = httptest.NewRequest(method, target, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	e.api.ServeHTTP(w, r)
	return r, w
}

func readCloser(s string) io.ReadCloser { return io.NopCloser(strings.NewReader(s)) }

// ok expects that status and decodes the body.
func (r reply) ok(status int) object {
	r.e.Helper()
	require.Equal(r.e, status, r.status, r.text)
	var o object
	require.NoError(r.e, json.Unmarshal([]byte(r.text), &o))
	return o
}

// problem expects a refusal of that status and code, about a field.
func (r reply) problem(status int, code, field string) object {
	r.e.Helper()
	o := r.ok(status)
	require.Equal(r.e, "application/problem+json", r.header.Get("Content-Type"))
	require.Equal(r.e, code, o["code"], r.text)
	if field == "" {
		require.NotContains(r.e, o, "field")
	} else {
		require.Equal(r.e, field, o["field"], r.text)
	}
	return o
}

// list is a field that is a list of objects.
func list(o object, field string) []object {
	var all []object
	for _, v := range o[field].([]any) {
		all = append(all, v.(object))
	}
	return all
}

// names are that field of each.
func names(all []object, field string) []string {
	list := []string{}
	for _, o := range all {
		list = append(list, o[field].(string))
	}
	return list
}
