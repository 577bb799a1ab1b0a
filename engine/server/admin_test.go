package server_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/engine/api"
	"github.com/parley-signaling/parley/engine/certificate/certificatetest"
	"github.com/parley-signaling/parley/engine/live"
	"github.com/parley-signaling/parley/engine/server"
)

const adminToken = "open, operators' sesame"

// operator asks for a path of what operators see, at an address, with a token if it is not "".
func operator(t *testing.T, at net.Addr, token, path string) (int, string) {
	t.Helper()
	r, err := http.NewRequest("GET", "http://"+at.String()+path, nil)
	require.NoError(t, err)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := browser.Do(r)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(body)
}

func TestOperatorsSeeNothingByDefault(t *testing.T) {
	s := start(t, server.Config{})
	require.Nil(t, s.AdminAddr())
	for _, path := range []string{"/metrics", "/debug/pprof/", "/api/v1/rooms", "/dashboard"} {
		res, _ := get(t, s, path)
		require.Equal(t, http.StatusNotFound, res.StatusCode, path)
	}
}

func TestOperatorsListener(t *testing.T) {
	s := start(t, server.Config{AdminAddr: "127.0.0.1:0"})
	status, body := operator(t, s.AdminAddr(), "", "/metrics")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, body, "go_goroutines")
	status, _ = operator(t, s.AdminAddr(), "", "/debug/pprof/heap")
	require.Equal(t, http.StatusOK, status)
	status, _ = operator(t, s.Addr(), "", "/metrics")
	require.Equal(t, http.StatusNotFound, status, "not on the engine's own port")

	require.NoError(t, s.Shutdown(context.Background()))
	_, err := net.Dial("tcp", s.AdminAddr().String())
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
}

func TestOperatorsOnTheEnginesPort(t *testing.T) {
	s := start(t, server.Config{AdminToken: adminToken})
	for token, want := range map[string]int{adminToken: http.StatusOK, "": http.StatusUnauthorized, adminToken[1:]: http.StatusUnauthorized} {
		status, _ := operator(t, s.Addr(), token, "/metrics")
		require.Equal(t, want, status)
	}
	res, body := get(t, s, "/healthz")
	require.Equal(t, http.StatusOK, res.StatusCode, body)
}

func TestOperatorsListenerWithAToken(t *testing.T) {
	log := new(buffer)
	s := start(t, server.Config{
		AdminAddr: ":0", AdminToken: adminToken,
		Logger: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	at := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: s.AdminAddr().(*net.TCPAddr).Port}
	status, _ := operator(t, at, "", "/metrics")
	require.Equal(t, http.StatusUnauthorized, status)
	status, _ = operator(t, at, adminToken, "/metrics")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, log.String(), "in the clear")
	require.NotContains(t, log.String(), adminToken)
}

func TestAnOperatorWhoLooksOnDoesNotHoldUpTheDrain(t *testing.T) {
	s := start(t, server.Config{AdminToken: adminToken})
	r, err := http.NewRequest("GET", s.URL()+"debug/pprof/trace?seconds=3600", nil)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+adminToken)
	res, err := browser.Do(r) // returns with the trace's first bytes
	require.NoError(t, err)
	require.NoError(t, s.Shutdown(context.Background()))
	_, _ = io.Copy(io.Discard, res.Body)
	require.NoError(t, res.Body.Close())
}

func TestTakenOperatorsPortIsAnError(t *testing.T) {
	s := start(t, server.Config{AdminAddr: "127.0.0.1:0"})
	second, err := server.New(server.Config{Addr: "127.0.0.1:0", AdminAddr: s.AdminAddr().String()})
	require.NoError(t, err)
	err = second.Start()
	require.ErrorIs(t, err, syscall.EADDRINUSE)
	require.ErrorContains(t, err, s.AdminAddr().String())
	require.Nil(t, second.Addr(), "nothing is left open")
	require.NoError(t, second.Shutdown(context.Background()))
}

