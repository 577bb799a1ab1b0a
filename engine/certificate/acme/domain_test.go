package acme

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDomains(t *testing.T) {
	for name, want := range map[string]string{
		"signal.example": "signal.example", "SIGNAL.Example": "signal.example", "a-b.c1.example": "a-b.c1.example",
		"bücher.example": "xn--bcher-kva.example", "例え.テスト": "xn--r8jz45g.xn--zckzah", "xn--bcher-kva.example": "xn--bcher-kva.example",
		strings.Repeat("a", 63) + ".example": strings.Repeat("a", 63) + ".example",
	} {
		got, err := domain(name)
		require.NoError(t, err, name)
		require.Equal(t, want, got)
	}
	for name, want := range map[string]string{
		"": "must be a host name", "localhost": "with a dot", "example": "with a dot",
		"192.0.2.1": "not an address", "::1": "not an address", "[::1]": "not an address", "1.2.3": "not an address", "192.0.2.256": "not an address",
		"*.example.org": "wildcard", "a.*.example": "wildcard",
		"signal.example:443": "without a port", "https://signal.example": "not a URL", "signal.example/x": "without a port and a path",
		"a_b.example": "letters, digits", "a b.example": "letters, digits", "-a.example": "letters, digits", "a..example": "letters, digits",
		".example.org": "letters, digits", "signal.example.": "letters, digits", "a,b.example": "letters, digits",
		strings.Repeat("a", 64) + ".example": "letters, digits", strings.Repeat("a.", 130) + "example": "letters, digits",
		"a\x00.example": "letters, digits", "../x.example": "without a port and a path", `..\x.example`: "letters, digits",
	} {
		require.ErrorContains(t, CheckDomain(name), want, "%q", name)
	}
}

func TestEmailsAndDirectories(t *testing.T) {
	for _, ok := range []string{"", "ann@signal.example"} {
		require.NoError(t, CheckEmail(ok))
	}
	for _, bad := range []string{"ann", "Ann <ann@signal.example>", "ann@", "a@b.example, c@d.example", "ann@signal.example\r\nx: y"} {
		require.Error(t, CheckEmail(bad), bad)
	}
	for _, ok := range []string{"", LetsEncrypt, "https://ca.internal:9000/acme/acme/directory", "http://127.0.0.1:14000/dir", "http://localhost/d", "http://[::1]:1/d"} {
		require.NoError(t, CheckDirectory(ok), ok)
	}
	for _, bad := range []string{"ca.internal", "http://ca.internal/directory", "https://", "ftp://127.0.0.1/d", "https://user:pw@ca.internal/d", "https://ca.internal/d#x", ":"} {
		require.Error(t, CheckDirectory(bad), bad)
	}
}
