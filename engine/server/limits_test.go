package server_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/server"
)

// getFrom makes a GET as a proxy passes it on for that client.
func getFrom(t *testing.T, s *server.Server, path, client string) *http.Response {
	t.Helper()
	r, err := http.NewRequest("GET", s.URL()+path, nil)
	require.NoError(t, err)
	r.Header.Set("X-Forwarded-For", client)
	res, err := browser.Do(r)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return res
}

func TestAddressesAreToldApartBehindATrustedProxy(t *testing.T) {
	s := start(t, server.Config{Limits: server.Limits{AddressRate: 1, TrustedProxies: []string{"127.0.0.1"}}, YWebRTCAddr: "127.0.0.1:0"})
	status := 0
	for i := 0; i < 100 && status != http.StatusTooManyRequests; i++ {
		res := getFrom(t, s, "healthz", "192.0.2.1")
		status = res.StatusCode
	}
	require.Equal(t, http.StatusTooManyRequests, status)
	require.Equal(t, http.StatusOK, getFrom(t, s, "healthz", "192.0.2.2").StatusCode)

	s = start(t, server.Config{Limits: server.Limits{AddressRate: 1}})
	for range 20 {
		require.Equal(t, http.StatusOK, getFrom(t, s, "healthz", "192.0.2.1").StatusCode, "nobody that is believed")
	}
}

func TestPortsShareTheirLimits(t *testing.T) {
	s := start(t, server.Config{Limits: server.Limits{MaxConnections: 1}, YWebRTCAddr: "127.0.0.1:0"})
	dial(t, s, "/ws")
	res, err := browser.Get("http://" + s.DialectAddr("y-webrtc").String())
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
	require.NotEmpty(t, res.Header.Get("Retry-After"))
}
