package gateway

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/gateway/gatewaytest"
	"github.com/parley-signaling/parley/gateway/quota"
)

// bounded gives a gateway a quota of which only loopback's own proxies are believed.
func bounded(q quota.Options) func(*Options) {
	q.Proxies = append(q.Proxies, netip.MustParsePrefix("127.0.0.0/8"))
	return func(o *Options) {
		pages(o)
		o.Quota = quota.New(q)
	}
}

func from(client string) string { return "X-Forwarded-For: " + client }

// wantRefused reads an answer that says when to come again, and the end.
func (p *peer) wantRefused(status int) {
	p.Helper()
	r := p.response()
	require.Equal(p, status, r.StatusCode)
	require.NotEmpty(p, r.Header.Get("Retry-After"))
	p.wantEnd()
}

func TestConnectionsInAll(t *testing.T) {
	var log gatewaytest.Log
	both(t, func(o *Options) {
		bounded(quota.Options{Connections: 2})(o)
		o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	}, func(t *testing.T, s *server) {
		a, b := s.ws(t, "/echo"), s.dial(t)
		b.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		b.wantPage(200, `GET / ""`)
		c := s.dial(t)
		c.write(upgradeHead("/echo"))
		c.wantRefused(503)
		require.EqualValues(t, 1, s.g.Stats().Refused[RefusedConnections])
		a.write(closing(1000, ""))
		a.wantClose(1000)
		a.wantEnd()
		require.Eventually(t, func() bool { return s.g.o.Quota.Sockets() == 1 }, patience, time.Millisecond)
		s.ws(t, "/echo")
		d := s.dial(t)
		d.write(upgradeHead("/echo"))
		d.wantRefused(503)
	})
	require.Equal(t, 2, strings.Count(log.String(), "connections are refused: too many connections"), "once a gateway and minute")
}

func TestConnectionsOfOneAddress(t *testing.T) {
	both(t, bounded(quota.Options{AddressConnections: 1}), func(t *testing.T, s *server) {
		a := s.ws(t, "/echo", from("192.0.2.1"))
		b := s.dial(t)
		b.write(upgradeHead("/echo", from("192.0.2.1")))
		b.wantRefused(429)
		require.EqualValues(t, 1, s.g.Stats().Refused[RefusedAddressConnections])
		s.ws(t, "/echo", from("2001:db8::1"))
		c := s.dial(t)
		c.write(upgradeHead("/echo", from("2001:db8::2, 10.0.0.1, 2001:db8::3")))
		c.wantRefused(429)
		a.write(closing(1000, ""))
		a.wantClose(1000)
		a.wantEnd()
		require.Eventually(t, func() bool { return s.g.o.Quota.Sockets() == 1 }, patience, time.Millisecond)
		s.ws(t, "/echo", from("192.0.2.1"))
	})
}

// TestRefusedUpgradesAreNotCounted: neither those of a kept-alive connection.
func TestRefusedUpgradesAreNotCounted(t *testing.T) {
	both(t, bounded(quota.Options{AddressConnections: 1}), func(t *testing.T, s *server) {
		p := s.dial(t)
		p.write("GET / HTTP/1.1\r\nHost: x\r\n" + from("192.0.2.1") + "\r\n\r\n")
		p.wantPage(200, `GET / ""`)
		for range 3 {
			p.write(upgradeHead("/nowhere", from("192.0.2.1")))
			require.Equal(t, 404, p.response().StatusCode)
		}
		p.upgrade("/echo", from("192.0.2.1"))
		q := s.dial(t)
		q.write(upgradeHead("/echo", from("192.0.2.1")))
		q.wantRefused(429)
	})
}

func TestRequestsOfOneAddress(t *testing.T) {
	both(t, bounded(quota.Options{AddressRate: 1}), func(t *testing.T, s *server) {
		get := "GET / HTTP/1.1\r\nHost: x\r\n" + from("192.0.2.1") + "\r\n\r\n"
		p := s.dial(t)
		begin := time.Now()
		served := 0
		for ; ; served++ {
			p.write(get)
			r := p.response()
			if r.StatusCode == 429 {
				require.NotEmpty(t, r.Header.Get("Retry-After"))
				break
			}
			require.Equal(t, 200, r.StatusCode)
		}
		p.wantEnd()
		require.GreaterOrEqual(t, served, 5)
		require.LessOrEqual(t, served, 6+int(time.Since(begin).Seconds()))
		q := s.dial(t)
		q.write("GET / HTTP/1.1\r\nHost: x\r\n" + from("192.0.2.2") + "\r\n\r\n")
		q.wantPage(200, `GET / ""`)
		require.EqualValues(t, 1, s.g.Stats().Refused[RefusedAddressRate])
	})
}

