// Package live tells operators what goes on in an engine, once a second: a stream of JSON lines,
// each a Snapshot. It is made once for all who look, and not at all while nobody does.
package live

import (
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/gateway"
)

// Interval is the time between two snapshots.
const Interval = time.Second

// MaxViewers is how many may look at a time; further ones are refused.
const MaxViewers = 64

// Options are the parts that are looked at. All are required.
type Options struct {
	Version     string
	Started     time.Time
	System      *actors.System
	Gateways    func() []*gateway.Gateway
	Allocations func() int    // of the TURN server
	State       func() string // starting, ready or draining
}

// Handler serves the stream.
type Handler struct {
	// Static after construction
	o        Options
	deserted chan struct{} // the last viewer has left

	// Guarded by mu
	mu      sync.Mutex
	viewers map[chan []byte]struct{}
	running bool
}

// New makes a Handler.
func New(o Options) *Handler {
	return &Handler{o: o, deserted: make(chan struct{}, 1), viewers: map[chan []byte]struct{}{}}
}

// ServeHTTP streams snapshots until the request's context is done.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	lines := h.enter()
	if lines == nil {
		w.Header().Set("Retry-After", "5")
		http.Error(w, "too many look on already", http.StatusServiceUnavailable)
		return
	}
	defer h.leave(lines)
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would gather them
	out := http.NewResponseController(w)
	for {
		var line []byte
		select {
		case line = <-lines:
		case <-r.Context().Done():
			return
		}
		_ = out.SetWriteDeadline(time.Now().Add(10 * Interval)) // not everything that writes has one
		if _, err := w.Write(line); err != nil {
			return
		}
		if err := out.Flush(); err != nil {
			return
		}
	}
}

// enter is nil where there is no place. The first one sets things going.
func (h *Handler) enter() chan []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.viewers) == MaxViewers {
		return nil
	}
	lines := make(chan []byte, 1)
	h.viewers[lines] = struct{}{}
	if !h.running {
		h.running = true
		go h.run()
	}
	return lines
}

func (h *Handler) leave(lines chan []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.viewers, lines)
	if len(h.viewers) == 0 {
		select {
		case h.deserted <- struct{}{}:
		default:
		}
	}
}

// run makes snapshots until nobody looks any more.
func (h *Handler) run() {
	tick := time.NewTicker(Interval)
	defer tick.Stop()
	for h.wanted() {
		h.tell()
		select {
		case <-tick.C:
		case <-h.deserted:
		}
	}
}

// tell makes a snapshot. Who has not taken the last one misses it.
func (h *Handler) tell() {
	line := h.line()
	h.mu.Lock()
	defer h.mu.Unlock()
	for lines := range h.viewers {
		select {
		case lines <- line:
		default:
		}
	}
}

func (h *Handler) wanted() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.running = len(h.viewers) > 0
	return h.running
}

// line is a snapshot as it is sent.
func (h *Handler) line() []byte {
	b, err := json.Marshal(h.o.Snapshot())
	if err != nil { // numbers and strings
		panic(err)
	}
	return append(b, '\n')
}
