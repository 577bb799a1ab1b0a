//go:build !linux || !(amd64 || arm64)

package poll

import "net/netip"

const haveEpoll = false

// epoll is never made here; what would use it is never reached.
type epoll struct{}

func newEpoll() (*epoll, error) { return nil, ErrUnsupported }

func (*epoll) wait(evs []Event, _ bool) ([]Event, error) { return evs, ErrUnsupported }
func (*epoll) signal()                                   {}
func (*epoll) close() error                              { return nil }
func (*epoll) add(int, uint64) error                     { return ErrUnsupported }
func (*epoll) modify(int, uint64, bool, bool) error      { return ErrUnsupported }
func (*epoll) remove(int)                                {}
func (*epoll) writev(int, [][]byte) (int, error)         { return 0, ErrUnsupported }

func fdRead(int, []byte) (int, error) { return 0, ErrUnsupported }
func fdPeer(int) netip.Addr           { return netip.Addr{} }
func fdCloseWrite(int)                {}
func fdClose(int, bool)               {}

// Accept is for bare descriptors, which are not there.
func Accept(int) (int, netip.Addr, error) { return -1, netip.Addr{}, ErrUnsupported }
