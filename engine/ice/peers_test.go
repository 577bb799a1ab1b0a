package ice

import (
	"net"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
)

// Who may be a peer: in production, in development.
var peerTable = []struct {
	ip             string
	may, developer bool
}{
	{"8.8.8.8", true, true},
	{"1.1.1.1", true, true},
	{"172.15.255.255", true, true},
	{"172.32.0.0", true, true},
	{"100.63.255.255", true, true},
	{"100.128.0.0", true, true},
	{"2606:4700::1111", true, true},
	{"::ffff:8.8.8.8", true, true},
	{"64:ff9b::808:808", true, true},
	{"2002:808:808::1", true, true},

	{"127.0.0.1", false, true},
	{"127.255.255.255", false, true},
	{"10.0.0.1", false, true},
	{"172.16.0.1", false, true},
	{"172.31.255.255", false, true},
	{"192.168.1.1", false, true},
	{"100.64.0.1", false, true},
	{"100.100.100.200", false, true},
	{"169.254.169.254", false, true},
	{"192.0.0.192", false, true},
	{"198.18.0.1", false, true},
	{"203.0.113.5", false, true},
	{"240.0.0.1", false, true},
	{"::1", false, true},
	{"::7f00:1", false, true},
	{"fe80::1", false, true},
	{"fe80::1%eth0", false, true},
	{"febf::1", false, true},
	{"fec0::1", false, true},
	{"fc00::1", false, true},
	{"fd12:3456::1", false, true},
	{"2001:db8::1", false, true},
	{"2001::1", false, true},
	{"::ffff:127.0.0.1", false, true},
	{"::ffff:10.1.2.3", false, true},
	{"::ffff:169.254.169.254", false, true},
	{"64:ff9b::7f00:1", false, true},
	{"64:ff9b::a00:1", false, true},
	{"64:ff9b:1::808:808", false, true},
	{"2002:7f00:1::1", false, true},
	{"2002:a9fe:a9fe::", false, true},

	{"0.0.0.0", false, false},
	{"0.1.2.3", false, false},
	{"255.255.255.255", false, false},
	{"224.0.0.251", false, false},
	{"239.255.255.250", false, false},
	{"::", false, false},
	{"ff02::fb", false, false},
	{"::ffff:0.0.0.0", false, false},
	{"::ffff:224.0.0.1", false, false},
	{"64:ff9b::e000:1", false, false},
	{"2002:e000:1::", false, false},
}

func TestPeers(t *testing.T) {
	relayed := netip.MustParseAddr("9.9.9.9")
	strict, lax := newPeers(false, relayed), newPeers(true, relayed)
	for _, c := range peerTable {
		ip := netip.MustParseAddr(c.ip)
		require.Equal(t, c.may, strict.allow(ip), c.ip)
		require.Equal(t, c.developer, lax.allow(ip), "%s, in development", c.ip)
	}
	require.False(t, strict.allow(netip.Addr{}))
	require.False(t, lax.allow(netip.Addr{}))
}

// A firewall may stand before the machine's public addresses, and not behind them.
func TestOwnAddressesAreNoPeers(t *testing.T) {
	own := netip.MustParseAddr("8.8.8.8")
	require.False(t, newPeers(false, own).allow(own))
	require.True(t, newPeers(true, own).allow(own))
	for ip := range localAddrs() {
		require.False(t, newPeers(false, own).allow(ip), ip)
	}
}

func TestRelaysOwnSocketsArePeers(t *testing.T) {
	r := newRelay(Options{Addr: "127.0.0.1:3478", PublicIP: netip.MustParseAddr("8.8.8.8"), MinPort: 1024, MaxPort: 65535})
	c, told, err := r.AllocatePacketConn("udp4", 0)
	require.NoError(t, err)
	port := uint16(told.(*net.UDPAddr).Port)
	public, inside := netip.AddrPortFrom(r.public, port), netip.AddrPortFrom(r.inside, port)
	require.Equal(t, public.String(), told.String())

	require.True(t, r.permit(nil, told.(*net.UDPAddr).IP))
	require.False(t, r.permit(nil, net.IPv4(127, 0, 0, 1)), "not by its inside")
	require.False(t, r.permit(nil, nil))

	to, ok := r.outward(public)
	require.True(t, ok)
	require.Equal(t, inside, to)
	_, ok = r.outward(inside)
	require.False(t, ok)
	from, ok := r.inward(inside)
	require.True(t, ok)
	require.Equal(t, public, from)

	other := port ^ 1 // open, but no relay's
	_, ok = r.outward(netip.AddrPortFrom(r.public, other))
	require.False(t, ok)
	_, ok = r.inward(netip.AddrPortFrom(r.inside, other))
	require.False(t, ok)

	require.NoError(t, c.Close())
	_, ok = r.outward(public)
	require.False(t, ok, "closed")
}

func TestRelayPorts(t *testing.T) {
	r := newRelay(Options{Addr: "127.0.0.1:0", PublicIP: netip.MustParseAddr("127.0.0.1"), MinPort: 41000, MaxPort: 41003})
	var open []net.PacketConn
	seen := map[int]bool{}
	for range 4 {
		c, a, err := r.AllocatePacketConn("udp4", 0)
		if err != nil {
			continue // somebody else's port
		}
		require.False(t, seen[a.(*net.UDPAddr).Port])
		seen[a.(*net.UDPAddr).Port] = true
		require.Contains(t, []int{41000, 41001, 41002, 41003}, a.(*net.UDPAddr).Port)
		open = append(open, c)
	}
	_, _, err := r.AllocatePacketConn("udp4", 0)
	require.ErrorIs(t, err, errNoPort)
	_, _, err = r.AllocatePacketConn("udp4", 40999)
	require.ErrorIs(t, err, errNoPort)
	_, _, err = r.AllocatePacketConn("udp6", 0)
	require.Error(t, err)
	for _, c := range open {
		require.NoError(t, c.Close())
	}
	c, _, err := r.AllocatePacketConn("udp4", 0)
	require.NoError(t, err)
	require.NoError(t, c.Close())
}
