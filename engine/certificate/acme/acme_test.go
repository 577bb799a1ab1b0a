package acme_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-signaling/parley/engine/certificate/acme"
	"github.com/parley-signaling/parley/engine/certificate/acmetest"
	"github.com/parley-signaling/parley/gateway/gatewaytest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// site is a TLS server with an Issuer's certificates, which says "hello".
type site struct {
	*acme.Issuer
	t        *testing.T
	addr     string // of TLS
	httpAddr string
	pool     *x509.CertPool
	log      *gatewaytest.Log
}

// open serves until the test ends. The names lead to it.
func open(t *testing.T, ca *acmetest.CA, o acme.Options) *site {
	t.Helper()
	s := &site{t: t, pool: ca.Pool(), log: &gatewaytest.Log{}}
	o.Logger = slog.New(slog.NewTextHandler(io.MultiWriter(s.log, t.Output()), nil))
	o.Directory = ca.Directory()
	if o.Domains == nil {
		o.Domains = []string{"signal.example"}
	}
	if o.Cache == "" {
		o.Cache = t.TempDir()
	}
	issuer, err := acme.New(o)
	require.NoError(t, err)
	s.Issuer = issuer
	plain := httptest.NewServer(issuer.HTTP(http.NotFoundHandler()))
	ln, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{GetCertificate: issuer.Get, NextProtos: []string{"http/1.1", acme.Protocol}})
	require.NoError(t, err)
	s.addr, s.httpAddr = ln.Addr().String(), plain.Listener.Addr().String()
	var all sync.WaitGroup
	all.Go(func() {
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer nc.Close()
				_, _ = io.WriteString(nc, "hello")
			})
		}
	})
	t.Cleanup(func() {
		issuer.Close()
		plain.Close()
		_ = ln.Close()
		all.Wait()
	})
	return s
}

// visit is a handshake for a name, and what comes of it.
func (s *site) visit(name string) (*x509.Certificate, error) {
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	d := tls.Dialer{Config: &tls.Config{RootCAs: s.pool, ServerName: name}}
	nc, err := d.DialContext(ctx, "tcp", s.addr)
	if err != nil {
		return nil, err
	}
	defer nc.Close()
	if said, err := io.ReadAll(nc); string(said) != "hello" {
		return nil, err
	}
	return nc.(*tls.Conn).ConnectionState().PeerCertificates[0], nil
}

func TestTheFirstHandshakeGetsACertificate(t *testing.T) {
	for _, kind := range []string{"tls-alpn-01", "http-01", ""} {
		t.Run(kind, func(t *testing.T) {
			ca := acmetest.Start(t)
			ca.Offer(kind)
			s := open(t, ca, acme.Options{Email: "ann@signal.example"})
			ca.Reach(s.addr, s.httpAddr)
			var all sync.WaitGroup
			for range 8 {
				all.Go(func() {
					cert, err := s.visit("signal.example")
					if err != nil || cert.SerialNumber.Int64() != 2 {
						t.Errorf("%v, %v", cert, err)
					}
				})
			}
			all.Wait()
			require.Len(t, ca.Issued(), 1, "however many come at once")
			require.Equal(t, []string{"mailto:ann@signal.example"}, ca.Contacts())
			require.Contains(t, s.log.String(), "there is a certificate")
		})
	}
}

// HTTP-01 is for whoever cannot be reached by TLS; what was tried first is in the log.
func TestTLSFailsAndHTTPDoes(t *testing.T) {
	ca := acmetest.Start(t)
	s := open(t, ca, acme.Options{})
	ca.Reach("127.0.0.1:1", s.httpAddr)
	_, err := s.visit("signal.example")
	require.NoError(t, err)
	require.Equal(t, 2, ca.Orders())
	require.Regexp(t, `the authority could not validate" domain=signal.example challenge=tls-alpn-01 .*127.0.0.1:1`, s.log.String())
}

func TestStartNeedsNoVisitor(t *testing.T) {
	ca := acmetest.Start(t)
	s := open(t, ca, acme.Options{Domains: []string{"a.signal.example", "bücher.example", "A.signal.example"}})
	ca.Reach(s.addr, "")
	s.Start()
	require.Eventually(t, func() bool { return len(ca.Issued()) == 2 }, patience, time.Millisecond)
	for _, name := range []string{"a.signal.example", "xn--bcher-kva.example", "A.SIGNAL.EXAMPLE"} {
		_, err := s.visit(name)
		require.NoError(t, err, name)
	}
	require.Equal(t, 2, ca.Orders())
}

