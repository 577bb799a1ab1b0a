package admin

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// MinToken is how many bytes a token has at least.
const MinToken = 16

// gate lets operators in.
type gate struct {
	closed bool // a token is needed
	hash   [sha256.Size]byte
	pages  *http.CrossOriginProtection
}

// newGate keeps of the token what is needed to know it again.
func newGate(token string) gate {
	return gate{closed: token != "", hash: sha256.Sum256([]byte(token)), pages: http.NewCrossOriginProtection()}
}

// opens reports whether a request bears the token (RFC 6750, section 2.1). It takes the same
// time for every wrong one, however long.
func (g *gate) opens(r *http.Request) bool {
	if !g.closed {
		return true
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	hash := sha256.Sum256([]byte(strings.TrimSpace(token)))
	return subtle.ConstantTimeCompare(hash[:], g.hash[:]) == 1 && strings.EqualFold(scheme, "Bearer")
}

// foreign says why a request is another page's doing, "" where it is not. A token makes that
// plain; where there is none, the names that the request bears must be this machine's.
func (g *gate) foreign(r *http.Request) string {
	if g.closed {
		return ""
	}
	if !isLoopback(r.Host) {
		return "without an admin token only localhost is served, by that name"
	}
	if err := g.pages.Check(r); err != nil || embedded(r) {
		return "without an admin token other pages' requests are refused"
	}
	return ""
}

// embedded tells whether another page has made a browser fetch this, also by GET: it cannot read the answer,
// but have profiles taken, and keep every place to look on taken. A link that is followed is no such thing.
func embedded(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return (site == "cross-site" || site == "same-site") && r.Header.Get("Sec-Fetch-Dest") != "document"
}

// isLoopback tells of a Host header, or of an address to listen on, whether it is this
// machine's alone: localhost, or an address of 127.0.0.0/8 or ::1, with a port or without.
func isLoopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// IsLoopback reports whether what listens on an address ("host:port") is reached from this
// machine alone.
func IsLoopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	return err == nil && host != "" && isLoopback(host)
}
