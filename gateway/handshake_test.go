package gateway

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/certificate/certificatetest"
)

// keyPair is a certificate for tests.
func keyPair(t *testing.T) tls.Certificate {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(certificatetest.Write(t, t.TempDir(), "signal.example"))
	require.NoError(t, err)
	return pair
}

// tlsBubble is bubble with TLS before the listener.
func tlsBubble(t *testing.T, config *tls.Config, f func(t *testing.T, g *Gateway, l *pipes)) {
	bubble(t, nil, func(t *testing.T, g *Gateway, plain *pipes) {
		l := &pipes{make(chan net.Conn), make(chan struct{})}
		served := make(chan error, 1)
		go func() { served <- g.Serve(tls.NewListener(l, config)) }()
		f(t, g, l)
		require.NoError(t, g.Close())
		require.ErrorIs(t, <-served, ErrClosed)
	})
}

// clientHello is how a handshake begins.
func clientHello(t *testing.T) []byte {
	t.Helper()
	a, b := net.Pipe()
	go func() { _ = tls.Client(a, &tls.Config{ServerName: "signal.example"}).Handshake() }()
	buf := make([]byte, 16<<10)
	n, err := b.Read(buf)
	require.NoError(t, err)
	require.NoError(t, b.Close())
	require.Greater(t, n, 200)
	return buf[:n]
}

// TestSlowHandshake: who does not come to the end of a ClientHello is cut after the time that a
// head has, however busily it trickles.
func TestSlowHandshake(t *testing.T) {
	hello, pair := clientHello(t), keyPair(t)
	for name, visit := range map[string]func(io.Writer) error{
		"nothing": func(io.Writer) error { return nil },
		"half a ClientHello": func(w io.Writer) error {
			_, err := w.Write(hello[:len(hello)/2])
			return err
		},
		"a byte a second": func(w io.Writer) error {
			for i := range hello {
				if _, err := w.Write(hello[i : i+1]); err != nil {
					return nil // it has been cut
				}
				time.Sleep(time.Second)
			}
			return errors.New("all of it was taken")
		},
	} {
		t.Run(name, func(t *testing.T) {
			tlsBubble(t, &tls.Config{Certificates: []tls.Certificate{pair}}, func(t *testing.T, g *Gateway, l *pipes) {
				p, begin := l.dial(t), time.Now()
				var visits sync.WaitGroup
				visits.Go(func() {
					if err := visit(p.Conn); err != nil {
						t.Error(err)
					}
				})
				_, err := io.Copy(io.Discard, p.br)
				require.NoError(t, err)
				require.Equal(t, 10*time.Second, time.Since(begin))
				visits.Wait()
				synctest.Wait()
				require.Equal(t, [Refusals]uint64{RefusedTLSTimeout: 1}, g.Stats().Refused)
			})
		})
	}
}

// TestHandshakeThatWaitsForItsCertificate: within the time that a head has.
func TestHandshakeThatWaitsForItsCertificate(t *testing.T) {
	pair := keyPair(t)
	for wait, want := range map[time.Duration]uint64{8 * time.Second: 0, 11 * time.Second: 1} {
		config := &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			time.Sleep(wait)
			return &pair, nil
		}}
		tlsBubble(t, config, func(t *testing.T, g *Gateway, l *pipes) {
			p := l.dial(t)
			secure := tls.Client(p.Conn, &tls.Config{InsecureSkipVerify: true})
			if err := secure.Handshake(); want > 0 {
				require.Error(t, err)
				_ = p.Close()
				synctest.Wait()
				require.Equal(t, [Refusals]uint64{RefusedTLSTimeout: 1}, g.Stats().Refused)
				return
			}
			q := newPeer(t, secure)
			q.upgrade("/echo")
			q.write(text("hello"))
			q.want(1, "hello")
			require.NoError(t, secure.Close())
			require.Zero(t, g.Stats().Refused)
		})
	}
}

func TestHandshakesAreCounted(t *testing.T) {
	pair, hello := keyPair(t), clientHello(t)
	config := &tls.Config{GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
		switch h.ServerName {
		case "signal.example":
			return &pair, nil
		case "new.example":
			return nil, errors.Join(ErrNoCertificate, errors.New("the authority is down"))
		}
		return nil, nil
	}}
	shake := func(c *tls.Config) func(net.Conn) error {
		return func(nc net.Conn) error { return tls.Client(nc, c).Handshake() }
	}
	say := func(b []byte) func(net.Conn) error {
		return func(nc net.Conn) error {
			if _, err := nc.Write(b); err != nil {
				return err
			}
			return nc.(*net.TCPConn).CloseWrite()
		}
	}
	for _, c := range []struct {
		visit func(net.Conn) error
		says  string // of the client's error; "": none
		want  Refusal
	}{
		{shake(&tls.Config{ServerName: "other.example"}), "unrecognized name", RefusedTLSName},
		{shake(&tls.Config{ServerName: "", InsecureSkipVerify: true}), "unrecognized name", RefusedTLSName},
		{shake(&tls.Config{ServerName: "new.example"}), "internal error", RefusedTLSCertificate},
		{shake(&tls.Config{ServerName: "signal.example"}), "unknown authority", RefusedTLSHandshake},
		{shake(&tls.Config{ServerName: "signal.example", MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}), "protocol version", RefusedTLSHandshake},
		{say(nil), "", RefusedTLSLost},
		{say(hello[:100]), "", RefusedTLSLost},
		{say(bytes.Repeat([]byte("SSH-2.0\r\n"), 10)), "", RefusedTLSHandshake},
		{say([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")), "", RefusedTLSHandshake},
	} {
		s := start(t, false, nil)
		ln, err := tls.Listen("tcp", "127.0.0.1:0", config)
		require.NoError(t, err)
		served := make(chan error, 1)
		go func() { served <- s.g.Serve(ln) }()
		nc, err := net.Dial("tcp", ln.Addr().String())
		require.NoError(t, err)
		require.NoError(t, nc.SetReadDeadline(time.Now().Add(patience)))
		if err := c.visit(nc); c.says != "" {
			require.ErrorContains(t, err, c.says)
		}
		var want [Refusals]uint64
		want[c.want] = 1
		require.Eventually(t, func() bool { return s.g.Stats().Refused == want }, patience, time.Millisecond, "%+v, not %v", c, s.g.Stats().Refused)
		require.NoError(t, nc.Close())
		require.NoError(t, s.g.Close())
		require.ErrorIs(t, <-served, ErrClosed)
		require.Equal(t, want, s.g.Stats().Refused)
	}
}