func TestOperatorsSettingsAreChecked(t *testing.T) {
	for _, right := range []server.Config{
		{AdminAddr: "localhost:9090"}, {AdminAddr: "[::1]:0"}, {AdminAddr: ":9090", AdminToken: adminToken}, {AdminToken: adminToken},
	} {
		require.NoError(t, right.Validate())
	}
	for want, wrong := range map[string]server.Config{
		"AdminAddr: without AdminToken it must be an address of this machine": {AdminAddr: ":9090"},
		`AdminAddr: must be "host:port"`:                                      {AdminAddr: "9090", AdminToken: adminToken},
		"AdminToken: must have at least 16 bytes, not (5 bytes)":              {AdminToken: "hush!"},
	} {
		err := wrong.Validate()
		require.ErrorContains(t, err, want)
		require.False(t, strings.Contains(err.Error(), "hush"))
	}
	require.ErrorContains(t, server.Config{PeerJSPath: "/api/peers"}.Validate(), "PeerJSPath: must not be")
}

// asDescribed holds JSON against a schema of the API's description.
func asDescribed(t *testing.T, schema string, text []byte) error {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(api.Description)
	require.NoError(t, err)
	var v any
	require.NoError(t, json.Unmarshal(text, &v))
	return doc.Components.Schemas[schema].Value.VisitJSON(v)
}

func TestLiveStream(t *testing.T) {
	s := start(t, server.Config{AdminToken: adminToken, Shards: 2, Version: "v9"})
	a, b := connect(t, s, wire.JSON), connect(t, s, wire.JSON)
	a.join("den", 1)
	b.join("den", 1)
	res, err := browser.Get(s.URL() + "api/v1/live")
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusUnauthorized, res.StatusCode)

	r, err := http.NewRequest("GET", s.URL()+"api/v1/live", nil)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+adminToken)
	res, err = browser.Do(r)
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, "application/x-ndjson", res.Header.Get("Content-Type"))
	require.Equal(t, "no-store", res.Header.Get("Cache-Control"))
	lines := bufio.NewReader(res.Body)
	var shown live.Snapshot
	for range 2 {
		line, err := lines.ReadBytes('\n')
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(line, &shown))
		require.NoError(t, asDescribed(t, "Snapshot", line))
	}
	require.ErrorContains(t, asDescribed(t, "Snapshot", []byte(`{"at":1}`)), "node")
	status, picture := operator(t, s.Addr(), adminToken, "/api/v1/snapshot")
	require.Equal(t, http.StatusOK, status)
	require.NoError(t, asDescribed(t, "Snapshot", []byte(picture)))
	require.Equal(t, "v9", shown.Version)
	require.Equal(t, 2, shown.Connections[""])
	require.Equal(t, 1, shown.Rooms)
	require.Len(t, shown.Shards, 2)
	require.Equal(t, 2, shown.Shards[0].Connections+shown.Shards[1].Connections)
	require.Len(t, shown.Largest, 1)
	require.Equal(t, "den", shown.Largest[0].Name)
	require.Equal(t, 2, shown.Largest[0].Members)
	require.EqualValues(t, 2, shown.Largest[0].Seq)
	require.Contains(t, []int{0, 1}, shown.Largest[0].Shard)
	require.EqualValues(t, 2, shown.Totals.Joined)
	require.NotZero(t, shown.Process.Memory)

	_, _ = a.conn.Close(), b.conn.Close()
	require.NoError(t, s.Shutdown(context.Background()), "who looks on does not hold it up")
	_, err = io.Copy(io.Discard, lines)
	require.NoError(t, err, "the stream has an end")
}

