package browsertest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/ice/icetest"
	"github.com/parley-signaling/parley/engine/server"
)

// relayEngine starts one with TURN over UDP, TCP and TLS on free ports of loopback.
func relayEngine(t *testing.T) *server.Server {
	t.Helper()
	cert, key := certificate(t)
	s, err := server.New(server.Config{
		Addr: "127.0.0.1:0", Handler: testdata(), RetryAfter: 50 * time.Millisecond,
		TURNAddr: "127.0.0.1:0", TURNTLSAddr: "127.0.0.1:0", TURNCert: cert, TURNKey: key, TURNPublicHost: "localhost",
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	require.NoError(t, err)
	require.NoError(t, s.Start())
	t.Cleanup(func() { stop(t, s) })
	return s
}

// certificate makes one for localhost, signed by itself.
func certificate(t *testing.T) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	write := func(name, kind string, bytes []byte) string {
		file := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}), 0o600))
		return file
	}
	return write("cert.pem", "CERTIFICATE", der), write("key.pem", "PRIVATE KEY", pkcs8)
}

// Where nothing but a relay may be used, the engine's own carries the call, both ends of it,
// over each way there is to reach it.
func TestRelayOnly(t *testing.T) {
	c := special(t, map[string]any{"ignore-certificate-errors": true}) // the certificate is a moment old
	s := relayEngine(t)
	ada := c.person(t, "ada", true)
	ada.script(s.URL(), "relay.js")
	for protocol, url := range map[string]string{
		"udp": `^turn:.*=udp$`, "tcp": `^turn:.*=tcp$`, "tls": `^turns:`,
	} {
		ada.relayed("relayed over "+protocol, url, protocol)
	}
}

// relayed has two in the window say hello to each other through the servers whose URLs match,
// and nothing else.
func (p *person) relayed(room, url, protocol string) {
	p.t.Helper()
	got := eval[struct {
		Heard string
		Paths [][]string
	}](p, fmt.Sprintf(`m.call(%q, /%s/)`, room, url))
	require.Equal(p.t, "hello", got.Heard, protocol)
	require.Equal(p.t, [][]string{{"relay", "relay", protocol}, {"relay", "relay", protocol}}, got.Paths)
}

// The same through Debian's coturn, with which the engine shares nothing but a secret.
func TestRelayOnlyThroughCoturn(t *testing.T) {
	const secret = "shared with the real coturn"
	c := everyday(t)
	addr := icetest.Coturn(t, secret)
	s := engine(t, "127.0.0.1:0", func(c *server.Config) {
		c.TURNSecret, c.ICEServers = secret, []string{"turn:" + addr + "?transport=udp", "turn:" + addr + "?transport=tcp"}
	})
	ada := c.person(t, "ada", true)
	ada.script(s.URL(), "relay.js")
	ada.relayed("coturn over udp", `^turn:.*=udp$`, "udp")
	ada.relayed("coturn over tcp", `^turn:.*=tcp$`, "tcp")
}

// A call that lasts longer than the credentials it began with is handed new ones, which are in
// its connections by the time that they are wanted.
func TestCallOutlastsCredentials(t *testing.T) {
	c := everyday(t)
	s := engine(t, "127.0.0.1:0", func(c *server.Config) {
		c.TURNAddr, c.TURNPrivatePeers, c.TURNTTL = "127.0.0.1:0", true, server.MinTURNTTL
	})
	ada := c.person(t, "ada", true)
	ada.script(s.URL(), "relay.js")
	got := eval[struct {
		Old struct {
			Heard  string
			Relays bool
		}
		Heard string
		Paths [][]string
	}](ada, `m.outlast('outlast')`)
	require.Equal(t, "still", got.Old.Heard, "what is up goes on")
	require.False(t, got.Old.Relays, "the old credentials are good for nothing new")
	require.Equal(t, "again", got.Heard)
	require.Equal(t, [][]string{{"relay", "relay", "udp"}, {"relay", "relay", "udp"}}, got.Paths)
}
