package ice

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/pion/stun/v3"
)

// probe is an address of TEST-NET-1 (RFC 5737): routed as the internet is, owned by nobody.
const probe = "192.0.2.1:9"

// How long the start may take to find out.
const (
	lookupPatience = 2 * time.Second
	stunPatience   = 500 * time.Millisecond // for each of stunTries
	stunTries      = 3
)

// PublicIP finds the IPv4 address at which peers reach what a server relays that listens on
// addr: host where it is one, or what it resolves to; else the address listened on, where that
// is one; else the one that this machine reaches the internet from or, where that is a private
// one, the one that a STUN server among others sees. It is the zero Addr where there is none.
// Behind NAT, or in a container, it cannot be found but for the last way.
func PublicIP(host, addr string, others []External) netip.Addr {
	if host != "" {
		if ip := resolve(host); ip.IsValid() {
			return ip
		}
	}
	if listen, _, err := net.SplitHostPort(addr); err == nil && listen != "" {
		if ip := resolve(listen); ip.IsValid() && !ip.IsUnspecified() {
			return ip
		}
	}
	ip := outbound()
	if ip.IsValid() && !Private(ip) {
		return ip
	}
	for _, e := range others {
		if u, err := stun.ParseURI(e.URL); err == nil && u.Scheme == stun.SchemeTypeSTUN {
			if seen := reflexive(net.JoinHostPort(u.Host, strconv.Itoa(u.Port))); seen.IsValid() {
				return seen
			}
		}
	}
	return ip
}

// resolve returns a name's first IPv4 address.
func resolve(host string) netip.Addr {
	ctx, cancel := context.WithTimeout(context.Background(), lookupPatience)
	defer cancel()
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip4", host)
	if err != nil || len(ips) == 0 {
		return netip.Addr{}
	}
	return ips[0].Unmap()
}

// outbound asks the routing table for the source address of packets to the internet:
// connecting a UDP socket sends nothing.
func outbound() netip.Addr {
	c, err := net.Dial("udp4", probe)
	if err != nil {
		return netip.Addr{}
	}
	defer c.Close()
	if ip := ipOf(c.LocalAddr()); !ip.IsUnspecified() {
		return ip
	}
	return netip.Addr{}
}

// reflexive asks a STUN server, "host:port", where packets of this machine come from.
func reflexive(server string) netip.Addr {
	c, err := net.DialTimeout("udp4", server, lookupPatience)
	if err != nil {
		return netip.Addr{}
	}
	defer c.Close()
	ask := stun.MustBuild(stun.TransactionID, stun.BindingRequest)
	for range stunTries {
		if _, err := c.Write(ask.Raw); err != nil {
			return netip.Addr{}
		}
		_ = c.SetReadDeadline(time.Now().Add(stunPatience))
		buf := make([]byte, 1500)
		n, err := c.Read(buf)
		if err != nil {
			continue
		}
		answer := &stun.Message{Raw: buf[:n]}
		var mapped stun.XORMappedAddress
		if answer.Decode() != nil || answer.TransactionID != ask.TransactionID || mapped.GetFrom(answer) != nil {
			continue
		}
		ip, _ := netip.AddrFromSlice(mapped.IP)
		return ip.Unmap()
	}
	return netip.Addr{}
}
