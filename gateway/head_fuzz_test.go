package gateway

import (
	"bufio"
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzUpgrade: what is taken for an upgrade here is one to net/http too, and both read the
// same from it, so that nobody can show two faces with one request.
func FuzzUpgrade(f *testing.F) {
	f.Add([]byte(upgradeHead("/ws?x=%41&y", "Origin: http://a.example", "Sec-WebSocket-Protocol: a, b", "Sec-WebSocket-Protocol:c")))
	f.Add([]byte(upgradeHead("/%2e%2e/a%20b", "Host: b.example")))
	f.Add([]byte(upgradeHead("/ws", " folded: x", "X: \x80")))
	f.Add([]byte(strings.ReplaceAll(upgradeHead("/ws", "upgrade: WebSocket, h2c"), "\r\n", "\n")))
	f.Add([]byte(upgradeHead("/ws", "Transfer-Encoding: chunked", "Content-Length: 5")))
	f.Fuzz(func(t *testing.T, b []byte) {
		b = b[:endOfHead(b, 0)]
		ours := parseHead(b)
		if ours == nil {
			return
		}
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(b)))
		require.NoError(t, err)
		require.True(t, isUpgrade(r))
		theirs := requestOf(r)
		for _, list := range []*[]string{&ours.origins, &ours.keys, &ours.versions, &ours.protocols, &ours.forwarded} {
			if len(*list) == 0 {
				*list = nil
			}
		}
		require.Equal(t, theirs, ours)
	})
}
