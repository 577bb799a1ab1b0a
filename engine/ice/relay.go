package ice

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync/atomic"

	"github.com/pion/turn/v4"
)

var (
	errNoPort = errors.New("ice: no relay port is free")
	errPeer   = errors.New("ice: no relaying to this peer")
	errNoTCP  = errors.New("ice: no relaying to TCP peers")
)

// portTries is how many ports that are not the relay's own, but cannot be opened, it takes to
// give up.
const portTries = 64

// relay opens the sockets that allocations relay through, one port each, and keeps what goes
// through them to the peers that are allowed. It implements turn.RelayAddressGenerator.
//
// Its own sockets are always allowed, for where both sides of a call are relayed here, each
// one's peer is the other one's socket: those that are open, not whatever else listens there.
type relay struct {
	// Static after construction
	peers    peers
	public   netip.Addr // what clients and peers are told
	bind     netip.Addr // what sockets are bound to; unspecified: all addresses
	inside   netip.Addr // leads to the sockets from this machine, where public may not
	min, max uint16     // the ports

	live [1 << 16 / 64]atomic.Uint64 // a bit for each open port
}

var _ turn.RelayAddressGenerator = (*relay)(nil)

// newRelay relays as o.PublicIP, which need not be an address of this machine's own: NAT may be
// before it.
func newRelay(o Options) *relay {
	r := &relay{peers: newPeers(o.PrivatePeers, o.PublicIP), public: o.PublicIP, min: o.MinPort, max: o.MaxPort}
	host, _, _ := net.SplitHostPort(o.Addr)
	listen, _ := netip.ParseAddr(host)
	_, local := localAddrs()[o.PublicIP]
	switch {
	case listen.Is4() && !listen.IsUnspecified():
		r.bind, r.inside = listen, listen
	case local:
		r.bind, r.inside = o.PublicIP, o.PublicIP
	default:
		r.bind, r.inside = netip.IPv4Unspecified(), netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	return r
}

// Validate is turn's; the options were validated before.
func (r *relay) Validate() error { return nil }

// AllocateConn is for RFC 6062, which browsers do not use.
func (r *relay) AllocateConn(string, int) (net.Conn, net.Addr, error) { return nil, nil, errNoTCP }

// AllocatePacketConn opens a socket, at the port asked for or, where that is 0, at any.
func (r *relay) AllocatePacketConn(network string, port int) (net.PacketConn, net.Addr, error) {
	if network != "udp4" {
		return nil, nil, fmt.Errorf("ice: no relaying over %s", network)
	}
	if port != 0 {
		return r.open(uint16(port))
	}
	size := int(r.max-r.min) + 1
	start, tries := rand.IntN(size), 0
	for i := range size {
		p := r.min + uint16((start+i)%size)
		if r.isLive(p) {
			continue
		}
		if c, a, err := r.open(p); err == nil {
			return c, a, nil
		}
		if tries++; tries == portTries {
			break
		}
	}
	return nil, nil, errNoPort
}

func (r *relay) open(port uint16) (net.PacketConn, net.Addr, error) {
	if port < r.min || port > r.max {
		return nil, nil, errNoPort
	}
	c, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(r.bind, port)))
	if err != nil {
		return nil, nil, err
	}
	r.set(port, true)
	return &relayConn{UDPConn: c, relay: r, port: port}, net.UDPAddrFromAddrPort(netip.AddrPortFrom(r.public, port)), nil
}

func (r *relay) isLive(port uint16) bool { return r.live[port/64].Load()&(1<<(port%64)) != 0 }

func (r *relay) set(port uint16, live bool) {
	if bit := uint64(1) << (port % 64); live {
		r.live[port/64].Or(bit)
	} else {
		r.live[port/64].And(^bit)
	}
}

// permit is turn's PermissionHandler: it knows no ports, those are looked at packet by packet.
func (r *relay) permit(_ net.Addr, peer net.IP) bool {
	ip, ok := netip.AddrFromSlice(peer)
	return ok && (ip.Unmap() == r.public || r.peers.allow(ip))
}

// outward turns a peer's address into the one to send to; false: it is not to be sent to.
func (r *relay) outward(peer netip.AddrPort) (netip.AddrPort, bool) {
	peer = netip.AddrPortFrom(peer.Addr().Unmap(), peer.Port())
	if peer.Addr() == r.public && r.isLive(peer.Port()) {
		return netip.AddrPortFrom(r.inside, peer.Port()), true
	}
	return peer, r.peers.allow(peer.Addr())
}

// inward turns the address that a packet has come from into the peer's; false: nobody is to
// hear of it.
func (r *relay) inward(from netip.AddrPort) (netip.AddrPort, bool) {
	from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
	if (from.Addr() == r.inside || from.Addr() == r.public) && r.isLive(from.Port()) {
		return netip.AddrPortFrom(r.public, from.Port()), true
	}
	return from, r.peers.allow(from.Addr())
}

// relayConn is the socket of one allocation.
type relayConn struct {
	*net.UDPConn
	relay  *relay
	port   uint16
	closed atomic.Bool
}

// WriteTo sends to peers that are allowed.
func (c *relayConn) WriteTo(b []byte, peer net.Addr) (int, error) {
	u, ok := peer.(*net.UDPAddr)
	if !ok {
		return 0, errPeer
	}
	to, ok := c.relay.outward(u.AddrPort())
	if !ok {
		return 0, errPeer
	}
	return c.WriteToUDPAddrPort(b, to)
}

// ReadFrom hears peers that are allowed.
func (c *relayConn) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, from, err := c.ReadFromUDPAddrPort(b)
		if err != nil {
			return n, nil, err
		}
		if peer, ok := c.relay.inward(from); ok {
			return n, net.UDPAddrFromAddrPort(peer), nil
		}
	}
}

// Close frees the port.
func (c *relayConn) Close() error {
	if c.closed.CompareAndSwap(false, true) {
		c.relay.set(c.port, false)
	}
	return c.UDPConn.Close()
}
