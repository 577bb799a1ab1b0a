package gateway

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOrigins(t *testing.T) {
	for _, c := range []struct {
		allowed []string
		origin  string // "-": no such header
		host    string
		ok      bool
	}{
		{nil, "-", "a.example", true},
		{nil, "http://a.example", "a.example", true},
		{nil, "https://a.example", "a.example", true}, // TLS ends before us
		{nil, "http://a.example", "a.example:80", true},
		{nil, "https://a.example", "a.example:443", true},
		{nil, "https://a.example", "a.example:80", false},
		{nil, "http://a.example:8080", "a.example:8080", true},
		{nil, "http://A.Example:8080", "a.exAMPLE:8080", true},
		{nil, "http://a.example:8080", "a.example", false},
		{nil, "http://a.example", "a.example:8080", false},
		{nil, "http://b.example", "a.example", false},
		{nil, "http://a.example.evil.example", "a.example", false},
		{nil, "http://evil.example/a.example", "a.example", false},
		{nil, "http://[::1]:8080", "[::1]:8080", true},
		{nil, "http://[::1]", "[::1]", true},
		{nil, "null", "a.example", false},
		{nil, "", "a.example", false},
		{nil, "", "", false},
		{nil, "a.example", "a.example", false},
		{nil, "http://", "", false},
		{nil, "://", "a.example", false},
		{[]string{"*"}, "null", "a.example", true},
		{[]string{"*"}, "http://evil.example", "a.example", true},
		{[]string{"b.example"}, "http://b.example", "a.example", true},
		{[]string{"b.example"}, "https://B.EXAMPLE:444", "a.example", true},
		{[]string{"b.example"}, "http://c.b.example", "a.example", false},
		{[]string{"b.example"}, "http://notb.example", "a.example", false},
		{[]string{"b.example"}, "http://a.example", "a.example", true}, // one's own, always
		{[]string{"b.example:8080"}, "http://b.example:8080", "a.example", true},
		{[]string{"b.example:8080"}, "http://b.example", "a.example", false},
		{[]string{"*.b.example"}, "https://c.b.example", "a.example", true},
		{[]string{"*.b.example"}, "https://d.c.b.example", "a.example", true},
		{[]string{"*.b.example"}, "https://b.example", "a.example", false},
		{[]string{"*.b.example"}, "https://.b.example", "a.example", false},
		{[]string{"https://b.example"}, "https://b.example", "a.example", true},
		{[]string{"https://b.example"}, "https://b.example:443", "a.example", true},
		{[]string{"https://b.example"}, "http://b.example", "a.example", false},
		{[]string{"https://b.example"}, "https://b.example:444", "a.example", false},
		{[]string{"https://b.example:8443/"}, "https://b.example:8443", "a.example", true},
		{[]string{"https://*.b.example"}, "https://c.b.example", "a.example", true},
		{[]string{"x.example", "[::1]:8080"}, "http://[::1]:8080", "a.example", true},
	} {
		o, err := newOrigins(c.allowed)
		require.NoError(t, err, c)
		var headers []string
		if c.origin != "-" {
			headers = []string{c.origin}
		}
		require.Equal(t, c.ok, o.allow(headers, c.host), "%+v", c)
	}
}

func TestOriginsRefused(t *testing.T) {
	for _, s := range []string{"", "https://", "*.", "a*b.example", "https://a.example/path", "a.example/x", "a.example?q", "user@a.example", "a b", "*.*.example", "a.example:port"} {
		_, err := newOrigins([]string{s})
		require.ErrorContains(t, err, `origin "`+s+`"`)
	}
}
