package api

import (
	"net/http"
	"slices"
)

const livePath = "/api/v1/live"

// AllNodes names all nodes, where a stream may tell of them.
const AllNodes = "*"

// snapshot is the picture of this node.
func (h *Handler) snapshot(r *http.Request) (answer, error) {
	if err := only(r); err != nil {
		return answer{}, err
	}
	if h.o.Snapshot == nil {
		return answer{}, &Problem{Status: http.StatusNotImplemented, Code: "not_implemented", Detail: "this node makes no pictures"}
	}
	return ok(h.o.Snapshot())
}

// live has pictures streamed: of this node, of another one, or of all.
func (h *Handler) live(r *http.Request) (answer, error) {
	if err := only(r, "node"); err != nil {
		return answer{}, err
	}
	if h.o.Live == nil {
		return answer{}, &Problem{Status: http.StatusNotImplemented, Code: "not_implemented", Detail: "this node makes no pictures"}
	}
	if node := r.URL.Query().Get("node"); node != "" && node != AllNodes && !slices.Contains(h.nodeIDs(), node) {
		return answer{}, noSuchNode
	}
	return answer{stream: h.o.Live}, nil
}

// nodeIDs are those of this node and of the others.
func (h *Handler) nodeIDs() []string {
	if h.o.Cluster == nil {
		return []string{h.o.Node().ID}
	}
	self, others := h.o.Cluster.Nodes()
	return append([]string{self}, others...)
}
