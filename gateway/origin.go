package gateway

import (
	"fmt"
	"net"
	"net/url"
	"strings"
)

// origins decides which web pages may connect: Options.Origins.
type origins struct {
	any      bool
	patterns []originPattern
}

// originPattern is one entry of Options.Origins. Empty parts match everything.
type originPattern struct {
	scheme, host, port string
	subdomains         bool // host begins with a dot, and what ends in it matches
}

func newOrigins(list []string) (*origins, error) {
	o := new(origins)
	for _, s := range list {
		if s == "*" {
			o.any = true
			continue
		}
		p, err := parsePattern(s)
		if err != nil {
			return nil, fmt.Errorf("gateway: origin %q: %w", s, err)
		}
		o.patterns = append(o.patterns, p)
	}
	return o, nil
}

func parsePattern(s string) (p originPattern, err error) {
	full := strings.Contains(s, "://")
	if !full {
		s = "//" + s
	}
	u, err := url.Parse(s)
	if err != nil {
		return p, fmt.Errorf("not a host or an origin")
	}
	p = originPattern{scheme: u.Scheme, host: strings.ToLower(u.Hostname()), port: u.Port()}
	if full && p.port == "" {
		p.port = defaultPort(p.scheme)
	}
	if rest, ok := strings.CutPrefix(p.host, "*."); ok {
		p.host, p.subdomains = "."+rest, true
	}
	if p.host == "" || p.host == "." || strings.Contains(p.host, "*") ||
		u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return p, fmt.Errorf(`want a host ("a.example", "*.a.example"), an origin ("https://a.example") or "*"`)
	}
	return p, nil
}

// allow decides on a request's Origin headers. None: the request does not come from a page.
// The page's own host and port are always allowed; the scheme is not compared there, for a
// proxy in front may speak another one.
func (o *origins) allow(headers []string, host string) bool {
	if o.any || len(headers) == 0 {
		return true
	}
	u, err := url.Parse(headers[0])
	if len(headers) > 1 || err != nil || u.Scheme == "" || u.Host == "" {
		return false // "null" too: a page without an origin of its own
	}
	name, port := strings.ToLower(u.Hostname()), u.Port()
	if port == "" {
		port = defaultPort(u.Scheme)
	}
	if sameHost(host, name, port, u.Scheme) {
		return true
	}
	for _, p := range o.patterns {
		if p.match(u.Scheme, name, port) {
			return true
		}
	}
	return false
}

func (p *originPattern) match(scheme, host, port string) bool {
	switch {
	case p.scheme != "" && p.scheme != scheme, p.port != "" && p.port != port:
		return false
	case p.subdomains:
		return len(host) > len(p.host) && strings.HasSuffix(host, p.host)
	}
	return host == p.host
}

// sameHost compares a Host header with an origin.
func sameHost(header, name, port, scheme string) bool {
	host, p, err := net.SplitHostPort(header)
	if err != nil { // no port
		host, p = strings.Trim(header, "[]"), defaultPort(scheme)
	}
	return strings.EqualFold(host, name) && p == port
}

func defaultPort(scheme string) string {
	switch scheme {
	case "http", "ws":
		return "80"
	case "https", "wss":
		return "443"
	}
	return ""
}
