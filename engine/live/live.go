// Package live tells operators what goes on in an engine, or in all engines of a cluster, once a
// second: a stream of JSON lines, each a Snapshot or a [Picture]. Lines are made once for all who
// look, and not at all while nobody does.
package live

import (
	"net/http"
	"sync"
	"time"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/engine/api"
	"github.com/parley-signaling/parley/gateway"
)

// Interval is the time between two snapshots.
const Interval = time.Second

// MaxViewers is how many may look at a time; further ones are refused.
const MaxViewers = 64

// Options are the parts that are looked at. All are required but Others.
type Options struct {
	Node        func() string // the engine's id
	Name        string        // that operators know it by
	Version     string
	Started     time.Time
	System      *actors.System
	Gateways    func() []*gateway.Gateway
	Allocations func() int    // of the TURN server
	State       func() string // starting, ready or draining
	Others      Others        // nil: there is no cluster
}

// Handler serves the stream.
type Handler struct {
	// Static after construction
	o        Options
	deserted chan struct{} // the last viewer has left

	// Guarded by mu
	mu      sync.Mutex
	viewers map[chan []byte]string // whom each looks at: a node, or api.AllNodes
	running bool
}

// New makes a Handler.
func New(o Options) *Handler {
	return &Handler{o: o, deserted: make(chan struct{}, 1), viewers: map[chan []byte]string{}}
}

// ServeHTTP streams lines until the request's context is done: Snapshots of this engine, of the one
// that the query's node names, until it is gone, or Pictures of all of them (api.AllNodes).
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	lines := h.enter(r.URL.Query().Get("node"))
	if lines == nil {
		api.Refuse(w, &api.Problem{
			Status: http.StatusServiceUnavailable, Code: "busy", Limit: MaxViewers, Detail: "too many look on already",
		})
		return
	}
	defer h.leave(lines)
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would gather them
	if r.Method == http.MethodHead {
		return
	}
	out := http.NewResponseController(w)
	for {
		var line []byte
		var there bool
		select {
		case line, there = <-lines:
		case <-r.Context().Done():
		}
		if !there {
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
func (h *Handler) enter(node string) chan []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.viewers) >= MaxViewers {
		return nil
	}
	lines := make(chan []byte, 1)
	h.viewers[lines] = node
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

// tell makes the lines that somebody waits for. Who has not taken the last one misses it.
func (h *Handler) tell() {
	made := h.look(h.nodes())
	h.mu.Lock()
	defer h.mu.Unlock()
	for lines, node := range h.viewers {
		line, known := made[node]
		switch {
		case !known: // it does not answer, or the viewer has come meanwhile
			continue
		case line == nil: // it is gone
			delete(h.viewers, lines)
			close(lines)
			continue
		}
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
