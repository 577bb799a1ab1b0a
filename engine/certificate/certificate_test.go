package certificate

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/certificate/certificatetest"
)

func TestCertificateIsReadAgain(t *testing.T) {
	dir := t.TempDir()
	cert, key := certificatetest.Write(t, dir, "old.example")
	now := time.Now()
	c, err := Load(Options{CertFile: cert, KeyFile: key, Use: "tests", Now: func() time.Time { return now }, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	require.NoError(t, c.Covers("old.example"))
	require.Error(t, c.Covers("new.example"))
	expect := func(name string) {
		t.Helper()
		got, err := c.Get(nil)
		require.NoError(t, err)
		require.NoError(t, got.Leaf.VerifyHostname(name))
	}
	change := func() {
		later := time.Now().Add(time.Hour) // whatever the file system's clock can tell apart
		require.NoError(t, os.Chtimes(cert, later, later))
	}
	certificatetest.Write(t, dir, "new.example")
	change()
	now = now.Add(recheck - 1)
	expect("old.example") // it was looked at a moment ago
	now = now.Add(1)
	expect("new.example")

	require.NoError(t, os.WriteFile(key, []byte("half a file"), 0o600))
	require.NoError(t, os.Chtimes(key, time.Now(), time.Now().Add(2*time.Hour)))
	now = now.Add(recheck)
	expect("new.example")
	certificatetest.Write(t, dir, "newest.example")
	now = now.Add(recheck)
	expect("newest.example")

	_, err = Load(Options{CertFile: filepath.Join(dir, "none.pem"), KeyFile: key})
	require.ErrorContains(t, err, "none.pem")
}
