package ice

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// writeCertificate makes a self-signed certificate for name.
func writeCertificate(t *testing.T, dir, name string) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{
		certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: pkcs8},
	} {
		require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(block), 0o600))
	}
	return certFile, keyFile
}

func TestCertificateIsReadAgain(t *testing.T) {
	dir := t.TempDir()
	cert, key := writeCertificate(t, dir, "old.example")
	c, err := newCertificate(cert, key, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	require.NoError(t, c.covers("old.example"))
	require.Error(t, c.covers("new.example"))
	expect := func(name string) {
		t.Helper()
		got, err := c.get(nil)
		require.NoError(t, err)
		require.NoError(t, got.Leaf.VerifyHostname(name))
	}
	change := func() {
		later := time.Now().Add(time.Hour) // whatever the file system's clock can tell apart
		require.NoError(t, os.Chtimes(cert, later, later))
	}
	writeCertificate(t, dir, "new.example")
	change()
	expect("old.example") // it was looked at a moment ago
	c.checked = time.Time{}
	expect("new.example")

	require.NoError(t, os.WriteFile(key, []byte("half a file"), 0o600))
	require.NoError(t, os.Chtimes(key, time.Now(), time.Now().Add(2*time.Hour)))
	c.checked = time.Time{}
	expect("new.example")
	writeCertificate(t, dir, "newest.example")
	c.checked = time.Time{}
	expect("newest.example")

	_, err = newCertificate(filepath.Join(dir, "none.pem"), key, slog.New(slog.DiscardHandler))
	require.ErrorContains(t, err, "none.pem")
}
