package admin_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/admin"
)

const token = "a-token-of-operators"

// ask sends a request with alternating header names and values; Host is that of the request.
func ask(h http.Handler, method, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	r.Host = "localhost:9090"
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		} else {
			r.Header.Add(headers[i], headers[i+1])
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func handler(o admin.Options) *admin.Handler {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	h := admin.New(o)
	h.Handle("/api/v1/rooms", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		admin.Reply(w, http.StatusOK, []string{"den"})
	}))
	h.HandleOpen("/dashboard/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "a page")
	}))
	return h
}

func TestOnlyTheTokenOpens(t *testing.T) {
	h := handler(admin.Options{Token: token})
	for authorization, want := range map[string]int{
		"Bearer " + token:        http.StatusOK,
		"bearer  " + token:       http.StatusOK,
		"":                       http.StatusUnauthorized,
		"Bearer":                 http.StatusUnauthorized,
		"Bearer ":                http.StatusUnauthorized,
		"Bearer " + token[1:]:    http.StatusUnauthorized,
		"Bearer " + token + "x":  http.StatusUnauthorized,
		"Basic " + token:         http.StatusUnauthorized,
		token:                    http.StatusUnauthorized,
		"Bearer " + "\x00\xff ü": http.StatusUnauthorized,
	} {
		for _, path := range []string{"/api/v1/rooms", "/debug/pprof/"} {
			w := ask(h, "GET", path, "Authorization", authorization)
			require.Equal(t, want, w.Code, "%q", authorization)
			if want != http.StatusOK {
				require.Contains(t, w.Header().Get("WWW-Authenticate"), "Bearer")
				require.JSONEq(t, `{"error":"unauthorized","message":"this needs the header Authorization: Bearer, with the admin token"}`, w.Body.String())
			}
		}
	}
	require.Equal(t, http.StatusUnauthorized, ask(h, "GET", "/api/v1/rooms?token="+token).Code, "not in an address")
	require.Equal(t, http.StatusUnauthorized, ask(h, "GET", "/nothing/here").Code, "what there is, is nobody else's affair")
	require.Equal(t, http.StatusNotFound, ask(h, "GET", "/nothing/here", "Authorization", "Bearer "+token).Code)
	require.Equal(t, "a page", ask(h, "GET", "/dashboard/").Body.String(), "files are public")
	w := ask(h, "GET", "/api/v1/rooms", "Host", "parley.example", "Origin", "https://elsewhere.example", "Authorization", "Bearer "+token)
	require.Equal(t, http.StatusOK, w.Code, "with a token, names do not matter")
}

func TestWithoutATokenOnlyThisMachineIsServed(t *testing.T) {
	h := handler(admin.Options{})
	for host, want := range map[string]int{
		"localhost": http.StatusOK, "LocalHost:9090": http.StatusOK, "127.0.0.1:9090": http.StatusOK, "127.3.2.1": http.StatusOK,
		"[::1]:9090": http.StatusOK, "[::1]": http.StatusOK,
		"": http.StatusForbidden, "evil.example:9090": http.StatusForbidden, "192.0.2.1:9090": http.StatusForbidden,
		"localhost.evil.example": http.StatusForbidden, "127.0.0.1.evil.example": http.StatusForbidden, "0.0.0.0": http.StatusForbidden,
	} {
		w := ask(h, "GET", "/api/v1/rooms", "Host", host)
		require.Equal(t, want, w.Code, "%q", host)
	}
	require.Equal(t, http.StatusForbidden, ask(h, "GET", "/dashboard/", "Host", "evil.example").Code)
	require.Equal(t, http.StatusForbidden, ask(h, "POST", "/api/v1/rooms", "Origin", "https://evil.example").Code)
	require.Equal(t, http.StatusForbidden, ask(h, "POST", "/api/v1/rooms", "Sec-Fetch-Site", "cross-site").Code)
	require.Equal(t, http.StatusOK, ask(h, "POST", "/api/v1/rooms", "Sec-Fetch-Site", "same-origin").Code)
	require.Equal(t, http.StatusOK, ask(h, "POST", "/api/v1/rooms", "Origin", "http://localhost:9090").Code)
	require.Equal(t, http.StatusOK, ask(h, "POST", "/api/v1/rooms").Code, "curl")
	for _, site := range []string{"cross-site", "same-site"} {
		for _, dest := range []string{"empty", "image", "iframe"} {
			require.Equal(t, http.StatusForbidden, ask(h, "GET", "/debug/pprof/", "Sec-Fetch-Site", site, "Sec-Fetch-Dest", dest).Code, "%s %s", site, dest)
		}
		require.Equal(t, http.StatusOK, ask(h, "GET", "/debug/pprof/", "Sec-Fetch-Site", site, "Sec-Fetch-Dest", "document").Code, "a link")
	}
	for _, site := range []string{"same-origin", "none"} {
		require.Equal(t, http.StatusOK, ask(h, "GET", "/debug/pprof/", "Sec-Fetch-Site", site, "Sec-Fetch-Dest", "empty").Code, site)
	}
}

