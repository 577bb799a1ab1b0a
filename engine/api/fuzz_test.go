package api_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/engine/api"
)

// Whatever is asked is answered, and never by a failure of ours.
func FuzzRequests(f *testing.F) {
	sys, err := actors.NewSystem(actors.Options{Logger: slog.New(slog.DiscardHandler)})
	require.NoError(f, err)
	f.Cleanup(func() { require.NoError(f, sys.Close(context.Background())) })
	require.NoError(f, sys.Visit("", "r", func(r *actors.Room) { r.Keep(true) }))
	h := api.New(api.Options{System: sys, Logger: slog.New(slog.DiscardHandler)})
	for _, w := range writes("r", "x") {
		f.Add(w.method, w.path, "", w.body, "")
	}
	f.Add("GET", "/api/v1/rooms", "prefix=a&limit=3&after=eyJyIjoiYSIsInMiOjN9&namespace=*", "", "")
	f.Add("GET", "/api/v1/members", "after=eyJyIjoiciIsInMiOjN9&subject=a", "", "")
	f.Add("GET", "/api/v1/rooms/r", "events=3&payloads=1", "", "")
	f.Add("POST", "/api/v1/rooms/r/events", "", `{"event":"e","to":["a","b"],"data":{"a":[1e5,"\u00e9"]}}`, "k")
	f.Add("POST", "/api/v1/connections/conn%2F1/disconnect", "", `{"code":1001,"retryAfter":5}`, "k")
	f.Add("GET", "/api/v1/rooms/%2F", "namespace=%00", "", "")
	f.Fuzz(func(t *testing.T, method, path, query, body, key string) {
		u, err := url.ParseRequestURI(path)
		if err != nil || strings.HasSuffix(path, "/close") {
			return // net/http has refused it; the room is to stay
		}
		u.RawQuery = query
		r, err := http.NewRequest(method, u.String(), strings.NewReader(body))
		if err != nil {
			return
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", key)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		require.NotEqual(t, http.StatusInternalServerError, w.Code, w.Body)
	})
}
