package ice

import (
	"bytes"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pion/stun/v3"
	"github.com/pion/turn/v4"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/certificate/certificatetest"
)

const (
	testSecret = Secret("a secret for tests")
	patience   = 10 * time.Second
)

var transports = []string{"udp", "tcp", "tls"}

// relayServer is a whole server on loopback. change may alter its options.
func relayServer(t *testing.T, change func(*Options)) *Server {
	t.Helper()
	cert, key := certificatetest.Write(t, t.TempDir(), "localhost")
	o := Options{
		Addr: "127.0.0.1:0", TLSAddr: "127.0.0.1:0", CertFile: cert, KeyFile: key, PublicHost: "localhost",
		PublicIP: netip.MustParseAddr("127.0.0.1"), Secret: testSecret, Quota: 10, MinPort: 20000, MaxPort: 29999,
		Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
	if change != nil {
		change(&o)
	}
	s, err := Listen(o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func (s *Server) on(t *testing.T, transport string) string {
	t.Helper()
	for _, l := range s.listeners {
		if l.transport == transport {
			return l.addr.String()
		}
	}
	require.FailNow(t, "no listener", transport)
	return ""
}

// clientOf is pion's TURN client, over a transport.
func clientOf(t *testing.T, s *Server, transport, username, password string) *turn.Client {
	t.Helper()
	addr := s.on(t, transport)
	var pc net.PacketConn
	switch transport {
	case "udp":
		c, err := net.ListenPacket("udp4", "127.0.0.1:0")
		require.NoError(t, err)
		pc = c
	case "tcp":
		c, err := net.Dial("tcp", addr)
		require.NoError(t, err)
		pc = turn.NewSTUNConn(c)
	case "tls":
		c, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true}) // made a moment ago
		require.NoError(t, err)
		pc = turn.NewSTUNConn(c)
	}
	c, err := turn.NewClient(&turn.ClientConfig{
		STUNServerAddr: addr, TURNServerAddr: addr, Conn: pc, Username: username, Password: password, Realm: Realm,
		LoggerFactory: loggers{slog.New(slog.DiscardHandler), false},
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		c.Close()
		_ = pc.Close()
	})
	require.NoError(t, c.Listen())
	return c
}

// ada is a client with good credentials.
func ada(t *testing.T, s *Server, transport string) *turn.Client {
	t.Helper()
	username, password := testSecret.Mint("ada", time.Now().Add(time.Hour))
	return clientOf(t, s, transport, username, password)
}

func allocate(t *testing.T, c *turn.Client) net.PacketConn {
	t.Helper()
	relay, err := c.Allocate()
	require.NoError(t, err)
	t.Cleanup(func() { _ = relay.Close() })
	require.NoError(t, relay.SetDeadline(time.Now().Add(patience)))
	return relay
}

func refused(t *testing.T, c *turn.Client, code stun.ErrorCode) {
	t.Helper()
	_, err := c.Allocate()
	var answer *stun.TurnError
	require.ErrorAs(t, err, &answer)
	require.Equal(t, code, answer.ErrorCodeAttr.Code)
}

// Two clients talk through the relay, whatever they reach it over.
func TestRelay(t *testing.T) {
	s := relayServer(t, nil)
	for _, one := range transports {
		for _, other := range transports {
			t.Run(one+" "+other, func(t *testing.T) {
				a, b := allocate(t, ada(t, s, one)), allocate(t, ada(t, s, other))
				require.Equal(t, 2, s.AllocationCount())
				for i, size := range []int{5, 6, 7, 8, 100, 1200} {
					// From b first: it permits a, so that a is heard.
					want := bytes.Repeat([]byte{byte(i + 1)}, size)
					_, err := b.WriteTo([]byte("come in"), a.LocalAddr())
					require.NoError(t, err)
					_, err = a.WriteTo(want, b.LocalAddr())
					require.NoError(t, err)
					buf := make([]byte, 1600)
					n, from, err := b.ReadFrom(buf)
					require.NoError(t, err)
					require.Equal(t, a.LocalAddr().String(), from.String())
					require.Equal(t, want, buf[:n])
				}
				require.NoError(t, a.Close())
				require.NoError(t, b.Close())
				require.Eventually(t, func() bool { return s.AllocationCount() == 0 }, patience, time.Millisecond)
			})
		}
	}
}

// Behind NAT the machine does not have the address that everybody knows it by, and many NATs do
// not let it speak to itself by that: both sides of a call find each other all the same.
func TestRelayBehindNAT(t *testing.T) {
	s := relayServer(t, func(o *Options) { o.PublicIP = netip.MustParseAddr("203.0.113.7") })
	a, b := allocate(t, ada(t, s, "udp")), allocate(t, ada(t, s, "tcp"))
	require.Contains(t, a.LocalAddr().String(), "203.0.113.7:")
	_, err := b.WriteTo([]byte("come in"), a.LocalAddr())
	require.NoError(t, err)
	_, err = a.WriteTo([]byte("hello there"), b.LocalAddr())
	require.NoError(t, err)
	buf := make([]byte, 100)
	n, from, err := b.ReadFrom(buf)
	require.NoError(t, err)
	require.Equal(t, "hello there", string(buf[:n]))
	require.Equal(t, a.LocalAddr().String(), from.String())
}

func TestForbiddenPeers(t *testing.T) {
	s := relayServer(t, nil)
	for _, transport := range transports {
		c := ada(t, s, transport)
		relay := allocate(t, c)
		for _, peer := range peerTable {
			ip := netip.MustParseAddr(peer.ip)
			if peer.may || ip.Unmap() == s.relay.public {
				continue
			}
			err := c.CreatePermission(net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, 9)))
			require.Error(t, err, "%s over %s", peer.ip, transport)
		}
		require.NoError(t, c.CreatePermission(relay.LocalAddr()), "the relay's own")
	}
}