func TestDashboardIsServedToOperatorsAlone(t *testing.T) {
	s := start(t, server.Config{AdminAddr: "127.0.0.1:0", AdminToken: adminToken})
	for _, path := range []string{"/dashboard", "/dashboard/", "/dashboard/main.js"} {
		status, body := operator(t, s.AdminAddr(), "", path)
		require.Equal(t, http.StatusOK, status, path)
		require.NotContains(t, body, adminToken)
		res, _ := get(t, s, path)
		require.Equal(t, http.StatusNotFound, res.StatusCode, "not on the port of the public")
	}
}

// The operators' listener over TLS, with and without certificates of theirs.
func TestOperatorsListenerOverTLS(t *testing.T) {
	dir, theirs := t.TempDir(), t.TempDir()
	cert, key := certificatetest.Write(t, dir, "signal.example")
	clientCert, clientKey := certificatetest.Write(t, theirs, "ann")
	pair, err := tls.LoadX509KeyPair(clientCert, clientKey)
	require.NoError(t, err)
	stranger, err := tls.LoadX509KeyPair(cert, key)
	require.NoError(t, err)
	ask := func(s *server.Server, config *tls.Config, token, path string) (int, string, error) {
		r, err := http.NewRequest("GET", "https://"+s.AdminAddr().String()+path, nil)
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer "+token)
		res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: config}, Timeout: patience}).Do(r)
		if err != nil {
			return 0, "", err
		}
		defer res.Body.Close()
		line, err := bufio.NewReader(res.Body).ReadString('\n')
		return res.StatusCode, line, err
	}
	for _, ca := range []string{"", clientCert} {
		log, clock := new(buffer), new(clock)
		s := start(t, server.Config{
			AdminAddr: ":0", AdminToken: adminToken, Now: clock.now, Logger: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
			AdminTLS: server.AdminTLS{AdminTLSCert: cert, AdminTLSKey: key, AdminTLSClientCA: ca},
		})
		require.NotContains(t, log.String(), "in the clear")
		config := trusting(t, cert)
		config.Certificates = []tls.Certificate{pair}
		for _, path := range []string{"/metrics", "/dashboard/", "/api/v1/live"} {
			status, line, err := ask(s, config, adminToken, path)
			require.NoError(t, err)
			require.Equal(t, http.StatusOK, status)
			require.NotEmpty(t, line)
		}
		status, _, err := ask(s, config, "wrong", "/metrics")
		require.NoError(t, err)
		require.Equal(t, http.StatusUnauthorized, status, "a certificate is no token")
		status, _ = operator(t, s.AdminAddr(), adminToken, "/metrics")
		require.Equal(t, http.StatusBadRequest, status, "not without TLS")
		for _, other := range [][]tls.Certificate{nil, {stranger}} {
			config := trusting(t, cert)
			config.Certificates = other
			_, _, err := ask(s, config, adminToken, "/metrics")
			if ca == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, "certificate")
			}
		}
		if ca != "" {
			require.Contains(t, log.String(), "TLS handshake error from (address)")
		}
		certificatetest.Write(t, dir, "signal.example")
		later := time.Now().Add(time.Hour)
		require.NoError(t, os.Chtimes(cert, later, later))
		clock.advance(time.Minute)
		_, _, err = ask(s, config, adminToken, "/metrics")
		require.ErrorContains(t, err, "certificate", "it has been read again")
		require.Contains(t, log.String(), "the certificate of the operators' listener was read again")
		cert, key = certificatetest.Write(t, dir, "signal.example")
	}

	_, err = server.New(server.Config{AdminAddr: "127.0.0.1:0", AdminTLS: server.AdminTLS{AdminTLSCert: cert, AdminTLSKey: key, AdminTLSClientCA: key}})
	require.ErrorContains(t, err, "server: AdminTLSClientCA: there is no certificate in")
	err = server.Config{AdminToken: adminToken, AdminTLS: server.AdminTLS{AdminTLSCert: cert, AdminTLSKey: key}}.Validate()
	require.ErrorContains(t, err, "AdminTLSCert: needs AdminAddr beside it")
}
