package server

import (
	"context"
	"crypto/tls"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/certificate/certificatetest"
	"github.com/parley-signaling/parley/engine/metrics"
)

func TestCertificatesAreShownAsTheyAreInUse(t *testing.T) {
	write := func(dir, name string) (cert, key string, shown metrics.Certificate) {
		cert, key = certificatetest.Write(t, dir, name)
		pair, err := tls.LoadX509KeyPair(cert, key)
		require.NoError(t, err)
		return cert, key, metrics.Certificate{Name: name, NotAfter: pair.Leaf.NotAfter}
	}
	https, httpsKey, wantHTTPS := write(t.TempDir(), "signal.example")
	dir := t.TempDir()
	admin, adminKey, wantAdmin := write(dir, "admin.example")
	turn, turnKey, wantTURN := write(t.TempDir(), "turn.example")
	wantHTTPS.Use, wantAdmin.Use, wantTURN.Use = "https", "admin", "turn"
	var moved atomic.Int64
	s, err := New(Config{
		Addr: "127.0.0.1:0", AdminAddr: "127.0.0.1:0", Now: func() time.Time { return time.Now().Add(time.Duration(moved.Load())) },
		Secure: Secure{TLSCert: https, TLSKey: httpsKey}, AdminTLS: AdminTLS{AdminTLSCert: admin, AdminTLSKey: adminKey},
		TURNAddr: "127.0.0.1:0", TURNTLSAddr: "127.0.0.1:0", TURNCert: turn, TURNKey: turnKey, TURNPublicIP: "127.0.0.1",
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Shutdown(context.Background())) })
	require.Equal(t, []metrics.Certificate{wantHTTPS, wantAdmin}, s.certificates(), "there is no TURN yet")
	require.NoError(t, s.Start())
	require.Equal(t, []metrics.Certificate{wantHTTPS, wantAdmin, wantTURN}, s.certificates())

	_, _, wantAdmin = write(dir, "new.example")
	wantAdmin.Use = "admin"
	later := time.Now().Add(time.Hour) // the file system's clock may be too coarse
	require.NoError(t, os.Chtimes(admin, later, later))
	moved.Store(int64(time.Minute))
	require.Equal(t, []metrics.Certificate{wantHTTPS, wantAdmin, wantTURN}, s.certificates(), "though nobody has come to see it")
}

func TestWithoutTLSThereAreNoCertificates(t *testing.T) {
	s, err := New(Config{Addr: "127.0.0.1:0"})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Shutdown(context.Background())) })
	require.Empty(t, s.certificates())
}