// Permissions know no ports: what is not a relay's is held back packet by packet, both ways.
func TestOtherPortsOfTheRelaysAddress(t *testing.T) {
	s := relayServer(t, nil)
	service, err := net.ListenPacket("udp4", "127.0.0.1:0")
	require.NoError(t, err)
	defer service.Close()
	a, b := allocate(t, ada(t, s, "udp")), allocate(t, ada(t, s, "tcp"))

	_, err = a.WriteTo([]byte("let me in"), service.LocalAddr())
	require.NoError(t, err, "the client is not told")
	_, err = service.WriteTo([]byte("let me out"), a.LocalAddr())
	require.NoError(t, err)
	_, err = b.WriteTo([]byte("hello"), a.LocalAddr())
	require.NoError(t, err)
	buf := make([]byte, 100)
	n, _, err := a.ReadFrom(buf)
	require.NoError(t, err)
	require.Equal(t, "hello", string(buf[:n]), "nothing came before it")

	// What a sends passes in order: once b has heard the second, the first is not coming.
	_, err = b.WriteTo([]byte("who is there?"), a.LocalAddr())
	require.NoError(t, err)
	_, err = a.WriteTo([]byte("second"), b.LocalAddr())
	require.NoError(t, err)
	n, _, err = b.ReadFrom(buf)
	require.NoError(t, err)
	require.Equal(t, "second", string(buf[:n]))
	require.NoError(t, service.SetReadDeadline(time.Now()))
	_, _, err = service.ReadFrom(buf)
	require.ErrorIs(t, err, os.ErrDeadlineExceeded)
}

func TestPrivatePeersInDevelopment(t *testing.T) {
	s := relayServer(t, func(o *Options) { o.PrivatePeers = true })
	service, err := net.ListenPacket("udp4", "127.0.0.1:0")
	require.NoError(t, err)
	defer service.Close()
	a := allocate(t, ada(t, s, "udp"))
	_, err = a.WriteTo([]byte("hello"), service.LocalAddr())
	require.NoError(t, err)
	require.NoError(t, service.SetReadDeadline(time.Now().Add(patience)))
	buf := make([]byte, 100)
	n, from, err := service.ReadFrom(buf)
	require.NoError(t, err)
	require.Equal(t, "hello", string(buf[:n]))
	require.Equal(t, a.LocalAddr().String(), from.String())
}

func TestCredentials(t *testing.T) {
	s := relayServer(t, nil)
	soon, past := time.Now().Add(time.Hour), time.Now().Add(-time.Second)
	name, password := testSecret.Mint("ada", soon)
	_, bobs := testSecret.Mint("bob", soon)
	_, foreign := Secret("somebody else's secret").Mint("ada", soon)
	old, oldPassword := testSecret.Mint("ada", past)
	later, _, _ := strings.Cut(name, ":")
	for _, transport := range transports {
		for what, c := range map[string][2]string{
			"a wrong password":       {name, "wrong"},
			"no password":            {name, ""},
			"somebody else's":        {name, bobs},
			"another server's":       {name, foreign},
			"expired":                {old, oldPassword},
			"expired, made longer":   {later + ":ada", oldPassword},
			"no time":                {"ada", testSecret.password("ada")},
			"a time that is no time": {"soon:ada", testSecret.password("soon:ada")},
			"a time before time":     {"-5:ada", testSecret.password("-5:ada")},
			"a time after time":      {"99999999999999999999:ada", testSecret.password("99999999999999999999:ada")},
		} {
			t.Run(transport+", "+what, func(t *testing.T) { refused(t, clientOf(t, s, transport, c[0], c[1]), stun.CodeBadRequest) })
		}
		require.Zero(t, s.AllocationCount())
		relay := allocate(t, clientOf(t, s, transport, name, password))
		require.Equal(t, 1, s.AllocationCount())
		require.NoError(t, relay.Close())
		require.Eventually(t, func() bool { return s.AllocationCount() == 0 }, patience, time.Millisecond)
	}
}

