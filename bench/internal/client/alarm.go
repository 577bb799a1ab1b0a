package client

import (
	"time"

	"github.com/parley-signaling/parley/gateway/poll"
)

// alarm ends the poller's sleep at a time. It belongs to the loop's goroutine.
type alarm interface {
	set(in time.Duration) // positive; replaces the last setting
	clear()               // after its event
	close()
}

// waker is the portable alarm, as fine as Go's timers: about a millisecond.
type waker struct{ timer *time.Timer }

func newWaker(p *poll.Poller) alarm {
	t := time.AfterFunc(time.Hour, p.Wake)
	return waker{t}
}

func (w waker) set(in time.Duration) { w.timer.Reset(in) }
func (w waker) clear()               {}
func (w waker) close()               { w.timer.Stop() }
