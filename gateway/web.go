package gateway

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/parley-signaling/parley/gateway/quota"
)

// idleTimeout is how long a kept-alive HTTP connection may wait for its next request.
const idleTimeout = 2 * time.Minute

// web is the net/http server for what is not an upgrade. Connections come to it from the
// shards, with the bytes already read (handoff.go), or from listeners without epoll.
type web struct {
	server http.Server
	handed *handoffs
	g      *Gateway

	// Guarded by mu
	mu     sync.Mutex
	new    map[net.Conn]struct{} // no request has come yet
	guests map[net.Conn]*guest   // all connections
	turned int                   // guests that may not come in
}

func newWeb(g *Gateway) *web {
	w := &web{g: g, new: map[net.Conn]struct{}{}, guests: map[net.Conn]*guest{}}
	w.handed = newHandoffs(w)
	w.server = http.Server{
		Handler:           http.HandlerFunc(w.answer),
		ReadHeaderTimeout: g.o.HeaderTimeout,
		MaxHeaderBytes:    g.o.MaxHeader,
		IdleTimeout:       idleTimeout,
		ErrorLog:          ErrorLog(g.o.Logger, g.o.LogAddresses),
		ConnState:         w.track,
		ConnContext:       w.withGuest,
	}
	return w
}

// A body may take bodyTimes as long as a head (Options.HeaderTimeout) to come, and an answer
// answerTimes as long to be read, so that nobody holds a goroutine and a socket by a byte a minute.
// A handler that streams sets its own deadlines (http.ResponseController).
const (
	bodyTimes   = 3
	answerTimes = 12
)

func (w *web) answer(rw http.ResponseWriter, r *http.Request) {
	now, c := time.Now(), http.NewResponseController(rw)
	if r.ContentLength != 0 {
		_ = c.SetReadDeadline(now.Add(bodyTimes * w.g.o.HeaderTimeout))
	}
	_ = c.SetWriteDeadline(now.Add(answerTimes * w.g.o.HeaderTimeout))
	w.g.ServeHTTP(rw, r)
}

func (w *web) track(nc net.Conn, state http.ConnState) {
	if state == http.StateClosed || state == http.StateHijacked {
		w.left(nc)
	}
	w.mu.Lock()
	_, fresh := w.new[nc]
	if state == http.StateNew {
		w.new[nc] = struct{}{}
	} else {
		delete(w.new, nc)
	}
	w.mu.Unlock()
	if fresh && state == http.StateClosed {
		w.g.countHandshake(nc)
	}
}

// shutdown ends the server in good order. http.Server waits 5 s for a connection without a
// request; those are cut here.
func (w *web) shutdown(ctx context.Context) error {
	w.mu.Lock()
	for nc := range w.new {
		nc.Close()
	}
	w.mu.Unlock()
	return w.server.Shutdown(ctx)
}

// serve runs the server on ln until ln or the server is closed.
func (w *web) serve(ln net.Listener) error { return w.server.Serve(ln) }

// handoffs is a net.Listener whose connections were accepted elsewhere.
type handoffs struct {
	web *web // static

	// Guarded by mu
	mu     sync.Mutex
	more   sync.Cond
	queue  []handoff
	closed bool
}

// handoff is a descriptor and what was read from it.
type handoff struct {
	fd   int
	read []byte
	key  quota.Key // what it counts as
}

func newHandoffs(w *web) *handoffs {
	h := &handoffs{web: w}
	h.more.L = &h.mu
	return h
}

// push hands a connection over; false where the server is closed. It does not block.
func (h *handoffs) push(c handoff) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	h.queue = append(h.queue, c)
	h.more.Signal()
	return true
}

// Accept implements net.Listener.
func (h *handoffs) Accept() (net.Conn, error) {
	for {
		c, ok := h.pop()
		if !ok {
			return nil, net.ErrClosed
		}
		nc, err := netConn(c.fd)
		if err != nil {
			h.web.g.o.Quota.Leave(c.key)
			continue
		}
		rc := &readConn{Conn: nc, read: c.read}
		h.web.sit(rc, &guest{key: c.key})
		return rc, nil
	}
}

func (h *handoffs) pop() (handoff, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for len(h.queue) == 0 && !h.closed {
		h.more.Wait()
	}
	if len(h.queue) == 0 {
		return handoff{}, false
	}
	c := h.queue[0]
	h.queue[0] = handoff{}
	h.queue = h.queue[1:]
	return c, true
}

// Close implements net.Listener. What was handed over before is still accepted.
func (h *handoffs) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	h.more.Broadcast()
	return nil
}

// Addr implements net.Listener.
func (h *handoffs) Addr() net.Addr { return &net.TCPAddr{} }

// readConn is a connection of which something has been read before.
type readConn struct {
	net.Conn
	read []byte // by the only reader
}

func (c *readConn) Read(b []byte) (int, error) {
	if len(c.read) == 0 {
		return c.Conn.Read(b)
	}
	n := copy(b, c.read)
	if c.read = c.read[n:]; len(c.read) == 0 {
		c.read = nil
	}
	return n, nil
}