// The quota is a user's, over all transports and however many credentials it has had.
func TestQuota(t *testing.T) {
	s := relayServer(t, func(o *Options) { o.Quota = 3 })
	var held []net.PacketConn
	for i, transport := range transports {
		username, password := testSecret.Mint("ada", time.Now().Add(time.Hour+time.Duration(i)*time.Minute))
		held = append(held, allocate(t, clientOf(t, s, transport, username, password)))
	}
	for _, transport := range transports {
		refused(t, ada(t, s, transport), stun.CodeAllocQuotaReached)
	}
	username, password := testSecret.Mint("bob", time.Now().Add(time.Hour))
	allocate(t, clientOf(t, s, "udp", username, password))
	require.NoError(t, held[0].Close())
	require.Eventually(t, func() bool { return s.AllocationCount() == 3 }, patience, time.Millisecond)
	allocate(t, ada(t, s, "tcp"))
}

// A connection that ends takes its allocation along, and gives its place back.
func TestHangUpFreesAllocation(t *testing.T) {
	s := relayServer(t, func(o *Options) { o.Quota = 1 })
	for _, transport := range []string{"tcp", "tls", "tcp"} {
		username, password := testSecret.Mint("ada", time.Now().Add(time.Hour))
		conn, err := net.Dial("tcp", s.on(t, transport))
		require.NoError(t, err)
		if transport == "tls" {
			conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
		}
		stream := turn.NewSTUNConn(conn)
		c, err := turn.NewClient(&turn.ClientConfig{
			TURNServerAddr: s.on(t, transport), Conn: stream, Username: username, Password: password, Realm: Realm,
			LoggerFactory: loggers{slog.New(slog.DiscardHandler), false},
		})
		require.NoError(t, err)
		require.NoError(t, c.Listen())
		relay, err := c.Allocate()
		require.NoError(t, err)
		require.Equal(t, 1, s.AllocationCount())
		require.NoError(t, conn.Close())
		_ = relay.Close() // stops its refreshing
		c.Close()
		require.Eventually(t, func() bool { return s.AllocationCount() == 0 && len(s.ledgerCounts()) == 0 }, patience, time.Millisecond)
	}
}

func (s *Server) ledgerCounts() map[string]int {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	counts := map[string]int{}
	for user, n := range s.ledger.counts {
		counts[user] = n
	}
	return counts
}

// Framing that lies about its length ends the connection: pion alone looks at the first of
// these for ever.
func TestBadFramesEndTheStream(t *testing.T) {
	s := relayServer(t, nil)
	cookie := "\x21\x12\xa4\x42"
	for what, junk := range map[string]string{
		"a length that wraps":    "\x00\x01\xff\xec" + cookie + strings.Repeat("x", 12),
		"a long STUN message":    "\x00\x01\x08\x00" + cookie + strings.Repeat("x", 12),
		"long channel data":      "\x40\x00\xff\xff",
		"neither":                "GET / HTTP/1.1\r\n\r\n",
		"no cookie":              strings.Repeat("\x00", 20),
		"an unknown kind":        "\x80\x00\x00\x04abcd",
		"channel data of nobody": "\x7f\xff\x00\x10" + strings.Repeat("x", 16),
	} {
		t.Run(what, func(t *testing.T) {
			c, err := net.Dial("tcp", s.on(t, "tcp"))
			require.NoError(t, err)
			defer c.Close()
			_, err = io.WriteString(c, junk)
			require.NoError(t, err)
			if what == "channel data of nobody" { // whole, and ignored
				_, err = c.Write(stun.MustBuild(stun.TransactionID, stun.BindingRequest).Raw)
				require.NoError(t, err)
			}
			require.NoError(t, c.SetReadDeadline(time.Now().Add(patience)))
			n, err := c.Read(make([]byte, 100))
			if what == "channel data of nobody" {
				require.NoError(t, err)
				require.NotZero(t, n)
				return
			}
			require.NotErrorIs(t, err, os.ErrDeadlineExceeded)
			require.Error(t, err)
		})
	}
}

func TestOnePortTakenLeavesTheOther(t *testing.T) {
	var log bytes.Buffer
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	s := relayServer(t, func(o *Options) {
		o.Addr, o.CertFile, o.KeyFile = taken.Addr().String(), "", ""
		o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	})
	require.Contains(t, log.String(), "no TURN over tcp")
	stun, urls := s.URLs()
	require.Len(t, stun, 1)
	require.Len(t, urls, 1)
	allocate(t, ada(t, s, "udp"))
	require.NotContains(t, log.String(), string(testSecret))
}
