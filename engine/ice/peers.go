package ice

import (
	"net"
	"net/netip"
)

// The relay sends to public addresses only. Whatever else an address may lead to, seen from
// the engine's machine, is the operator's network and not the client's business.

// never are addresses that nobody has a use for as a peer.
var never = prefixes(
	"0.0.0.0/8",          // this network (RFC 791)
	"255.255.255.255/32", // broadcast (RFC 919)
	"224.0.0.0/4",        // multicast (RFC 5771)
	"::/128",             // unspecified
	"ff00::/8",           // multicast (RFC 4291)
)

// private are addresses that are not reachable from everywhere: those of IANA's special-purpose
// registries (RFC 6890) that are not in never.
var private = prefixes(
	"127.0.0.0/8",     // loopback
	"10.0.0.0/8",      // private (RFC 1918)
	"172.16.0.0/12",   //
	"192.168.0.0/16",  //
	"100.64.0.0/10",   // shared by a carrier's customers (RFC 6598)
	"169.254.0.0/16",  // link-local, and the metadata service of clouds
	"192.0.0.0/24",    // protocol assignments
	"192.0.2.0/24",    // documentation
	"198.51.100.0/24", //
	"203.0.113.0/24",  //
	"192.88.99.0/24",  // 6to4 relays, retired
	"198.18.0.0/15",   // benchmarks (RFC 2544)
	"240.0.0.0/4",     // reserved
	"::1/128",         // loopback
	"::/96",           // IPv4-compatible, retired
	"64:ff9b:1::/48",  // local translation (RFC 8215)
	"100::/64",        // discard
	"2001::/23",       // protocol assignments, Teredo
	"2001:db8::/32",   // documentation
	"3fff::/20",       //
	"5f00::/16",       // segment routing
	"fc00::/7",        // unique local (RFC 4193)
	"fe80::/10",       // link-local
	"fec0::/10",       // site-local, retired
)

// The prefixes of IPv6 addresses that stand for an IPv4 one.
var (
	nat64  = netip.MustParsePrefix("64:ff9b::/96") // RFC 6052: its last four bytes
	sixTo4 = netip.MustParsePrefix("2002::/16")    // RFC 3056: its bytes 2 to 5
)

func prefixes(texts ...string) (list []netip.Prefix) {
	for _, t := range texts {
		list = append(list, netip.MustParsePrefix(t))
	}
	return list
}

func within(list []netip.Prefix, ip netip.Addr) bool {
	for _, p := range list {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

// plain unwraps an IPv4 address that is written as an IPv6 one, and takes the zone away.
func plain(ip netip.Addr) netip.Addr {
	ip = ip.Unmap().WithZone("")
	b := ip.As16()
	switch {
	case ip.Is4():
		return ip
	case nat64.Contains(ip):
		return netip.AddrFrom4([4]byte(b[12:16]))
	case sixTo4.Contains(ip):
		return netip.AddrFrom4([4]byte(b[2:6]))
	}
	return ip
}

// peers says whom the relay may exchange packets with. Static.
type peers struct {
	private bool                    // development: private addresses too, the machine's own included
	own     map[netip.Addr]struct{} // the machine's addresses, public ones too: a firewall may be before them
}

func newPeers(private bool, public netip.Addr) peers {
	own := map[netip.Addr]struct{}{public: {}}
	for ip := range localAddrs() {
		own[ip] = struct{}{}
	}
	return peers{private, own}
}

// allow tells whether ip may be a peer.
func (p peers) allow(ip netip.Addr) bool {
	if !ip.IsValid() {
		return false
	}
	ip = plain(ip)
	if within(never, ip) {
		return false
	}
	if p.private {
		return true
	}
	_, own := p.own[ip]
	return !own && !within(private, ip)
}

// Private tells whether ip is not reachable from everywhere.
func Private(ip netip.Addr) bool { return within(private, plain(ip)) }

// localAddrs are the addresses of this machine's interfaces.
func localAddrs() map[netip.Addr]struct{} {
	addrs, _ := net.InterfaceAddrs() // none: as if there were none
	local := map[netip.Addr]struct{}{}
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok {
			if ip, ok := netip.AddrFromSlice(n.IP); ok {
				local[plain(ip)] = struct{}{}
			}
		}
	}
	return local
}
