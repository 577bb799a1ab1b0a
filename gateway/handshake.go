package gateway

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// ErrNoCertificate is for tls.Config.GetCertificate of a listener: an error that wraps it says that
// there is no certificate for now, and is counted as RefusedTLSCertificate. Where there will never be
// one for a name, GetCertificate returns nil and no error: the client is told unrecognized_name
// then, and RefusedTLSName is counted.
var ErrNoCertificate = errors.New("gateway: no certificate for now")

// secured is a connection with a handshake before it: a *tls.Conn.
type secured interface{ Handshake() error }

func isTLS(nc net.Conn) bool {
	_, ok := nc.(secured)
	return ok
}

// countHandshake counts a connection that is closed and has had no request, if it has not even
// come through its handshake, by why.
func (g *Gateway) countHandshake(nc net.Conn) {
	if c, ok := nc.(secured); ok {
		if err := c.Handshake(); err != nil { // it is closed: that is the error it has ended with
			g.stats.refuse(handshakeRefusal(err))
		}
	}
}

// noCertificate is what crypto/tls says where GetCertificate has returned nil and no error.
const noCertificate = "tls: no certificates configured"

func handshakeRefusal(err error) Refusal {
	switch {
	case errors.Is(err, ErrNoCertificate):
		return RefusedTLSCertificate
	case errors.Is(err, os.ErrDeadlineExceeded):
		return RefusedTLSTimeout
	case err.Error() == noCertificate:
		return RefusedTLSName
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return RefusedTLSLost
	}
	return RefusedTLSHandshake
}