func TestTheTokenIsNotLogged(t *testing.T) {
	var log bytes.Buffer
	h := handler(admin.Options{Token: token, Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	ask(h, "GET", "/api/v1/rooms", "Authorization", "Bearer "+token)
	ask(h, "GET", "/api/v1/rooms", "Authorization", "Basic "+token)
	ask(h, "GET", "/api/v1/rooms", "Authorization", "Bearer x"+token)
	require.Contains(t, log.String(), "/api/v1/rooms")
	require.NotContains(t, log.String(), token)
}

func TestProfiles(t *testing.T) {
	h := handler(admin.Options{})
	require.Contains(t, ask(h, "GET", "/debug/pprof/").Body.String(), "goroutine")
	require.Contains(t, ask(h, "GET", "/debug/pprof/goroutine?debug=1").Body.String(), "goroutine profile: total")
	require.Equal(t, http.StatusNotFound, ask(h, "GET", "/debug/pprof/cmdline").Code, "it may hold secrets")
	require.Equal(t, http.StatusNotFound, ask(h, "GET", "/debug/pprof/nonsense").Code)
}

func TestCloseEndsWhatIsUnderWay(t *testing.T) {
	h := handler(admin.Options{})
	began := make(chan context.Context)
	h.Handle("/api/v1/live", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began <- r.Context()
		<-r.Context().Done()
	}))
	done := make(chan struct{})
	go func() {
		defer close(done)
		ask(h, "GET", "/api/v1/live")
	}()
	require.NoError(t, (<-began).Err())
	h.Close()
	<-done
	require.Equal(t, http.StatusServiceUnavailable, ask(h, "GET", "/api/v1/live").Code)
}

func TestOwns(t *testing.T) {
	for path, want := range map[string]bool{
		"/metrics": true, "/api/v1/rooms": true, "/dashboard": true, "/dashboard/": true, "/debug/pprof/": true,
		"/": false, "/metricsx": false, "/app/main.js": false, "/apprtc": false, "": false, "/ws": false,
	} {
		require.Equal(t, want, admin.Owns(path), path)
	}
}

func TestIsLoopback(t *testing.T) {
	for _, yes := range []string{"127.0.0.1:9090", "localhost:0", "[::1]:9090", "127.1.2.3:1"} {
		require.True(t, admin.IsLoopback(yes), yes)
	}
	for _, no := range []string{":9090", "0.0.0.0:9090", "[::]:9090", "192.0.2.1:1", "parley.example:1", "127.0.0.1", "", strings.Repeat("1", 300)} {
		require.False(t, admin.IsLoopback(no), no)
	}
}

func TestAnswersAreForNobodyElse(t *testing.T) {
	h := handler(admin.Options{Token: token})
	for _, path := range []string{"/api/v1/rooms", "/debug/pprof/", "/nothing", "/metrics"} {
		for _, authorization := range []string{"Bearer " + token, ""} {
			w := ask(h, "GET", path, "Authorization", authorization).Header()
			require.Contains(t, w.Get("Content-Security-Policy"), "default-src 'none'")
			require.Contains(t, w.Get("Content-Security-Policy"), "frame-ancestors 'none'")
			require.NotContains(t, w.Get("Content-Security-Policy"), "script-src")
			require.Equal(t, "nosniff", w.Get("X-Content-Type-Options"))
			require.Equal(t, "no-referrer", w.Get("Referrer-Policy"))
			require.Equal(t, "no-store", w.Get("Cache-Control"))
			require.Equal(t, "same-origin", w.Get("Cross-Origin-Opener-Policy"))
		}
	}
}
