package api

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httputil"
	"slices"
	"strings"
	"sync"

	"github.com/parley-signaling/parley/actors"
)

// Cluster is what the API needs to know of the other nodes.
type Cluster interface {
	// Nodes are this node and the others that are there.
	Nodes() (self string, others []string)
	// Owner is the node that a room lives on, or would live on.
	Owner(actors.RoomName) string
	// Transport carries requests to another node's Handler (Here).
	Transport(node string) http.RoundTripper
}

// Here answers for this node alone: it is what other nodes ask.
func (h *Handler) Here() http.Handler { return http.HandlerFunc(h.here) }

// alone answers where there is no cluster: the only node may be named.
func (h *Handler) alone(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if at, _ := h.find(r); at != nil && at.path != livePath && query.Has("node") {
		if query.Get("node") != h.o.Node().ID {
			Refuse(w, noSuchNode)
			return
		}
		query.Del("node")
		r.URL.RawQuery = query.Encode()
	}
	h.here(w, r)
}

// everywhere answers for all nodes: a request about a room goes to the node that has it, one that
// names a node to that, and lists are gathered from all of them.
func (h *Handler) everywhere(w http.ResponseWriter, r *http.Request) {
	self, others := h.o.Cluster.Nodes()
	query := r.URL.Query()
	at, _ := h.find(r)
	switch {
	case at == nil:
		h.here(w, r)
	case at.gather != nil && !query.Has("node"):
		at.gather(h, w, r)
	case at.path == livePath:
		h.here(w, r) // and asks the others itself
	case query.Has("node"):
		node := query.Get("node")
		query.Del("node")
		r.URL.RawQuery = query.Encode()
		if node != self && !slices.Contains(others, node) {
			Refuse(w, noSuchNode)
			return
		}
		h.at(w, r, node)
	case strings.Contains(at.path, "/rooms/{name}"):
		name, err := roomOf(r)
		if err != nil {
			encode(answer{}, err).write(w)
			return
		}
		h.at(w, r, h.o.Cluster.Owner(name))
	default:
		h.here(w, r)
	}
}

var noSuchNode = &Problem{Status: http.StatusNotFound, Code: "no_such_node", Field: "node", Detail: "node: no such node at this moment"}

// at has a node answer a request.
func (h *Handler) at(w http.ResponseWriter, r *http.Request, node string) {
	if self, _ := h.o.Cluster.Nodes(); node == self || node == "" {
		h.here(w, r)
		return
	}
	proxy := httputil.ReverseProxy{
		Transport: h.o.Cluster.Transport(node),
		Rewrite:   func(p *httputil.ProxyRequest) { outbound(p.Out, node) },
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			h.log.Warn("a node does not answer", "node", node, "err", err)
			Refuse(w, &Problem{
				Status: http.StatusServiceUnavailable, Code: "node_lost",
				Detail: "the node that it lives on does not answer; nobody knows whether it was done",
			})
		},
	}
	proxy.ServeHTTP(w, r)
}

// outbound makes a request one between nodes. The operator's token stays here.
func outbound(r *http.Request, node string) {
	r.URL.Scheme, r.URL.Host, r.Host = "http", node, node
	r.Header.Del("Authorization")
	r.Header.Del("Cookie")
}

// piece is what one node has answered.
type piece struct {
	node   string
	status int // 0: it did not answer
	header http.Header
	body   []byte
}

// askAll has all nodes answer a request without a body; this node's piece is the first.
func (h *Handler) askAll(r *http.Request) []piece {
	self, others := h.o.Cluster.Nodes()
	ctx, cancel := context.WithTimeout(r.Context(), 2*h.o.Patience)
	defer cancel()
	r = r.WithContext(ctx)
	pieces := make([]piece, 1+len(others))
	pieces[0] = piece{node: self}
	var all sync.WaitGroup
	all.Go(func() { pieces[0].fill(local{h}, r) })
	for i, node := range others {
		pieces[i+1] = piece{node: node}
		all.Go(func() { pieces[i+1].fill(h.o.Cluster.Transport(node), r) })
	}
	all.Wait()
	return pieces
}

func (p *piece) fill(t http.RoundTripper, r *http.Request) {
	r = r.Clone(r.Context())
	r.Method, r.Body, r.ContentLength = http.MethodGet, nil, 0
	outbound(r, p.node)
	resp, err := t.RoundTrip(r)
	if err != nil {
		return
	}
	defer resp.Body.Close()
	if p.body, err = io.ReadAll(resp.Body); err == nil {
		p.status, p.header = resp.StatusCode, resp.Header
	}
}

// local is the transport to this node.
type local struct{ h *Handler }

// RoundTrip implements http.RoundTripper.
func (l local) RoundTrip(r *http.Request) (*http.Response, error) {
	var w buffer
	l.h.here(&w, r)
	return &http.Response{StatusCode: w.status, Header: w.header, Body: io.NopCloser(&w.Buffer)}, nil
}

// buffer keeps an answer of this node.
type buffer struct {
	bytes.Buffer
	header http.Header
	status int
}

// Header implements http.ResponseWriter.
func (b *buffer) Header() http.Header {
	if b.header == nil {
		b.header = http.Header{}
	}
	return b.header
}

// WriteHeader implements http.ResponseWriter.
func (b *buffer) WriteHeader(status int) { b.status = status }
