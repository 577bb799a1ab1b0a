package quota

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }
func key(s string) Key         { return KeyOf(addr(s)) }

func TestKeys(t *testing.T) {
	require.Equal(t, None, KeyOf(netip.Addr{}))
	for _, loopback := range []string{"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"} {
		require.Equal(t, None, key(loopback), loopback)
	}
	require.Equal(t, key("192.0.2.1"), key("::ffff:192.0.2.1"))
	require.NotEqual(t, key("192.0.2.1"), key("192.0.2.2"))
	require.Equal(t, key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"), "one /64")
	require.NotEqual(t, key("2001:db8:1:2::1"), key("2001:db8:1:3::1"))
	require.Equal(t, key("fe80::1"), KeyOf(addr("fe80::1").WithZone("eth0")))
	for _, s := range []string{"192.0.2.1", "2001:db8::1", "0.0.0.2"} {
		require.Greater(t, key(s), Proxied, s)
	}
}

func TestNumberOfSockets(t *testing.T) {
	q := New(Options{Connections: 5, AddressConnections: 2})
	const a, b, c = "192.0.2.1", "192.0.2.2", "127.0.0.1"
	require.Equal(t, OK, q.Enter(key(a)))
	require.Equal(t, OK, q.Enter(key(a)))
	require.Equal(t, AddressConnections, q.Enter(key(a)))
	require.Equal(t, OK, q.Enter(key(b)))
	require.Equal(t, OK, q.Enter(key(c)))
	require.Equal(t, OK, q.Enter(key(c)), "loopback has no bound of its own")
	require.Equal(t, Connections, q.Enter(key(c)))
	require.Equal(t, Connections, q.Enter(key(b)))
	q.Leave(key(c))
	require.Equal(t, OK, q.Enter(key(b)), "what was refused is not counted")
	q.Leave(key(a))
	require.Equal(t, OK, q.Enter(key(a)))
	require.Equal(t, 5, q.Sockets())
	for _, k := range []string{a, a, b, b, c} {
		q.Leave(key(k))
	}
	require.Zero(t, q.Sockets())
	require.Empty(t, q.open)
}

func TestRates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := New(Options{Rate: 10, AddressRate: 4, AddressRooms: 1})
		a, b := key("192.0.2.1"), key("2001:db8::1")
		for range 20 {
			require.Equal(t, OK, q.Ask(a))
		}
		require.Equal(t, AddressRate, q.Ask(a))
		require.Equal(t, AddressRate, q.Enter(a), "sockets and requests have one bucket")
		for range 20 {
			require.Equal(t, OK, q.Enter(b))
		}
		require.Equal(t, AddressRate, q.Enter(b))
		for range 30 {
			require.Equal(t, OK, q.Enter(None))
		}
		require.Equal(t, Rate, q.Enter(None), "50 in all")
		time.Sleep(time.Second)
		for range 4 {
			require.Equal(t, OK, q.Enter(a))
		}
		require.Equal(t, AddressRate, q.Enter(a))
		for range 6 {
			require.Equal(t, OK, q.Enter(None), "what an address was refused took nothing from the others")
		}
		require.Equal(t, Rate, q.Enter(None))

		for range 5 {
			require.True(t, q.OpenRoom(a))
		}
		require.False(t, q.OpenRoom(a))
		require.True(t, q.OpenRoom(b))
		require.True(t, q.OpenRoom(None))
	})
}

func TestWithoutBounds(t *testing.T) {
	q := New(Options{})
	a := key("192.0.2.1")
	for range 10_000 {
		require.Equal(t, OK, q.Enter(a))
		require.Equal(t, OK, q.Ask(a))
		require.True(t, q.OpenRoom(a))
	}
	require.Empty(t, q.open)
	require.Empty(t, q.asked.young)
}

// TestBucketsAreForgotten, but not before they are full again.
func TestBucketsAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := New(Options{AddressRate: 2})
		a := key("192.0.2.1")
		drain := func() (n int) {
			for q.Ask(a) == OK {
				n++
			}
			return n
		}
		require.Equal(t, 10, drain())
		for range 20 { // another address keeps the generations turning
			time.Sleep(time.Second)
			require.Equal(t, OK, q.Ask(key("192.0.2.2")))
			require.Equal(t, 2, drain())
		}
		time.Sleep(2 * burst)
		require.Equal(t, OK, q.Ask(key("192.0.2.2")))
		require.Len(t, q.asked.young, 1)
		require.Empty(t, q.asked.old)
		require.Equal(t, 10, drain())
	})
}

// TestBucketsAreBounded: a flood from very many networks.
func TestBucketsAreBounded(t *testing.T) {
	q := New(Options{AddressRate: 1})
	var b [16]byte
	for i := range 4 * maxBuckets {
		b[0], b[3], b[4], b[5] = 0x20, byte(i>>16), byte(i>>8), byte(i)
		require.Equal(t, OK, q.Ask(KeyOf(netip.AddrFrom16(b))))
		require.LessOrEqual(t, len(q.asked.young)+len(q.asked.old), 2*maxBuckets)
	}
}

