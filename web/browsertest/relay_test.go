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
		got := eval[struct {
			Heard string
			Paths [][]string
		}](ada, fmt.Sprintf(`m.call(%q, /%s/)`, "relayed over "+protocol, url))
		require.Equal(t, "hello", got.Heard, protocol)
		require.Equal(t, [][]string{{"relay", "relay", protocol}, {"relay", "relay", protocol}}, got.Paths)
	}
}
