package gateway

import "github.com/parley-signaling/parley/actors"

// Refusal is why a socket was turned away before it was a WebSocket. The set is closed.
type Refusal uint8

const (
	RefusedOrigin             Refusal = iota // the page's origin may not connect
	RefusedPath                              // no endpoint at this path
	RefusedVersion                           // not version 13 of WebSocket
	RefusedKey                               // a malformed Sec-WebSocket-Key
	RefusedProtocol                          // a malformed Sec-WebSocket-Protocol
	RefusedBody                              // an upgrade with a body
	RefusedHandshake                         // an upgrade that is wrong in another way
	RefusedHeader                            // longer headers than Options.MaxHeader
	RefusedGarbage                           // not HTTP
	RefusedHeadTimeout                       // a head that took longer than Options.HeaderTimeout
	RefusedHeadLost                          // the peer left, or we did, before its head was complete
	RefusedDescriptors                       // the process or the system has no descriptors left: once a pause in accepting
	RefusedConnections                       // as many sockets are open as may be
	RefusedRate                              // as many come in as may
	RefusedAddressConnections                // as many sockets of one address are open as may be
	RefusedAddressRate                       // as many sockets and requests of one address come in as may
	RefusedOverloaded                        // Options.Overloaded
	RefusedDraining                          // the gateway is shutting down
	RefusedInternal                          // a dialect panicked, or a connection could not be taken over
	RefusedTLSName                           // a TLS handshake for a name that GetCertificate has nothing for, or for none
	RefusedTLSCertificate                    // ErrNoCertificate
	RefusedTLSTimeout                        // a handshake that took longer than Options.HeaderTimeout
	RefusedTLSLost                           // the peer left, or we did, before its handshake was complete
	RefusedTLSHandshake                      // a handshake that is wrong in another way, or no TLS
	Refusals                                 // how many there are
)

var refusalNames = [Refusals]string{
	"origin", "path", "version", "key", "protocol", "body", "handshake", "header", "garbage",
	"head_timeout", "head_lost", "descriptors",
	"connections", "rate", "address_connections", "address_rate", "overloaded", "draining", "internal",
	"tls_name", "tls_certificate", "tls_timeout", "tls_lost", "tls_handshake",
}

// String is the reason's name in metrics: lower case, words joined by "_".
func (r Refusal) String() string { return nameOf(refusalNames[:], int(r)) }

// Ending is how a WebSocket connection ended. The set is closed.
type Ending uint8

const (
	EndedLost         Ending = iota // the peer just went
	EndedByPeer                     // the peer's close frame came first
	EndedCut                        // by Close, or by a Shutdown that ran out of time
	EndedNormal                     // from here on by us, with the close code of that name
	EndedDrain                      //
	EndedProtocol                   //
	EndedUnsupported                //
	EndedInvalid                    //
	EndedPolicy                     //
	EndedTooBig                     //
	EndedInternal                   //
	EndedOverloaded                 //
	EndedNoRoom                     //
	EndedUnauthorized               //
	EndedPing                       //
	EndedReplaced                   //
	EndedKicked                     //
	EndedTooSlow                    //
	EndedOther                      // with a code of a dialect's own
	Endings                         // how many there are
)

var endingNames = [Endings]string{
	"lost", "peer", "cut", "normal", "drain", "protocol", "unsupported", "invalid", "policy", "too_big", "internal",
	"overloaded", "no_room", "unauthorized", "ping", "replaced", "kicked", "too_slow", "other",
}

// String is the ending's name in metrics: lower case, words joined by "_".
func (e Ending) String() string { return nameOf(endingNames[:], int(e)) }

// endingOf is what our close frame with that code stands for.
func endingOf(code int) Ending {
	switch code {
	case actors.CloseNormal:
		return EndedNormal
	case actors.CloseDrain:
		return EndedDrain
	case actors.CloseProtocol:
		return EndedProtocol
	case actors.CloseUnsupported:
		return EndedUnsupported
	case actors.CloseInvalid:
		return EndedInvalid
	case actors.ClosePolicy:
		return EndedPolicy
	case actors.CloseTooBig:
		return EndedTooBig
	case actors.CloseInternal:
		return EndedInternal
	case actors.CloseOverloaded:
		return EndedOverloaded
	case actors.CloseNoRoom:
		return EndedNoRoom
	case actors.CloseUnauthorized:
		return EndedUnauthorized
	case actors.ClosePing:
		return EndedPing
	case actors.CloseReplaced:
		return EndedReplaced
	case actors.CloseKicked:
		return EndedKicked
	case actors.CloseTooSlow:
		return EndedTooSlow
	}
	return EndedOther
}

func nameOf(names []string, i int) string {
	if i >= len(names) {
		return "unknown"
	}
	return names[i]
}