func TestClientBehindProxies(t *testing.T) {
	q := New(Options{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}})
	for _, c := range []struct {
		peer      string
		forwarded []string
		want      string
	}{
		{"192.0.2.1", nil, "192.0.2.1"},
		{"192.0.2.1", []string{"198.51.100.1"}, "192.0.2.1"}, // nobody that is believed
		{"10.0.0.1", nil, "10.0.0.1"},
		{"10.0.0.1", []string{""}, "10.0.0.1"},
		{"10.0.0.1", []string{"198.51.100.1"}, "198.51.100.1"},
		{"::ffff:10.0.0.1", []string{"198.51.100.1"}, "198.51.100.1"},
		{"10.0.0.1", []string{"203.0.113.9, 198.51.100.1"}, "198.51.100.1"}, // the left one is the client's word
		{"10.0.0.1", []string{"203.0.113.9,198.51.100.1, 10.0.0.2 ,fd00::2"}, "198.51.100.1"},
		{"10.0.0.1", []string{"203.0.113.9", "198.51.100.1"}, "198.51.100.1"}, // two lines are one list
		{"10.0.0.1", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"10.0.0.1", []string{"198.51.100.1:4711"}, "198.51.100.1"},
		{"10.0.0.1", []string{"[2001:db8::1]:4711"}, "2001:db8::1"},
		{"10.0.0.1", []string{"[2001:db8::1]"}, "2001:db8::1"},
		{"10.0.0.1", []string{"fe80::1%eth0"}, "fe80::1"},
		{"10.0.0.1", []string{"198.51.100.1, unknown"}, "10.0.0.1"}, // rubbish: nothing left of it is believed
		{"10.0.0.1", []string{"198.51.100.1, unknown, 10.0.0.2"}, "10.0.0.2"},
		{"10.0.0.1", []string{"198.51.100.1,"}, "10.0.0.1"},
		{"10.0.0.1", []string{"198.51.100.1, 1.2.3"}, "10.0.0.1"},
		{"10.0.0.1", []string{"for=198.51.100.1"}, "10.0.0.1"},
	} {
		require.Equal(t, c.want, q.Client(addr(c.peer), c.forwarded).String(), "%s %q", c.peer, c.forwarded)
	}
	require.False(t, q.Client(netip.Addr{}, []string{"198.51.100.1"}).IsValid(), "a pipe")
}

func TestManyHopsAreNotRead(t *testing.T) {
	q := New(Options{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	long := "198.51.100.1"
	for range 10_000 {
		long += ",10.0.0.1"
	}
	require.Equal(t, "10.0.0.1", q.Client(addr("10.0.0.1"), []string{long}).String())
}

func TestProxiedSockets(t *testing.T) {
	q := New(Options{Connections: 3, AddressConnections: 1, Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	proxy := addr("10.0.0.1")
	k, v := q.Admit(proxy)
	require.Equal(t, OK, v)
	require.Equal(t, Proxied, k)
	client, v := q.Unveil(proxy, []string{"198.51.100.1"})
	require.Equal(t, OK, v)
	require.Equal(t, key("198.51.100.1"), client)
	_, v = q.Admit(proxy)
	require.Equal(t, OK, v, "the proxy itself has no bound")
	_, v = q.Unveil(proxy, []string{"198.51.100.1"})
	require.Equal(t, AddressConnections, v)
	q.Rise(client)
	_, v = q.Unveil(proxy, []string{"198.51.100.1"})
	require.Equal(t, OK, v)
	_, v = q.Admit(proxy)
	require.Equal(t, OK, v)
	_, v = q.Admit(proxy)
	require.Equal(t, Connections, v)
	q.Leave(client)
	q.Leave(Proxied)
	q.Leave(Proxied)
	require.Zero(t, q.Sockets())
	require.Empty(t, q.open)
}

func FuzzClient(f *testing.F) {
	q := New(Options{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	for _, s := range []string{"", "198.51.100.1", "a, 10.0.0.1", "[::1]:1,,", "::ffff:10.0.0.1%x"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, one, two string) {
		c := q.Client(addr("10.0.0.1"), []string{one, two})
		require.True(t, c.IsValid())
		require.False(t, c.Is4In6())
		require.Empty(t, c.Zone())
	})
}

func BenchmarkEnterAndLeave(b *testing.B) {
	q := New(Options{AddressConnections: 1 << 20, AddressRate: 1 << 30, Connections: 1 << 20, Rate: 1 << 30})
	a := key("192.0.2.1")
	b.ReportAllocs()
	for b.Loop() {
		if q.Enter(a) != OK {
			b.Fatal("refused")
		}
		q.Leave(a)
	}
}
