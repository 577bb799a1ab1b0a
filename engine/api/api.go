// Package api is the HTTP API of an engine's operators: rooms, members and counts to look at,
// events to send into rooms, members and connections to end. openapi.yaml describes it to
// programs, and is served as /api/v1/openapi.yaml.
//
// Nothing that it does holds up anybody else: a list looks at the rooms in small steps, what is
// in a room is asked of the room itself, in its turn, and a room that does not answer in time
// is shown as busy.
//
// It lets in whoever reaches it: who that may be is for its caller to say (package admin).
package api

import (
	"cmp"
	"log/slog"
	"net/http"
	"time"

	"github.com/parley-signaling/parley/actors"
)

// Options configure a Handler. System is required.
type Options struct {
	System *actors.System
	Node   func() Node  // the process; nil: nothing is known of it
	Stats  func() Stats // counts of the whole engine; nil: those of System
	Drain  func()       // begins a drain, and does not wait for it; nil: there is none
	// Snapshot is the picture of the engine at this moment, to be encoded as JSON; nil: there is none.
	Snapshot func() any
	// Live streams such pictures; it is asked for nodes that are there only. nil: there is none.
	Live http.Handler
	// Behavior names the behaviour that was set for a pattern; nil: the pattern itself.
	Behavior func(pattern string) string
	Cluster  Cluster       // the other nodes; nil: there are none
	Patience time.Duration // how long a room may take to answer; 0: 2 s
	Logger   *slog.Logger  // nil: slog.Default(). What operators change is logged
}

// Handler serves /api/v1/.
type Handler struct {
	// Static after construction.
	o      Options
	system *actors.System
	log    *slog.Logger
	table  []route

	memory memory // of what was asked with an Idempotency-Key
}

var _ http.Handler = (*Handler)(nil)

// answer is what an operation replies with.
type answer struct {
	status int
	body   any    // encoded as JSON, but for a response, which goes out as it is
	then   func() // is called once the client has been told; nil: nothing

	stream http.Handler // answers in place of all that; nil: nobody does
}

func ok(body any) (answer, error) { return answer{status: http.StatusOK, body: body}, nil }

// operation is one method of one path. Its error is a *Problem, or one of actors'.
type operation func(*http.Request) (answer, error)

func (h *Handler) routes() []route {
	const room, member = "/api/v1/rooms/{name}", "/api/v1/rooms/{name}/members/{member}"
	return []route{
		{http.MethodGet, "/api/v1/node", h.node, nil},
		{http.MethodGet, "/api/v1/nodes", h.nodes, (*Handler).gatherNodes},
		{http.MethodGet, "/api/v1/stats", h.stats, nil},
		{http.MethodGet, "/api/v1/snapshot", h.snapshot, nil},
		{http.MethodGet, livePath, h.live, nil},
		{http.MethodGet, "/api/v1/rooms", h.rooms, (*Handler).gatherRooms},
		{http.MethodGet, room, h.room, nil},
		{http.MethodGet, room + "/members", h.roomMembers, nil},
		{http.MethodGet, member, h.member, nil},
		{http.MethodGet, "/api/v1/members", h.members, (*Handler).gatherMembers},
		{http.MethodPost, room + "/events", h.post, nil},
		{http.MethodPut, room + "/lock", h.lock, nil},
		{http.MethodPost, room + "/close", h.close, nil},
		{http.MethodPost, member + "/kick", h.kick, nil},
		{http.MethodPut, member + "/role", h.setRole, nil},
		{http.MethodPost, "/api/v1/connections/{id}/disconnect", h.disconnect, nil},
		{http.MethodPost, "/api/v1/node/drain", h.drain, nil},
		{http.MethodGet, "/api/v1/openapi.yaml", describe, nil},
	}
}

// New makes a Handler.
func New(o Options) *Handler {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Node == nil {
		o.Node = func() Node { return Node{State: "ready"} }
	}
	if o.Stats == nil {
		o.Stats = func() Stats { return StatsOf(o.System.Stats()) }
	}
	if o.Behavior == nil {
		o.Behavior = func(pattern string) string { return pattern }
	}
	o.Patience = cmp.Or(o.Patience, 2*time.Second)
	h := &Handler{o: o, system: o.System, log: o.Logger}
	h.memory.init()
	h.table = h.routes()
	return h
}

// maxQuery bounds what stands behind the question mark, in bytes.
const maxQuery = 8 << 10

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if len(r.URL.RawQuery) > maxQuery {
		Refuse(w, outOfRange("query", "at most 8192 bytes", maxQuery))
		return
	}
	if h.o.Cluster != nil {
		h.everywhere(w, r)
		return
	}
	h.alone(w, r)
}

// here answers for this node.
func (h *Handler) here(w http.ResponseWriter, r *http.Request) {
	at, allow := h.find(r)
	switch {
	case at != nil:
		h.serve(w, r, at.do)
	case allow != "":
		w.Header().Set("Allow", allow)
		Refuse(w, &Problem{Status: http.StatusMethodNotAllowed, Code: "method_not_allowed", Detail: "only " + allow})
	default:
		Refuse(w, &Problem{Status: http.StatusNotFound, Code: "not_found", Detail: "nothing is at " + r.URL.Path})
	}
}

// serve carries an operation out.
func (h *Handler) serve(w http.ResponseWriter, r *http.Request, do operation) {
	if r.Method == http.MethodPost && r.Header.Get(keyHeader) != "" {
		h.once(w, r, do)
		return
	}
	a, err := do(r)
	if err == nil && a.stream != nil {
		a.stream.ServeHTTP(w, r)
		return
	}
	encode(a, err).write(w)
}
