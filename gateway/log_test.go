package gateway

import (
	"bytes"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
)

// What net/http complains of is for debugging, but for panics, and tells addresses where that is wished.
func TestHTTPLog(t *testing.T) {
	for line, want := range map[string]string{
		"http: TLS handshake error from 192.0.2.7:4711: EOF\n":           `level=DEBUG msg="http: TLS handshake error from (address): EOF"`,
		"http: panic serving [2001:db8::7]:4711: oh\ngoroutine 7":        `level=ERROR msg="http: panic serving (address): oh\ngoroutine 7"`,
		"http: panic serving [fe80::1%eth0]:4711: oh":                    `level=ERROR msg="http: panic serving (address): oh"`,
		"http: Accept error: accept: too many open files; retrying in 5": `level=DEBUG msg="http: Accept error: accept: too many open files; retrying in 5"`,
	} {
		for _, wished := range []bool{false, true} {
			var out bytes.Buffer
			log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
			n, err := (&httpLog{log, wished}).Write([]byte(line))
			require.NoError(t, err)
			require.Equal(t, len(line), n)
			if wished {
				require.NotContains(t, out.String(), "(address)")
			} else {
				require.Contains(t, out.String(), want)
			}
		}
	}
}
