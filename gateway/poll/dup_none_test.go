//go:build !linux || !(amd64 || arm64)

package poll

import (
	"net"
	"testing"
)

func dup(*testing.T, *net.TCPConn) int { return -1 }
