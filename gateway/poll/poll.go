// Package poll tells one goroutine which of its many connections can be read or written. It
// has two implementations behind one type, and one Poller serves both at once:
//
//   - Bare file descriptors (Linux on amd64 and arm64) in a level-triggered epoll. An idle
//     connection costs a few dozen bytes and no goroutine. The epoll descriptor itself is
//     waited on through Go's own network poller, so that no thread is held.
//   - Any net.Conn (TLS, an embedding server's connection, an in-memory pipe, other
//     systems), by a reader goroutine and a writer goroutine that emulate readiness.
//
// Only Wake may be called from any goroutine; everything else belongs to the poller's owner.
package poll

import (
	"errors"
	"sync"
	"sync/atomic"
)

// ErrAgain says that a connection is not ready; an event will tell when it is.
var ErrAgain = errors.New("poll: not ready")

// HaveDescriptors tells whether this system has pollers that take bare descriptors.
const HaveDescriptors = haveEpoll

// ErrUnsupported is returned for bare descriptors where there is no epoll.
var ErrUnsupported = errors.New("poll: no bare descriptors on this system")

// maxBufs bounds the buffers of one Writev.
const maxBufs = 65

// Event is a connection that became ready.
type Event struct {
	Token    uint64 // as given when the connection was added
	Readable bool   // a Read will not answer ErrAgain
	Writable bool   // a Writev will not answer ErrAgain
	Hangup   bool   // both directions are gone, or the socket failed
}

// The states of a Poller's owner.
const (
	running int32 = iota // it will look at its queues before it sleeps
	asleep               // it sleeps in Wait
	woken                // a Wake is not yet seen
)

// Poller waits for many connections. Create it with New.
type Poller struct {
	// Static after construction
	ep      *epoll        // nil: net.Conn only
	wake    chan struct{} // ends a sleep where there is no epoll; capacity 1
	streams sync.WaitGroup

	state atomic.Int32

	// Owned by the poller's owner
	taken []*stream // taken from ready

	// Guarded by mu, which is taken while a stream's is held, never the other way round
	mu    sync.Mutex
	ready []*stream // those that have come to have something to report
}

// New returns a poller. portable leaves epoll out, so that only net.Conn can be added; it is
// implied where there is no epoll.
func New(portable bool) (*Poller, error) {
	p := &Poller{wake: make(chan struct{}, 1)}
	if portable || !haveEpoll {
		return p, nil
	}
	ep, err := newEpoll()
	p.ep = ep
	return p, err
}

// Descriptors reports whether AddFD works.
func (p *Poller) Descriptors() bool { return p.ep != nil }

// Wait appends the connections that are ready to evs, up to its capacity, which must not be
// zero. With block set it sleeps until there is an event or a Wake; a Wake since the last
// Wait counts. Readiness is level-triggered: what is left unread is reported again.
func (p *Poller) Wait(evs []Event, block bool) ([]Event, error) {
	evs = p.takeReady(evs)
	block = block && len(evs) == 0 && p.state.CompareAndSwap(running, asleep)
	var err error
	switch {
	case p.ep != nil && len(evs) < cap(evs):
		evs, err = p.ep.wait(evs, block)
	case block:
		<-p.wake
	}
	p.state.Store(running)
	if block {
		evs = p.takeReady(evs)
	}
	return evs, err
}

// Attend forgets every Wake so far: the owner is about to look at its queues, and then sleeps
// only if they are empty. Without it a Wake by the owner itself costs a Wait that does not sleep.
func (p *Poller) Attend() { p.state.Store(running) }

// Wake ends the owner's present or next sleep. From anywhere. It costs a system call only
// where the owner sleeps.
func (p *Poller) Wake() {
	if p.state.Load() == woken || p.state.Swap(woken) != asleep {
		return
	}
	if p.ep != nil {
		p.ep.signal()
		return
	}
	select {
	case p.wake <- struct{}{}:
	default: // a Wake that came as the sleep ended is still in the channel
	}
}

// Close ends the poller; its connections must have been closed. It waits for their goroutines.
func (p *Poller) Close() error {
	p.streams.Wait()
	if p.ep == nil {
		return nil
	}
	return p.ep.close()
}

// list queues c for the owner's next look. From anywhere; once for each takeReady.
func (p *Poller) list(c *stream) {
	p.mu.Lock()
	p.ready = append(p.ready, c)
	p.mu.Unlock()
	p.Wake()
}

// takeReady appends the events of the net.Conn side. A stream that has one stays taken, to be
// asked again in the next Wait: its owner may have left it unread.
func (p *Poller) takeReady(evs []Event) []Event {
	p.mu.Lock()
	p.taken = append(p.taken, p.ready...)
	clear(p.ready)
	p.ready = p.ready[:0]
	p.mu.Unlock()
	if len(p.taken) == 0 {
		return evs
	}
	asked, first := 0, len(evs)
	for asked < len(p.taken) && len(evs) < cap(evs) {
		if ev, ok := p.taken[asked].take(); ok {
			p.taken[len(evs)-first] = p.taken[asked]
			evs = append(evs, ev)
		}
		asked++
	}
	kept, all := len(evs)-first, len(p.taken)
	if asked < all { // those that were not asked come first the next time
		p.taken = append(p.taken[asked:all:all], p.taken[:kept]...)
		return evs
	}
	clear(p.taken[kept:])
	p.taken = p.taken[:kept]
	return evs
}
