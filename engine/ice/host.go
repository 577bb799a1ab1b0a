package ice

import "net"

// probe is an address of TEST-NET-1 (RFC 5737): routed as the internet is, owned by nobody.
const probe = "192.0.2.1:9"

// Host chooses the host under which clients are told of a server that listens on addr: the
// configured one where there is one, else the address listened on, else, where that is every
// address, the one that this machine reaches the internet from. It is empty where none is
// known. A machine behind NAT, or in a container, must be told its public name.
func Host(configured string, addr *net.UDPAddr) string {
	switch {
	case configured != "":
		return configured
	case !addr.IP.IsUnspecified() && addr.IP != nil:
		return addr.IP.String()
	}
	return outbound()
}

// outbound asks the routing table for the source address of packets to the internet:
// connecting a UDP socket sends nothing.
func outbound() string {
	c, err := net.Dial("udp4", probe)
	if err != nil {
		return ""
	}
	defer c.Close()
	a, ok := c.LocalAddr().(*net.UDPAddr)
	if !ok || a.IP.IsUnspecified() {
		return ""
	}
	return a.IP.String()
}
