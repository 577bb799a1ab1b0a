package gateway

import (
	"fmt"
	"net/http"
	"strings"
)

// refusal is an HTTP answer to a request that is not carried out.
type refusal struct {
	status int
	cause  Refusal
	text   string // for people
	header string // one more header, "Name: value"
}

var (
	refusedOrigin   = &refusal{http.StatusForbidden, RefusedOrigin, "this origin may not connect", ""}
	refusedPath     = &refusal{http.StatusNotFound, RefusedPath, "no WebSocket endpoint at this path", ""}
	refusedVersion  = &refusal{http.StatusUpgradeRequired, RefusedVersion, "Sec-WebSocket-Version must be 13", "Sec-WebSocket-Version: 13"}
	refusedKey      = &refusal{http.StatusBadRequest, RefusedKey, "Sec-WebSocket-Key must be 16 bytes in base64", ""}
	refusedProtocol = &refusal{http.StatusBadRequest, RefusedProtocol, "Sec-WebSocket-Protocol is malformed", ""}
	refusedBody     = &refusal{http.StatusBadRequest, RefusedBody, "an upgrade has no body", ""}
	refusedDraining = &refusal{http.StatusServiceUnavailable, RefusedDraining, "the server is shutting down", "Retry-After: 1"}
	refusedInternal = &refusal{http.StatusInternalServerError, RefusedInternal, "internal error", ""}
	refusedHeader   = &refusal{http.StatusRequestHeaderFieldsTooLarge, RefusedHeader, "the request's headers are too large", ""}

	refusedOverloaded         = &refusal{http.StatusServiceUnavailable, RefusedOverloaded, "the server is short of memory", "Retry-After: 10"}
	refusedConnections        = &refusal{http.StatusServiceUnavailable, RefusedConnections, "too many connections", "Retry-After: 10"}
	refusedRate               = &refusal{http.StatusServiceUnavailable, RefusedRate, "too many new connections", "Retry-After: 2"}
	refusedAddressConnections = &refusal{http.StatusTooManyRequests, RefusedAddressConnections, "too many connections from this address", "Retry-After: 10"}
	refusedAddressRate        = &refusal{http.StatusTooManyRequests, RefusedAddressRate, "too many connections and requests from this address", "Retry-After: 2"}

	refusedGarbage = &refusal{http.StatusBadRequest, RefusedGarbage, "this is not HTTP", ""}
)

// bytes returns the answer as it goes over the wire. The connection ends with it.
func (r *refusal) bytes() []byte {
	var extra string
	if r.header != "" {
		extra = r.header + "\r\n"
	}
	return fmt.Appendf(nil, "HTTP/1.1 %d %s\r\n%sContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s\n",
		r.status, http.StatusText(r.status), extra, len(r.text)+1, r.text)
}

// write gives the answer within net/http.
func (r *refusal) write(w http.ResponseWriter) {
	if name, value, ok := strings.Cut(r.header, ": "); ok {
		w.Header().Set(name, value)
	}
	http.Error(w, r.text, r.status)
}
