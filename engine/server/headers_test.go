package server

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBrowsersKeepToTLSWhereThereIsSome(t *testing.T) {
	h := secured(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for _, c := range []struct {
		host string
		tls  bool
		want string
	}{
		{"parley.example", true, lasting}, {"parley.example:8443", true, lasting},
		{"parley.example", false, ""},
		{"localhost:8443", true, ""}, {"LOCALHOST", true, ""}, {"127.0.0.1:8443", true, ""}, {"[::1]:8443", true, ""}, {"[::1]", true, ""}, {"", true, ""},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Host, r.TLS = c.host, nil
		if c.tls {
			r.TLS = new(tls.ConnectionState)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		require.Equal(t, c.want, w.Header().Get("Strict-Transport-Security"), "%q", c.host)
		require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
	}
}
