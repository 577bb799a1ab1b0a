package gatewaytest

import (
	"sync/atomic"
	"time"

	"github.com/parley-signaling/parley/actors/roomtest"
	"github.com/parley-signaling/parley/actors/wire"
)

// Target is what a gateway that is reached through p looks like to package roomtest; the
// caller fills in what it knows of the server's settings. connections tells how many are
// open on the server.
func Target(p *Proxy, path string, seed uint64, connections func() int) roomtest.Target {
	var n atomic.Uint64
	return roomtest.Target{
		Dial: func(c wire.Codec) (roomtest.Line, error) {
			return Dial(p, path, c, seed+n.Add(1))
		},
		Settle:      settle,
		Connections: connections,
		Lossy:       true,
		Slack:       time.Second,
		Deep:        8 << 20, // in the kernel's buffers
	}
}

// settle tries until it succeeds, for as long as a test may take.
func settle(try func() error) error {
	deadline := time.Now().Add(15 * time.Second)
	for pause := 100 * time.Microsecond; ; pause = min(2*pause, 5*time.Millisecond) {
		err := try()
		if err == nil || time.Now().After(deadline) {
			return err
		}
		time.Sleep(pause)
	}
}
