package server

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/certificate/certificatetest"
)

// patience is for what must come.
const patience = 20 * time.Second

func TestRedirectsLeadToTheSameHost(t *testing.T) {
	for _, c := range []struct{ target, host, port, want string }{
		{"/path?q=a%20b", "signal.example", "", "https://signal.example/path?q=a%20b"},
		{"/", "signal.example:80", "", "https://signal.example/"},
		{"/", "signal.example:8080", "8443", "https://signal.example:8443/"},
		{"/", "[2001:db8::1]", "", "https://[2001:db8::1]/"},
		{"/", "[2001:db8::1]:80", "", "https://[2001:db8::1]/"},
		{"/", "[2001:db8::1]", "8443", "https://[2001:db8::1]:8443/"},
		{"/", "[2001:db8::1]:80", "8443", "https://[2001:db8::1]:8443/"},
		{"//foe.example/", "signal.example", "", "https://signal.example//foe.example/"},
		{"x:.foe.example/", "signal.example", "", ""},
		{"x:@foe.example/", "signal.example", "8443", ""},
		{"*", "signal.example", "", ""},
		{"/", "", "", ""},
	} {
		r := httptest.NewRequest("OPTIONS", c.target, nil)
		r.Host = c.host
		w := httptest.NewRecorder()
		redirect(c.port).ServeHTTP(w, r)
		require.Equal(t, c.want, w.Header().Get("Location"), "%+v", c)
		if c.want == "" {
			require.Equal(t, http.StatusBadRequest, w.Code, "%+v", c)
		}
	}
}

// Redirects count as the connections of the ports do.
func TestRedirectsAreWithinTheLimits(t *testing.T) {
	cert, key := certificatetest.Write(t, t.TempDir(), "signal.example")
	s, err := New(Config{
		Addr: "127.0.0.1:0", Limits: Limits{MaxConnections: 1}, Secure: Secure{TLSCert: cert, TLSKey: key, TLSRedirectAddr: "127.0.0.1:0"},
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Shutdown(context.Background())) })
	require.NoError(t, s.Start())
	first, err := net.Dial("tcp", s.RedirectAddr().String())
	require.NoError(t, err)
	require.Eventually(t, func() bool { return s.quota.Sockets() == 1 }, patience, 1)
	second, err := net.Dial("tcp", s.RedirectAddr().String())
	require.NoError(t, err)
	_, err = second.Read(make([]byte, 1))
	require.Error(t, err, "it is closed")
	require.NoError(t, second.Close())
	require.Equal(t, 1, s.quota.Sockets())
	require.NoError(t, first.Close())
	require.Eventually(t, func() bool { return s.quota.Sockets() == 0 }, patience, 1)
}
