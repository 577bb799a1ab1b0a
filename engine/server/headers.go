package server

import (
	"net"
	"net/http"
	"strings"
)

// lasting is how long browsers keep to TLS once they have had it: a year, in seconds.
const lasting = "max-age=31536000"

// secured gives every answer the headers that hold for all of them; a handler may say otherwise.
func secured(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if r.TLS != nil && isName(r.Host) {
			w.Header().Set("Strict-Transport-Security", lasting)
		}
		h.ServeHTTP(w, r)
	})
}

// isName tells whether a Host header is a name that browsers may keep to TLS for: not
// localhost, which is everybody's, nor an address (RFC 6797, section 8.3).
func isName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return host != "" && !strings.EqualFold(host, "localhost") && net.ParseIP(strings.Trim(host, "[]")) == nil
}
