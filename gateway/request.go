package gateway

import (
	"net/http"
	"strings"
)

// request is what an upgrade needs to know of an HTTP request, however that was read.
type request struct {
	path, query string   // the path unescaped, the query raw
	host        string   // the Host header
	origins     []string // Origin headers
	keys        []string // Sec-WebSocket-Key headers
	versions    []string // Sec-WebSocket-Version headers
	protocols   []string // Sec-WebSocket-Protocol headers
	forwarded   []string // X-Forwarded-For headers
	body        bool     // there is one
}

// isUpgrade tells whether r asks for a WebSocket (RFC 6455, 4.2.1).
func isUpgrade(r *http.Request) bool {
	return r.Method == http.MethodGet && r.ProtoMajor == 1 && r.ProtoMinor >= 1 &&
		hasToken(r.Header["Upgrade"], "websocket") && hasToken(r.Header["Connection"], "upgrade")
}

func requestOf(r *http.Request) *request {
	return &request{
		path: r.URL.Path, query: r.URL.RawQuery, host: r.Host,
		origins:   r.Header["Origin"],
		keys:      r.Header["Sec-Websocket-Key"],
		versions:  r.Header["Sec-Websocket-Version"],
		protocols: r.Header["Sec-Websocket-Protocol"],
		forwarded: r.Header["X-Forwarded-For"],
		body:      r.ContentLength != 0,
	}
}

// hasToken looks for token, in any case, in comma-separated lists.
func hasToken(lists []string, token string) bool {
	for _, list := range lists {
		for t := range strings.SplitSeq(list, ",") {
			if strings.EqualFold(strings.Trim(t, " \t"), token) {
				return true
			}
		}
	}
	return false
}

// tokens splits comma-separated lists; false where an element is no token (RFC 9110, 5.6.2).
func tokens(lists []string) ([]string, bool) {
	var all []string
	for _, list := range lists {
		for t := range strings.SplitSeq(list, ",") {
			t = strings.Trim(t, " \t")
			if t == "" {
				continue
			}
			if !isToken(t) {
				return nil, false
			}
			all = append(all, t)
		}
	}
	return all, true
}

func isToken(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`()<>@,;:\"/[]?={}`, c) >= 0 {
			return false
		}
	}
	return s != ""
}
