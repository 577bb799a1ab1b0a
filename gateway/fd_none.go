//go:build !linux || !(amd64 || arm64)

package gateway

import (
	"net"

	"github.com/parley-signaling/parley/gateway/poll"
)

// Without epoll there are no bare descriptors.

func listeningFD(net.Listener) (int, bool) { return -1, false }
func takeFD(net.Conn) (int, bool)          { return -1, false }
func netConn(int) (net.Conn, error)        { return nil, poll.ErrUnsupported }
func closeFD(int)                          {}
func scarce(error) bool                    { return false }
func transient(error) bool                 { return false }
