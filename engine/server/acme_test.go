package server_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/certificate/acmetest"
	"github.com/parley-signaling/parley/engine/server"
)

// issued is a Config with certificates of ca.
func issued(ca *acmetest.CA, cache string) server.Config {
	return server.Config{AdminAddr: "127.0.0.1:0", YWebRTCAddr: "127.0.0.1:0", Secure: server.Secure{
		ACMEDomain: []string{"signal.example", "other.signal.example"}, ACMECache: cache, ACMEDirectory: ca.Directory(),
		TLSRedirectAddr: "127.0.0.1:0",
	}}
}

// ping opens a WebSocket over TLS and says ping.
func ping(t *testing.T, at string, config *tls.Config) {
	t.Helper()
	conn, _, _, err := ws.Dialer{TLSConfig: config, Timeout: patience}.Dial(t.Context(), "wss://"+at)
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, wsutil.WriteClientText(conn, []byte(`{"type":"ping"}`)))
	pong, err := wsutil.ReadServerText(conn)
	require.NoError(t, err)
	require.JSONEq(t, `{"type":"pong"}`, string(pong))
}

func TestACME(t *testing.T) {
	ca, cache := acmetest.Start(t), t.TempDir()
	s := start(t, issued(ca, cache))
	_, port, err := net.SplitHostPort(s.Addr().String())
	require.NoError(t, err)
	require.Equal(t, "https://signal.example:"+port+"/", s.URL())
	ca.Reach(s.Addr().String(), s.RedirectAddr().String())
	config := &tls.Config{RootCAs: ca.Pool(), ServerName: "signal.example"}
	for _, at := range []string{s.Addr().String() + "/ws", s.DialectAddr("y-webrtc").String() + "/"} {
		ping(t, at, config)
	}
	ping(t, s.Addr().String()+"/ws", &tls.Config{RootCAs: ca.Pool(), ServerName: "other.signal.example"})
	require.Len(t, ca.Issued(), 2)
	for _, cert := range ca.Issued() {
		eventually(t, s, `parley_tls_certificate_not_after_seconds{name="`+cert.DNSNames[0]+`",use="https"}`, float64(cert.NotAfter.Unix()))
	}

	_, err = tls.Dial("tcp", s.Addr().String(), &tls.Config{RootCAs: ca.Pool(), ServerName: "scanner.example"})
	require.ErrorContains(t, err, "unrecognized name")
	eventually(t, s, `parley_upgrades_refused_total{reason="tls_name"}`, 1)

	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}).Get("http://" + s.RedirectAddr().String() + "/x")
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusPermanentRedirect, res.StatusCode, "it redirects beside challenges")

	require.NoError(t, s.Shutdown(context.Background()))
	ca.Down()
	again := start(t, issued(ca, cache))
	ping(t, again.Addr().String()+"/ws", config)
}

func TestACMEByHTTPAlone(t *testing.T) {
	ca := acmetest.Start(t)
	ca.Offer("http-01")
	s := start(t, issued(ca, t.TempDir()))
	ca.Reach("", s.RedirectAddr().String())
	ping(t, s.Addr().String()+"/ws", &tls.Config{RootCAs: ca.Pool(), ServerName: "signal.example"})
}

// Without its authority the engine runs: plain HTTP on the operators' port, and a clear log.
func TestACMEWithoutItsAuthority(t *testing.T) {
	ca, log := acmetest.Start(t), new(buffer)
	ca.Down()
	cfg := issued(ca, t.TempDir())
	cfg.Logger = slog.New(slog.NewTextHandler(log, nil))
	s := start(t, cfg)
	_, err := tls.Dial("tcp", s.Addr().String(), &tls.Config{RootCAs: x509.NewCertPool(), ServerName: "signal.example"})
	require.ErrorContains(t, err, "internal error")
	eventually(t, s, `parley_upgrades_refused_total{reason="tls_certificate"}`, 1)
	require.Contains(t, log.String(), "no certificate could be had; handshakes for the domain fail")
	require.Contains(t, log.String(), "connection refused")
}

func TestACMEWithACacheThatCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	ca := acmetest.Start(t)
	_, err := server.New(issued(ca, filepath.Join("/proc/self/none", file)))
	require.ErrorContains(t, err, "server: acme: the cache cannot be made")
}

func TestWrongACMEIsNamed(t *testing.T) {
	var many []string
	for range 101 {
		many = append(many, "signal.example")
	}
	for want, secure := range map[string]server.Secure{
		`server: ACMEDomain: must be a host name in full, with a dot`: {ACMEDomain: []string{"signal.example", "localhost"}},
		`wildcard`:                  {ACMEDomain: []string{"*.example.org"}},
		`must be at most 100 names`: {ACMEDomain: many},
		`must not be set where there is a certificate`:   {ACMEDomain: []string{"signal.example"}, TLSCert: "c", TLSKey: "k"},
		`ACMEEmail: must be an e-mail address`:           {ACMEDomain: []string{"signal.example"}, ACMEEmail: "ann"},
		`ACMEDirectory: must be an https URL`:            {ACMEDomain: []string{"signal.example"}, ACMEDirectory: "http://ca.example"},
		`ACMEEmail: needs ACMEDomain beside it`:          {ACMEEmail: "ann@signal.example"},
		`ACMECache: needs ACMEDomain beside it`:          {ACMECache: "/x"},
		`ACMEDirectory: needs ACMEDomain beside it`:      {ACMEDirectory: "https://ca.example"},
		`TLSRedirectAddr: needs TLSCert and TLSKey besi`: {TLSRedirectAddr: ":80"},
	} {
		require.ErrorContains(t, server.Config{Secure: secure}.Validate(), want)
	}
	require.NoError(t, server.Config{Secure: server.Secure{ACMEDomain: []string{"signal.example"}, TLSRedirectAddr: ":80"}}.Validate())
}
