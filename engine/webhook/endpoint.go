package webhook

import (
	"context"
	"hash/maphash"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
)

// lanes is how many events may be on their way to one receiver at a time. A room has one lane,
// and with it its order.
const lanes = 16

// endpoint is a receiver, with what waits for it.
type endpoint struct {
	// Static after construction.
	url       string
	host      string // for the log: the rest of a URL may hold a secret
	keys      [][]byte
	node      string
	log       *slog.Logger
	client    http.Client
	own       *http.Transport // nil: somebody else's
	maxEvents int
	maxBytes  int
	ctx       context.Context // of all attempts
	cancel    context.CancelFunc
	closing   chan struct{} // closed as the hub is: no more pauses

	running sync.WaitGroup // lanes

	// Guarded by mu.
	mu       sync.Mutex
	lanes    [lanes]lane
	closed   bool // takes nothing more
	events   int  // that wait, or are being sent
	bytes    int  // of them
	sent     uint64
	failed   uint64
	dropped  uint64
	troubled bool // the log knows that it does not take what it is sent
}

// lane is a queue of events that are sent one after the other.
type lane struct {
	queue   []*event // the oldest first
	head    int      // events before it are gone
	running bool     // a goroutine is at it
}

func newEndpoint(u string, keys [][]byte, o Options) *endpoint {
	e := &endpoint{
		url: u, keys: keys, node: o.Node, log: o.Logger, maxEvents: o.MaxEvents, maxBytes: o.MaxBytes,
		closing: make(chan struct{}),
	}
	if parsed, err := url.Parse(u); err == nil {
		e.host = parsed.Host
	}
	e.ctx, e.cancel = context.WithCancel(context.Background())
	if o.Transport == nil {
		e.own = http.DefaultTransport.(*http.Transport).Clone()
		e.own.MaxIdleConnsPerHost = lanes
		o.Transport = e.own
	}
	e.client = http.Client{
		Transport:     o.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return e
}

var seed = maphash.MakeSeed()

// offer queues an event, or drops it where there is no space.
func (e *endpoint) offer(ev event) {
	size := ev.size()
	i := maphash.Comparable(seed, ev.RoomName) % lanes
	e.mu.Lock()
	if e.closed || e.events >= e.maxEvents || e.bytes+size > e.maxBytes {
		e.dropped++
		e.mu.Unlock()
		return
	}
	e.events++
	e.bytes += size
	l := &e.lanes[i]
	kept := ev                         // ev itself stays off the heap, where it is dropped
	kept.Member.Profile = ev.profile() // what is not told is not kept either
	l.queue = append(l.queue, &kept)
	start := !l.running
	if start {
		l.running = true
		e.running.Add(1)
	}
	e.mu.Unlock()
	if start {
		go e.run(l)
	}
}

// run sends what is in a lane, until it is empty.
func (e *endpoint) run(l *lane) {
	defer e.running.Done()
	for ev := e.next(l); ev != nil; ev = e.next(l) {
		e.settle(ev, e.deliver(ev))
	}
}

// next takes the oldest event of a lane, and is nil where there is none.
func (e *endpoint) next(l *lane) (ev *event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if l.head == len(l.queue) {
		*l = lane{}
		return nil
	}
	ev = l.queue[l.head]
	l.queue[l.head] = nil
	l.head++
	if l.head > 32 && 2*l.head > len(l.queue) {
		n := copy(l.queue, l.queue[l.head:])
		clear(l.queue[n:])
		l.queue, l.head = l.queue[:n], 0
	}
	return ev
}

// settle forgets an event that was taken, or given up.
func (e *endpoint) settle(ev *event, taken bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.events--
	e.bytes -= ev.size()
	if taken {
		e.sent++
	} else {
		e.dropped++
	}
}

// hurry takes no more events, and ends the pauses.
func (e *endpoint) hurry() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.closed {
		e.closed = true
		close(e.closing)
	}
}

// idle is closed when nothing waits any more, after hurry.
func (e *endpoint) idle() <-chan struct{} {
	done := make(chan struct{})
	go func() {
		e.running.Wait()
		close(done)
	}()
	return done
}

// end cuts what is on its way, and drops what waits.
func (e *endpoint) end() {
	e.cancel()
	e.running.Wait() // deliver returns at once
	if e.own != nil {
		e.own.CloseIdleConnections()
	}
}

func (e *endpoint) count(s *Stats) {
	e.mu.Lock()
	defer e.mu.Unlock()
	s.Sent += e.sent
	s.Failed += e.failed
	s.Dropped += e.dropped
	s.Queued += e.events
	s.QueuedBytes += e.bytes
}

// missing is how many events this receiver will never be sent.
func (e *endpoint) missing() uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.dropped
}

// attempted counts an attempt that was not taken, and has the log know of the first in a row, and
// of the one that was taken after that. A log that is slow holds up this lane, and no room.
func (e *endpoint) attempted(problem string) {
	switch turned, missing := e.turn(problem != ""); {
	case !turned:
	case problem == "":
		e.log.Info("webhook: the receiver takes events again", "host", e.host, "missing", missing)
	default:
		e.log.Warn("webhook: the receiver does not take events", "host", e.host, "problem", problem)
	}
}

// turn notes how an attempt went, and tells whether the one before went otherwise.
func (e *endpoint) turn(failed bool) (turned bool, missing uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if failed {
		e.failed++
	}
	turned = e.troubled != failed
	e.troubled = failed
	return turned, e.dropped
}