// TestPipelinedRequestsCount: each for itself, though all have come at once; the connection ends
// with the first that is too many.
func TestPipelinedRequestsCount(t *testing.T) {
	both(t, bounded(quota.Options{AddressRate: 1}), func(t *testing.T, s *server) {
		p := s.dial(t)
		get := "GET / HTTP/1.1\r\nHost: x\r\n" + from("192.0.2.1") + "\r\n\r\n"
		go io.WriteString(p.Conn, strings.Repeat(get, 2000)) // it is cut off before its end
		begin := time.Now()
		served := 0
		for ; p.response().StatusCode == 200; served++ {
		}
		require.GreaterOrEqual(t, served, 5)
		require.LessOrEqual(t, served, 6+int(time.Since(begin).Seconds()))
		io.Copy(io.Discard, p.br) // to its end
		require.EqualValues(t, 1, s.g.Stats().Refused[RefusedAddressRate])
	})
}

// TestGarbageFromAProxy counts for the proxy, which is loopback here and has no bounds.
func TestGarbageFromAProxy(t *testing.T) {
	both(t, bounded(quota.Options{AddressConnections: 1}), func(t *testing.T, s *server) {
		for _, x := range []string{"unknown", ",,,", "192.0.2.1, \xff", "999.1.1.1"} {
			s.ws(t, "/echo", from(x))
			s.ws(t, "/echo", from(x))
		}
	})
}

// TestTheTurnedAwayAreBounded: so many are told why, and the rest find the door shut.
func TestTheTurnedAwayAreBounded(t *testing.T) {
	both(t, bounded(quota.Options{Connections: 1}), func(t *testing.T, s *server) {
		s.ws(t, "/echo")
		peers := make([]*peer, maxTurnedAway+20)
		for i := range peers {
			peers[i] = s.dial(t)
		}
		refused := func() uint64 { return s.g.Stats().Refused[RefusedConnections] }
		require.Eventually(t, func() bool { return refused() == uint64(len(peers)) }, patience, time.Millisecond)
		told := 0
		for _, p := range peers {
			io.WriteString(p.Conn, upgradeHead("/echo"))
			if r, err := http.ReadResponse(p.br, nil); err == nil {
				require.Equal(t, 503, r.StatusCode)
				told++
			}
			p.Close()
		}
		require.Equal(t, maxTurnedAway, told)
		p := s.dial(t)
		p.write(upgradeHead("/echo"))
		require.Eventually(t, func() bool { return refused() == uint64(len(peers))+1 }, patience, time.Millisecond)
	})
}

// far is a pipe whose other end seems to be at an address.
type far struct {
	net.Conn
	addr net.TCPAddr
}

func (f *far) RemoteAddr() net.Addr { return &f.addr }

func (l *pipes) dialFrom(t *testing.T, client string) *peer {
	a, b := net.Pipe()
	l.dialed <- &far{a, net.TCPAddr{IP: net.ParseIP(client), Port: 4711}}
	return newPeer(t, b)
}

// TestARateOfNewConnections: straight from their address.
func TestARateOfNewConnections(t *testing.T) {
	bubble(t, bounded(quota.Options{AddressRate: 2, Rate: 6}), func(t *testing.T, g *Gateway, l *pipes) {
		for range 10 {
			l.dialFrom(t, "192.0.2.1").upgrade("/echo")
		}
		p := l.dialFrom(t, "192.0.2.1")
		p.write(upgradeHead("/echo"))
		p.wantRefused(429)
		for range 20 {
			l.dial(t).upgrade("/echo")
		}
		p = l.dial(t)
		p.write(upgradeHead("/echo"))
		p.wantRefused(503)
		require.EqualValues(t, 1, g.Stats().Refused[RefusedAddressRate])
		require.EqualValues(t, 1, g.Stats().Refused[RefusedRate])
		time.Sleep(time.Second)
		l.dialFrom(t, "192.0.2.1").upgrade("/echo")
	})
}

// TestSilentlyTurnedAway: who says nothing is not waited for longer than for others.
func TestSilentlyTurnedAway(t *testing.T) {
	s := start(t, false, func(o *Options) {
		bounded(quota.Options{Connections: 1})(o)
		o.CloseTimeout = 50 * time.Millisecond
	}).serve()
	if !s.g.shards[0].poller.Descriptors() {
		t.Skip("no bare descriptors here")
	}
	s.ws(t, "/echo")
	_, err := io.Copy(io.Discard, s.dial(t)) // an end or a reset, within the reader's patience
	require.NotErrorIs(t, err, os.ErrDeadlineExceeded)
}

// TestQuotaInAnotherServer: the upgrades of its connections count.
func TestQuotaInAnotherServer(t *testing.T) {
	s := start(t, false, bounded(quota.Options{AddressConnections: 1}))
	h := httptest.NewServer(s.g)
	defer h.Close()
	s.addr = h.Listener.Addr().String()
	for i, status := range []int{404, 426, 101, 429} {
		p := s.dial(t)
		path := []string{"/nowhere", "/echo", "/echo", "/echo"}[i]
		head := upgradeHead(path, from("192.0.2.1"))
		if status == 426 {
			head = "GET /echo HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" + from("192.0.2.1") + "\r\n\r\n"
		}
		p.write(head)
		require.Equal(t, status, p.response().StatusCode, fmt.Sprint(i))
	}
	require.Equal(t, 1, s.g.o.Quota.Sockets())
}
