package api

import (
	"net/http"
	"time"

	"github.com/parley-signaling/parley/actors"
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

// Stats are counts of the node: what lives, and what has happened since the start.
type Stats struct {
	Connections int    `json:"connections"`
	Rooms       int    `json:"rooms"`
	Members     int    `json:"members"`
	TooSlow     uint64 `json:"tooSlow"` // connections closed because their output queue was full
	Panics      uint64 `json:"panics"`  // rooms that have failed
	Stuck       uint64 `json:"stuck"`   // behaviours that held up their room
	Unheard     uint64 `json:"unheard"` // events that a behaviour did not take

	Gateway  *GatewayStats `json:"gateway,omitempty"`
	Webhooks *WebhookStats `json:"webhooks,omitempty"`
}

// GatewayStats are counts of sockets.
type GatewayStats struct {
	Accepted uint64            `json:"accepted"`
	Upgraded uint64            `json:"upgraded"`
	Refused  map[string]uint64 `json:"refused"` // upgrades, by cause
	Closed   map[string]uint64 `json:"closed"`  // connections, by close code
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
	return Stats{
		Connections: s.Connections, Rooms: s.Rooms, Members: s.Members,
		TooSlow: s.TooSlow, Panics: s.Panics, Stuck: s.Stuck, Unheard: s.Unheard,
	}
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
	h.o.Drain()
	return answer{http.StatusAccepted, map[string]string{"state": "draining"}}, nil
}