func TestOtherNamesAreRefused(t *testing.T) {
	ca := acmetest.Start(t)
	s := open(t, ca, acme.Options{})
	ca.Reach(s.addr, s.httpAddr)
	for _, name := range []string{"other.example", "signal.example.evil.example", "www.signal.example", "*.example", "..%2f", "localhost", ""} {
		for _, protocols := range [][]string{nil, {acme.Protocol}} {
			_, err := s.Get(&tls.ClientHelloInfo{ServerName: name, SupportedProtos: protocols})
			require.ErrorIs(t, err, acme.ErrName, name)
		}
	}
	require.Zero(t, ca.Orders())
	require.Empty(t, s.log.String(), "a scanner does not fill the log")
	res, err := http.Get("http://" + s.httpAddr + "/.well-known/acme-challenge/x")
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusForbidden, res.StatusCode)
}

func TestCertificatesAreKept(t *testing.T) {
	ca, cache := acmetest.Start(t), t.TempDir()
	s := open(t, ca, acme.Options{Cache: cache})
	ca.Reach(s.addr, "")
	first, err := s.visit("signal.example")
	require.NoError(t, err)
	s.Close()
	ca.Down()
	again := open(t, ca, acme.Options{Cache: cache})
	second, err := again.visit("signal.example")
	require.NoError(t, err)
	require.Equal(t, first.SerialNumber, second.SerialNumber)

	var files []string
	require.NoError(t, filepath.WalkDir(cache, func(path string, d os.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := d.Info()
		require.NoError(t, err)
		if d.IsDir() {
			return nil
		}
		files = append(files, d.Name())
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), path)
		return nil
	}))
	require.Subset(t, files, []string{"acme_account+key", "signal.example"})
}

// A certificate that has less than a third of its life left is renewed while it is served.
func TestRenewal(t *testing.T) {
	ca := acmetest.Start(t)
	ca.Life(func(n int) (time.Time, time.Time) {
		now := time.Now()
		if n == 0 {
			return now.Add(-2 * time.Hour), now.Add(40 * time.Minute)
		}
		return now.Add(-time.Minute), now.Add(90 * 24 * time.Hour)
	})
	s := open(t, ca, acme.Options{})
	ca.Reach(s.addr, "")
	first, err := s.visit("signal.example")
	require.NoError(t, err)
	require.Less(t, time.Until(first.NotAfter), time.Hour)
	require.Eventually(t, func() bool {
		cert, err := s.visit("signal.example")
		require.NoError(t, err)
		return cert.SerialNumber.Cmp(first.SerialNumber) > 0
	}, patience, time.Millisecond)
}

// A renewal that fails is told, and the old certificate stays in use.
func TestRenewalThatFails(t *testing.T) {
	ca := acmetest.Start(t)
	ca.Refuse(1, "rateLimited")
	ca.Life(func(int) (time.Time, time.Time) {
		return time.Now().Add(-2 * time.Hour), time.Now().Add(40 * time.Minute)
	})
	s := open(t, ca, acme.Options{})
	ca.Reach(s.addr, "")
	_, err := s.visit("signal.example")
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		return strings.Contains(s.log.String(), "the authority refuses") && strings.Contains(s.log.String(), "rateLimited")
	}, patience, time.Millisecond)
	_, err = s.visit("signal.example")
	require.NoError(t, err)
}

func TestTheAuthorityIsDown(t *testing.T) {
	ca := acmetest.Start(t)
	ca.Down()
	s := open(t, ca, acme.Options{})
	for range 3 {
		_, err := s.visit("signal.example")
		require.Error(t, err)
	}
	log := s.log.String()
	require.Regexp(t, `the authority cannot be reached" url=http://127.* err=.*refused`, log)
	require.Regexp(t, `level=ERROR msg="acme: no certificate could be had; handshakes for the domain fail" domain=signal.example`, log)
	require.Equal(t, 1, strings.Count(log, "level=ERROR"), "the later ones did not ask again")
	_, err := s.Get(hello(t, "signal.example"))
	require.ErrorIs(t, err, acme.ErrNotYet)
}

