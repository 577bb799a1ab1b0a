// Package ice is the engine's part in finding a path between two browsers (ICE, RFC 8445): an
// embedded STUN and TURN server (RFC 8489, RFC 8656) over UDP, TCP and TLS, and the list of
// servers, its own and others', that members are handed with credentials that run out.
package ice

import (
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"

	"github.com/parley-signaling/parley/engine/certificate"
	"github.com/pion/turn/v4"
)

// Realm is what the credentials of the embedded server are for.
const Realm = "parley"

// Options configure a Server.
type Options struct {
	Addr       string     // UDP and TCP, "host:port"; an empty host is every address, port 0 any free one
	TLSAddr    string     // TCP, for turns:; used where there is a certificate
	CertFile   string     // PEM, the chain; with KeyFile. Both are read again when they change
	KeyFile    string     // PEM
	PublicHost string     // the name or address under which clients reach the server; "": PublicIP
	PublicIP   netip.Addr // IPv4: where peers reach relayed clients; zero: STUN alone

	Secret           Secret
	Quota            int    // allocations of one user at a time; 0: STUN alone, no relaying
	MinPort, MaxPort uint16 // of relayed clients, UDP
	PrivatePeers     bool   // for development: relay to private addresses and to this machine too

	Logger       *slog.Logger // nil: slog.Default()
	LogAddresses bool         // what concerns single clients may be logged, by their addresses
}

// Server is a running STUN and TURN server.
type Server struct {
	// Static after construction.
	options   Options
	ledger    *ledger
	relay     *relay // nil: STUN alone
	listeners []listener
	files     *certificate.Files // of turns:; nil: there is none
}

// listener is one transport of a Server.
type listener struct {
	transport string // "udp", "tcp" or "tls"
	addr      net.Addr
	server    *turn.Server
	streams   *streams // nil: UDP
}

// Listen opens what it can of the transports and answers until Close. What it cannot open it
// warns of; the error is that of Addr's UDP port where there is nothing left to serve.
func Listen(o Options) (*Server, error) {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	s := &Server{options: o, ledger: newLedger(o.Secret, o.Quota)}
	if o.Quota > 0 && o.PublicIP.IsValid() {
		s.relay = newRelay(o)
	}
	err := s.listenUDP()
	if err != nil {
		o.Logger.Warn("no STUN and TURN over UDP", "addr", o.Addr, "err", err)
	}
	if s.relay != nil {
		s.listenStreams("tcp", o.Addr)
	}
	if s.relay != nil && o.CertFile != "" {
		s.listenStreams("tls", o.TLSAddr)
	}
	if len(s.listeners) == 0 {
		return nil, fmt.Errorf("ice: %w", err)
	}
	return s, nil
}

func (s *Server) listenUDP() error {
	pc, err := net.ListenPacket("udp", s.options.Addr)
	if err != nil {
		return err
	}
	// Without an AuthHandler and a RelayAddressGenerator pion serves STUN alone: an
	// allocation is answered 401 and, with credentials, 400.
	c, p := s.config(), turn.PacketConnConfig{PacketConn: pc}
	if s.relay != nil {
		p.RelayAddressGenerator, p.PermissionHandler = s.relay, s.relay.permit
		s.ledger.handlers(&c, "udp")
	}
	c.PacketConnConfigs = []turn.PacketConnConfig{p}
	if err := s.start(c, listener{transport: "udp", addr: pc.LocalAddr()}); err != nil {
		_ = pc.Close()
		return err
	}
	return nil
}

// listenStreams serves TURN over TCP, or TLS.
func (s *Server) listenStreams(transport, addr string) {
	ln, err := s.openStreams(transport, addr)
	if err != nil {
		s.options.Logger.Warn("no TURN over "+transport, "addr", addr, "err", err)
		return
	}
	c := s.config()
	s.ledger.handlers(&c, transport)
	c.ListenerConfigs = []turn.ListenerConfig{{Listener: ln, RelayAddressGenerator: s.relay, PermissionHandler: s.relay.permit}}
	if err := s.start(c, listener{transport: transport, addr: ln.Addr(), streams: ln}); err != nil {
		_ = ln.Close()
		s.options.Logger.Warn("no TURN over "+transport, "addr", addr, "err", err)
	}
}

func (s *Server) openStreams(transport, addr string) (*streams, error) {
	busy := func(client net.Addr) bool { return s.ledger.holds(at(transport, client)) }
	if transport == "tcp" {
		return listenStreams(addr, nil, busy)
	}
	files, err := certificate.Load(certificate.Options{
		CertFile: s.options.CertFile, KeyFile: s.options.KeyFile, Use: "turns:", Logger: s.options.Logger,
	})
	if err != nil {
		return nil, err
	}
	if err := files.Covers(s.host()); err != nil {
		s.options.Logger.Warn("browsers will not trust the certificate of turns:", "err", err)
	}
	ln, err := listenStreams(addr, files.Config(), busy)
	if err == nil {
		s.files = files
	}
	return ln, err
}

func (s *Server) config() turn.ServerConfig {
	return turn.ServerConfig{Realm: Realm, LoggerFactory: loggers{s.options.Logger, s.options.LogAddresses}}
}

func (s *Server) start(c turn.ServerConfig, l listener) error {
	var err error
	if l.server, err = turn.NewServer(c); err == nil {
		s.listeners = append(s.listeners, l)
	}
	return err
}

// ipOf is the address listened on; unspecified: all.
func ipOf(a net.Addr) netip.Addr { return at("", a).client.Addr().Unmap() }

// Addr is the address listened on: UDP's, where there is UDP.
func (s *Server) Addr() net.Addr { return s.listeners[0].addr }

// AllocationCount is how many clients are relayed at this moment.
func (s *Server) AllocationCount() (n int) {
	for _, l := range s.listeners {
		n += l.server.AllocationCount()
	}
	return n
}

// Certificate is that of turns: at this moment; nil where there is none.
func (s *Server) Certificate() *x509.Certificate {
	if s.files == nil {
		return nil
	}
	return s.files.Leaf()
}

// Close stops the server, frees its sockets and ends what it relays. It is called once.
func (s *Server) Close() error {
	var errs []error
	for _, l := range s.listeners {
		errs = append(errs, l.server.Close())
		if l.streams != nil {
			l.streams.cut()
		}
	}
	return errors.Join(errs...)
}

// host is what clients are told; "": none is known.
func (s *Server) host() string {
	listen, _, _ := net.SplitHostPort(s.options.Addr)
	switch o := s.options; {
	case o.PublicHost != "":
		return o.PublicHost
	case o.PublicIP.IsValid():
		return o.PublicIP.String()
	case net.ParseIP(listen) != nil && !net.ParseIP(listen).IsUnspecified(): // IPv6: STUN alone
		return listen
	}
	return ""
}

// URLs are the server's addresses for clients, as in an RTCIceServer's urls (RFC 7064 and
// RFC 7065): what needs no credentials, and what does. Both are empty where no host is known.
func (s *Server) URLs() (stun, turn []string) {
	for _, l := range s.listeners {
		if s.host() == "" {
			break
		}
		_, port, _ := net.SplitHostPort(l.addr.String())
		at := net.JoinHostPort(s.host(), port)
		switch {
		case l.transport == "udp":
			stun = append(stun, "stun:"+at)
			if s.relay != nil {
				turn = append(turn, "turn:"+at+"?transport=udp")
			}
		case l.transport == "tcp":
			turn = append(turn, "turn:"+at+"?transport=tcp")
		default:
			turn = append(turn, "turns:"+at+"?transport=tcp")
		}
	}
	return stun, turn
}
