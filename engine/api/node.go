package api

import (
	"net/http"
	"time"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

// Node is the process that is asked.
type Node struct {
	ID      string    `json:"id"` // another one after each start
	Version string    `json:"version"`
	Started time.Time `json:"started"`
	State   string    `json:"state"` // starting, ready or draining
	Listens []Listen  `json:"listens"`
}

// Listen is an address that clients reach the node at.
type Listen struct {
	Dialect string `json:"dialect"` // whose listener it is; "": the engine's own, with all of them
	Addr    string `json:"addr"`
}

// node describes the process.
func (h *Handler) node(r *http.Request) (answer, error) {
	if err := only(r); err != nil {
		return answer{}, err
	}
	n := h.o.Node()
	if n.Listens == nil {
		n.Listens = []Listen{}
	}
	n.Started = n.Started.UTC()
	return ok(n)
}

// nodeList is what nodes there are.
type nodeList struct {
	Nodes       []Node   `json:"nodes"`
	Unreachable []string `json:"unreachable,omitempty"` // ids of nodes that did not answer
}

// nodes lists the nodes of the cluster, this one first.
func (h *Handler) nodes(r *http.Request) (answer, error) {
	a, err := h.node(r)
	if err != nil {
		return a, err
	}
	return ok(nodeList{Nodes: []Node{a.body.(Node)}})
}

// Stats are counts of the node: what lives, and what has happened since the start.
type Stats struct {
	Connections int               `json:"connections"`
	Rooms       int               `json:"rooms"`
	Members     int               `json:"members"`
	Refused     map[string]uint64 `json:"refused"` // requests, by error code
	Cut         map[string]uint64 `json:"cut"`     // connections that broke a bound, by bound
	Dropped     map[string]uint64 `json:"dropped"` // messages that went nowhere, by reason
	Panics      uint64            `json:"panics"`  // rooms that have failed
	Stuck       uint64            `json:"stuck"`   // times that a behaviour held up its room

	Gateway  *GatewayStats `json:"gateway,omitempty"`
	Webhooks *WebhookStats `json:"webhooks,omitempty"`
}

// GatewayStats are counts of sockets.
type GatewayStats struct {
	Accepted uint64            `json:"accepted"`
	Upgraded uint64            `json:"upgraded"`
	Refused  map[string]uint64 `json:"refused"` // sockets that never came to be WebSockets, by cause
	Ended    map[string]uint64 `json:"ended"`   // connections, by how they ended
	Panics   uint64            `json:"panics"`  // connections that have failed
}

// WebhookStats are counts of the events that webhooks tell of.
type WebhookStats struct {
	Sent        uint64 `json:"sent"`
	Failed      uint64 `json:"failed"`  // attempts that were not taken
	Dropped     uint64 `json:"dropped"` // events that were given up, or for which there was no space
	Queued      int    `json:"queued"`
	QueuedBytes int    `json:"queuedBytes"`
}

// StatsOf are those of a system alone.
func StatsOf(s actors.Stats) Stats {
	v := Stats{
		Connections: s.Connections, Rooms: s.Rooms, Members: s.Members, Panics: s.Panics, Stuck: s.Stuck,
		Refused: map[string]uint64{}, Cut: map[string]uint64{}, Dropped: map[string]uint64{},
	}
	for i, n := range s.Refused {
		v.Refused[string(wire.Codes[i])] = n
	}
	for i, n := range s.Cut {
		v.Cut[actors.Cut(i).String()] = n
	}
	for i, n := range s.Dropped {
		v.Dropped[actors.Drop(i).String()] = n
	}
	return v
}

func (h *Handler) stats(r *http.Request) (answer, error) {
	if err := only(r); err != nil {
		return answer{}, err
	}
	return ok(h.o.Stats())
}

// drain begins the end of the node.
func (h *Handler) drain(r *http.Request) (answer, error) {
	if err := only(r); err != nil {
		return answer{}, err
	}
	if err := read(r, &struct{}{}); err != nil {
		return answer{}, err
	}
	if h.o.Drain == nil {
		return answer{}, &Problem{Status: http.StatusNotImplemented, Code: "not_implemented", Detail: "this node cannot be drained from here"}
	}
	h.log.Warn("api: a drain was asked for")
	return answer{status: http.StatusAccepted, body: map[string]string{"state": "draining"}, then: h.o.Drain}, nil
}