// hello is what a handshake of the test's own would ask.
func hello(t *testing.T, name string) *tls.ClientHelloInfo {
	t.Helper()
	var got *tls.ClientHelloInfo
	a, b := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = tls.Server(b, &tls.Config{GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
			got = h
			return nil, nil
		}}).Handshake()
	}()
	_ = tls.Client(a, &tls.Config{ServerName: name}).HandshakeContext(t.Context())
	<-done
	return got
}

// A handshake does not wait for ever for an authority that does not answer; it is asked on, and
// whoever comes later gets what it says.
func TestTheAuthorityIsSlow(t *testing.T) {
	ca := acmetest.Start(t)
	goOn := ca.Stall(0)
	t.Cleanup(goOn)
	s := open(t, ca, acme.Options{Wait: 10 * time.Millisecond})
	ca.Reach(s.addr, "")
	for range 3 {
		_, err := s.visit("signal.example")
		require.ErrorContains(t, err, "internal error", "the alert")
	}
	goOn()
	require.Eventually(t, func() bool {
		_, err := s.visit("signal.example")
		return err == nil
	}, patience, time.Millisecond)
	require.Equal(t, 1, ca.Orders())
}

// Close ends what is under way at once, though the authority does not answer.
func TestClose(t *testing.T) {
	ca := acmetest.Start(t)
	goOn := ca.Stall(0)
	t.Cleanup(goOn)
	s := open(t, ca, acme.Options{Wait: patience})
	ca.Reach(s.addr, "")
	failed := make(chan error)
	go func() {
		_, err := s.visit("signal.example")
		failed <- err
	}()
	require.Eventually(t, func() bool { return ca.Orders() == 1 }, patience, time.Millisecond)
	s.Close()
	require.Error(t, <-failed)
	_, err := s.visit("signal.example")
	require.Error(t, err)
	require.NotContains(t, s.log.String(), "level=ERROR", "an end is no failure")
}

// Close ends a renewal that is under way.
func TestCloseEndsARenewal(t *testing.T) {
	ca := acmetest.Start(t)
	t.Cleanup(ca.Stall(1))
	ca.Life(func(int) (time.Time, time.Time) {
		return time.Now().Add(-2 * time.Hour), time.Now().Add(40 * time.Minute)
	})
	s := open(t, ca, acme.Options{})
	ca.Reach(s.addr, "")
	_, err := s.visit("signal.example")
	require.NoError(t, err)
	require.Eventually(t, func() bool { return ca.Orders() == 2 }, patience, time.Millisecond)
	s.Close() // goleak sees the rest
	require.NotContains(t, s.log.String(), "level=WARN")
}

func TestACacheThatCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := acme.New(acme.Options{Domains: []string{"signal.example"}, Cache: file})
	require.ErrorContains(t, err, "acme: the cache cannot be made")
	require.ErrorContains(t, err, file)
	_, err = acme.New(acme.Options{Domains: []string{"signal.example"}, Cache: "/proc/self"})
	require.ErrorContains(t, err, "acme: the cache cannot be")

	dir := filepath.Join(t.TempDir(), "made")
	i, err := acme.New(acme.Options{Domains: []string{"signal.example"}, Cache: dir})
	require.NoError(t, err)
	i.Close()
	info, err := os.Stat(dir)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
	left, err := os.ReadDir(filepath.Join(dir, "acme-v02.api.letsencrypt.org_directory"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestDefaultCache(t *testing.T) {
	t.Setenv("STATE_DIRECTORY", "/var/lib/parley")
	dir, err := acme.DefaultCache()
	require.NoError(t, err)
	require.Equal(t, "/var/lib/parley/acme", dir)
	t.Setenv("STATE_DIRECTORY", "")
	t.Setenv("XDG_CACHE_HOME", "/home/ann/.cache")
	dir, err = acme.DefaultCache()
	require.NoError(t, err)
	require.Equal(t, "/home/ann/.cache/parley/acme", dir)
}

func TestWrongOptions(t *testing.T) {
	_, err := acme.New(acme.Options{Domains: []string{"localhost"}, Email: "ann", Directory: "ca"})
	for _, want := range []string{`Domains: must be a host name in full, with a dot, not "localhost"`, `Email: must be`, `Directory: must be`} {
		require.ErrorContains(t, err, want)
	}
	_, err = acme.New(acme.Options{})
	require.ErrorContains(t, err, "acme: Domains: must be 1 to 100, not 0")
}
