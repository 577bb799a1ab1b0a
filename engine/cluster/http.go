package cluster

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// Bounds of requests between nodes.
const (
	maxServed   = 64               // that one node carries out at a time; others are answered 503
	maxRequest  = 1 << 20          // bytes of a request's body
	maxResponse = 16 << 20         // bytes of an answer's body
	servedFor   = 30 * time.Second // at most
)

// ErrNode: the node is not there, or was lost before it answered. Nobody knows whether the request was carried out.
var ErrNode = errors.New("the node is not there")

// requests are HTTP requests that nodes make of each other, over the links.
type requests struct {
	handler http.Handler // static after Serve; nil: there is nothing to be had here
	served  chan struct{}

	// Guarded by mu
	mu      sync.Mutex
	last    uint64
	waiting map[uint64]waiting
}

type waiting struct {
	node   string
	answer chan []byte // one; closed: the node is lost
}

// Serve has h answer what other nodes ask this one for (Transport). It is called before Start, at most once.
func (c *Cluster) Serve(h http.Handler) { c.requests.handler = h }

// Transport carries HTTP requests to another node, which Serve answers there. An answer comes whole. A request's
// body has at most 1 MiB. ErrNode.
func (c *Cluster) Transport(node string) http.RoundTripper { return transport{c, node} }

type transport struct {
	c    *Cluster
	node string
}

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	id, w := t.c.requests.add(t.node)
	defer t.c.requests.forget(id)
	b, err := putRequest(id, r)
	if err != nil {
		return nil, err
	}
	l := t.c.links.find(t.node)
	if l == nil || !l.send(forRequests, b) {
		return nil, fmt.Errorf("%w: %s", ErrNode, t.node)
	}
	select {
	case b, ok := <-w.answer:
		if !ok {
			return nil, fmt.Errorf("%w: %s", ErrNode, t.node)
		}
		return http.ReadResponse(bufio.NewReader(bytes.NewReader(b)), r)
	case <-l.done:
		return nil, fmt.Errorf("%w: %s", ErrNode, t.node)
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

func putRequest(id uint64, r *http.Request) ([]byte, error) {
	if r.Body != nil {
		defer r.Body.Close()
		body, err := io.ReadAll(io.LimitReader(r.Body, maxRequest+1))
		if err != nil {
			return nil, err
		}
		if len(body) > maxRequest {
			return nil, fmt.Errorf("body: more than %d bytes", maxRequest)
		}
		r = r.Clone(r.Context())
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}
	w := bytes.NewBuffer(binary.BigEndian.AppendUint64(nil, id))
	err := r.Write(w)
	return w.Bytes(), err
}

func (q *requests) add(node string) (id uint64, w waiting) {
	w = waiting{node, make(chan []byte, 1)}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.last++
	if q.waiting == nil {
		q.waiting = map[uint64]waiting{}
	}
	q.waiting[q.last] = w
	return q.last, w
}

func (q *requests) forget(id uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.waiting, id)
}

// fail ends what waits for a node: the link was cut.
func (q *requests) fail(node string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for id, w := range q.waiting {
		if w.node == node {
			close(w.answer)
			delete(q.waiting, id)
		}
	}
}

// answered takes another node's answer.
func (q *requests) answered(node string, frame []byte) {
	if len(frame) < 8 {
		return
	}
	id := binary.BigEndian.Uint64(frame)
	q.mu.Lock()
	defer q.mu.Unlock()
	if w, ok := q.waiting[id]; ok && w.node == node {
		w.answer <- frame[8:]
		delete(q.waiting, id)
	}
}

// asked has another node's request carried out. It does not wait for that.
func (q *requests) asked(l *link, frame []byte) {
	if len(frame) < 8 {
		return
	}
	id, body := frame[:8:8], frame[8:]
	select {
	case q.served <- struct{}{}:
	default:
		l.send(forAnswers, putResponse(id, &recorder{status: http.StatusServiceUnavailable}))
		return
	}
	l.c.running.Go(func() {
		defer func() { <-q.served }()
		l.send(forAnswers, putResponse(id, q.serve(l, body)))
	})
}

func (q *requests) serve(l *link, b []byte) *recorder {
	w := &recorder{status: http.StatusOK}
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(b)))
	if err != nil || q.handler == nil {
		w.status = http.StatusNotImplemented
		return w
	}
	ctx, cancel := context.WithTimeout(context.Background(), servedFor)
	defer cancel()
	l.c.running.Go(func() {
		select {
		case <-l.done: // whoever asked is gone
			cancel()
		case <-ctx.Done():
		}
	})
	r.RemoteAddr = l.node
	q.handler.ServeHTTP(w, r.WithContext(ctx))
	if w.body.Len() > maxResponse {
		return &recorder{status: http.StatusInsufficientStorage}
	}
	return w
}

// recorder keeps an answer until it is whole.
type recorder struct {
	header  http.Header
	status  int
	started bool
	body    bytes.Buffer
}

// Header implements http.ResponseWriter.
func (w *recorder) Header() http.Header {
	if w.header == nil {
		w.header = http.Header{}
	}
	return w.header
}

// WriteHeader implements http.ResponseWriter: the first one counts.
func (w *recorder) WriteHeader(status int) {
	if !w.started {
		w.started, w.status = true, status
	}
}

// Write implements http.ResponseWriter.
func (w *recorder) Write(b []byte) (int, error) {
	w.started = true
	return w.body.Write(b)
}

func putResponse(id []byte, w *recorder) []byte {
	r := http.Response{
		StatusCode: w.status, ProtoMajor: 1, ProtoMinor: 1, Header: w.header,
		Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()),
	}
	b := bytes.NewBuffer(id)
	_ = r.Write(b) // a bytes.Buffer takes everything
	return b.Bytes()
}
