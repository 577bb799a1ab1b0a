// Package ice is the engine's embedded ICE helper: a STUN server (RFC 8489) that tells a
// browser the address its packets come from. It answers Binding requests over UDP and
// refuses every TURN allocation: it relays nothing.
package ice

import (
	"fmt"
	"log/slog"
	"net"
	"strconv"

	"github.com/pion/turn/v4"
)

// Realm is what the answers to refused allocations carry.
const Realm = "parley"

// Server is a running STUN server.
type Server struct {
	// Static after construction.
	addr   *net.UDPAddr
	server *turn.Server
}

// Listen opens a UDP socket on addr ("host:port"; an empty host is every address, port 0 any
// free one) and answers on it until Close. A nil log is slog.Default().
//
// There is no TCP listener: browsers ask for their reflexive address over UDP only.
func Listen(addr string, log *slog.Logger) (*Server, error) {
	if log == nil {
		log = slog.Default()
	}
	pc, err := net.ListenPacket("udp", addr)
	if err != nil {
		return nil, fmt.Errorf("ice: %w", err)
	}
	s, err := turn.NewServer(turn.ServerConfig{
		Realm:         Realm,
		LoggerFactory: loggers{log},
		// Without an AuthHandler and a RelayAddressGenerator pion serves STUN alone: an
		// allocation is answered 401 and, with credentials, 400.
		PacketConnConfigs: []turn.PacketConnConfig{{PacketConn: pc}},
	})
	if err != nil {
		_ = pc.Close()
		return nil, fmt.Errorf("ice: %w", err)
	}
	return &Server{addr: pc.LocalAddr().(*net.UDPAddr), server: s}, nil
}

// Addr is the address listened on.
func (s *Server) Addr() *net.UDPAddr { return s.addr }

// Close stops the server and frees its socket. It is called once.
func (s *Server) Close() error { return s.server.Close() }

// URL is the server's address for clients that reach it at host, a name or an address
// without a port, as in an RTCIceServer's urls (RFC 7064).
func (s *Server) URL(host string) string {
	return "stun:" + net.JoinHostPort(host, strconv.Itoa(s.addr.Port))
}
