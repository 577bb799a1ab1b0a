package quota

import (
	"encoding/binary"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// Key is an address as far as quotas tell it from others.
type Key uint64

// None is no address: of what is not IP, and of loopback. It has no bounds of its own.
// Proxied is the address of a proxy that is believed, whose clients are told apart by what they
// ask. It has no bounds either.
const (
	None Key = iota
	Proxied
)

// String is "address-" and hexadecimal digits; "" where the key has no bounds.
func (k Key) String() string {
	if k <= Proxied {
		return ""
	}
	return "address-" + strconv.FormatUint(uint64(k), 16)
}

// KeyOf is a's key: an IPv4 address, or the upper half of an IPv6 address. (What an IPv4 address
// can be taken for, ::/32, is in nobody's hands, and 0.0.0.1 is nobody's: RFC 4291, 2.4, RFC
// 6890.)
func KeyOf(a netip.Addr) Key {
	a = a.Unmap()
	switch {
	case !a.IsValid() || a.IsLoopback():
		return None
	case a.Is4():
		b := a.As4()
		return Key(binary.BigEndian.Uint32(b[:]))
	}
	b := a.As16()
	return Key(binary.BigEndian.Uint64(b[:8]))
}

// AddrOf is the IP address in a; the zero Addr where there is none.
func AddrOf(a net.Addr) netip.Addr {
	switch a := a.(type) {
	case *net.TCPAddr:
		return a.AddrPort().Addr().Unmap()
	case nil:
		return netip.Addr{}
	}
	return parse(a.String())
}

// maxHops is how far back X-Forwarded-For is read.
const maxHops = 32

// Trusts tells whether a proxy that is believed has that address.
func (q *Quota) Trusts(a netip.Addr) bool {
	a = a.Unmap()
	for _, p := range q.o.Proxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// Client is who has sent a request: the peer or, where that is a proxy that is believed, the
// last one in X-Forwarded-For that is not. Whatever stands left of that the client may have made
// up itself. Where an entry is no address, the proxy that has written it stands for its clients.
func (q *Quota) Client(peer netip.Addr, forwarded []string) netip.Addr {
	client := peer.Unmap()
	rest := strings.Join(forwarded, ",")
	for hops := 0; rest != "" && hops < maxHops && q.Trusts(client); hops++ {
		var last string
		rest, last = cutLast(rest)
		a := parse(strings.TrimSpace(last))
		if !a.IsValid() {
			break
		}
		client = a
	}
	return client
}

// cutLast takes the last element off a comma-separated list.
func cutLast(list string) (rest, last string) {
	i := strings.LastIndexByte(list, ',')
	return list[:max(i, 0)], list[i+1:]
}

// parse reads an address, also with a port, as some proxies write it; the zero Addr where it is
// none.
func parse(s string) netip.Addr {
	if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return a.Unmap().WithZone("")
	}
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().WithZone("")
	}
	return netip.Addr{}
}
