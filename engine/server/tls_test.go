package server_test

import (
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/certificate/certificatetest"
	"github.com/parley-signaling/parley/engine/server"
)

// trusting is the client's side of TLS, which trusts that certificate alone.
func trusting(t *testing.T, certFile string) *tls.Config {
	t.Helper()
	pem, err := os.ReadFile(certFile)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(pem))
	return &tls.Config{RootCAs: pool, ServerName: "signal.example"}
}

func TestTLS(t *testing.T) {
	cert, key := certificatetest.Write(t, t.TempDir(), "signal.example")
	s := start(t, server.Config{YWebRTCAddr: "127.0.0.1:0", Secure: server.Secure{TLSCert: cert, TLSKey: key, TLSRedirectAddr: "127.0.0.1:0"}})
	config := trusting(t, cert)
	secure := &http.Client{Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}, Timeout: patience}
	require.Regexp(t, "^https://127.0.0.1:", s.URL())
	res, err := secure.Get(s.URL() + "healthz")
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Equal(t, 1, res.ProtoMajor)

	for _, at := range []string{s.Addr().String() + "/ws", s.DialectAddr("y-webrtc").String() + "/"} {
		conn, _, _, err := ws.Dialer{TLSConfig: config, Timeout: patience}.Dial(t.Context(), "wss://"+at)
		require.NoError(t, err)
		require.NoError(t, wsutil.WriteClientText(conn, []byte(`{"type":"ping"}`)))
		pong, err := wsutil.ReadServerText(conn)
		require.NoError(t, err)
		require.JSONEq(t, `{"type":"pong"}`, string(pong))
		require.NoError(t, conn.Close())
	}

	bare, err := net.Dial("tcp", s.Addr().String())
	require.NoError(t, err)
	defer bare.Close()
	_, err = bare.Write([]byte("GET /ws HTTP/1.1\r\nHost: x\r\n\r\n"))
	require.NoError(t, err)
	answer := make([]byte, 12)
	_, err = bare.Read(answer)
	require.NoError(t, err)
	require.Equal(t, "HTTP/1.0 400", string(answer), "no TLS, no service")

	browser := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err = browser.Get("http://" + s.RedirectAddr().String() + "/path?room=a%20b")
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusPermanentRedirect, res.StatusCode)
	require.Equal(t, s.URL()+"path?room=a%20b", res.Header.Get("Location"))
}

func TestACertificateThatCannotBeReadIsToldAtStart(t *testing.T) {
	cert, _ := certificatetest.Write(t, t.TempDir(), "signal.example")
	_, err := server.New(server.Config{Secure: server.Secure{TLSCert: cert, TLSKey: cert}})
	require.ErrorContains(t, err, "certificate")
}

// clock is a time that a test moves, from any goroutine.
type clock struct{ moved atomic.Int64 }

func (c *clock) now() time.Time          { return time.Now().Add(time.Duration(c.moved.Load())) }
func (c *clock) advance(d time.Duration) { c.moved.Add(int64(d)) }

// A certificate is replaced under a running server: whoever comes then gets the new one, whoever
// is there stays, and what cannot be read changes nothing.
func TestCertificateFilesAreReplaced(t *testing.T) {
	dir, clock, log := t.TempDir(), new(clock), new(buffer)
	cert, key := certificatetest.Write(t, dir, "old.example")
	s := start(t, server.Config{
		Secure: server.Secure{TLSCert: cert, TLSKey: key}, Now: clock.now, Logger: slog.New(slog.NewTextHandler(log, nil)),
	})
	handshake := func() *x509.Certificate {
		t.Helper()
		nc, err := tls.Dial("tcp", s.Addr().String(), &tls.Config{InsecureSkipVerify: true})
		require.NoError(t, err)
		defer nc.Close()
		return nc.ConnectionState().PeerCertificates[0]
	}
	config := trusting(t, cert)
	config.ServerName = "old.example"
	there, _, _, err := ws.Dialer{TLSConfig: config, Timeout: patience}.Dial(t.Context(), "wss://"+s.Addr().String()+"/ws")
	require.NoError(t, err)
	defer there.Close()
	stays := func() {
		t.Helper()
		require.NoError(t, wsutil.WriteClientText(there, []byte(`{"type":"ping"}`)))
		pong, err := wsutil.ReadServerText(there)
		require.NoError(t, err)
		require.JSONEq(t, `{"type":"pong"}`, string(pong))
	}
	stays()
	changed := 0
	change := func(files ...string) { // the file system's clock may be too coarse to tell them apart
		t.Helper()
		changed++
		for _, f := range files {
			at := time.Now().Add(time.Duration(changed) * time.Hour)
			require.NoError(t, os.Chtimes(f, at, at))
		}
		clock.advance(time.Minute)
	}

	certificatetest.Write(t, dir, "new.example")
	change(cert, key)
	require.NoError(t, handshake().VerifyHostname("new.example"))
	stays()
	require.Contains(t, log.String(), "the certificate of https was read again")

	require.NoError(t, os.WriteFile(key, []byte("half a key"), 0o600))
	change(key)
	require.NoError(t, handshake().VerifyHostname("new.example"))
	require.Contains(t, log.String(), "has changed and cannot be read; the old one stays")
	stays()

	certificatetest.Write(t, dir, "newest.example")
	change(cert, key)
	require.NoError(t, handshake().VerifyHostname("newest.example"))
	stays()
}
