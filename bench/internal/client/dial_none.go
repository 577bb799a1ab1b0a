//go:build !linux

package client

import "github.com/parley-signaling/parley/gateway/poll"

func (*Loop) dialFD(*Conn, uint64) error { return poll.ErrUnsupported }
