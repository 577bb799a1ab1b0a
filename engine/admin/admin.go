// Package admin is what an operator sees of an engine over HTTP: metrics, profiles, and a place
// for what else is only for operators. Everything is behind a bearer token; where there is none,
// only this machine is served.
package admin

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"
)

// Options configure a Handler.
type Options struct {
	Token  string       // that requests must bear, MinToken bytes or more; "": none, and see [New]
	Logger *slog.Logger // nil: slog.Default()
}

// Handler serves operators. Its paths are those that [Owns] knows.
type Handler struct {
	// Static after construction.
	log    *slog.Logger
	gate   gate
	ctx    context.Context // of every request; done when no more is to be served
	cancel context.CancelFunc

	open    *http.ServeMux // to everybody who reaches the listener
	guarded *http.ServeMux // to who has shown the token
}

// New makes a Handler. Without a token it serves requests that name this machine alone
// (localhost, 127.0.0.1, [::1]) and come from no other web page, and must be given a loopback
// listener: a name that a page's owner points to 127.0.0.1 does not get in.
func New(o Options) *Handler {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	h := &Handler{log: o.Logger, gate: newGate(o.Token), open: http.NewServeMux(), guarded: http.NewServeMux()}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	h.guarded.HandleFunc("/", nothing)
	profiles(h)
	return h
}

// Handle registers what needs the token, by a pattern of http.ServeMux. Before the first request.
func (h *Handler) Handle(pattern string, handler http.Handler) { h.guarded.Handle(pattern, handler) }

// HandleOpen registers what is public: files without data. Before the first request.
func (h *Handler) HandleOpen(pattern string, handler http.Handler) { h.open.Handle(pattern, handler) }

// Close ends the requests under way: their contexts are done. Later ones are refused.
func (h *Handler) Close() { h.cancel() }

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(h.ctx, cancel)()
	r = r.WithContext(ctx)
	secure(w.Header())
	if h.ctx.Err() != nil {
		Refuse(w, http.StatusServiceUnavailable, "unavailable", "the engine is ending")
		return
	}
	if problem := h.gate.foreign(r); problem != "" {
		Refuse(w, http.StatusForbidden, "forbidden", problem)
		return
	}
	if handler, pattern := h.open.Handler(r); pattern != "" {
		handler.ServeHTTP(w, r)
		return
	}
	if !h.gate.opens(r) {
		w.Header().Set("WWW-Authenticate", `Bearer realm="parley"`)
		Refuse(w, http.StatusUnauthorized, "unauthorized", "this needs the header Authorization: Bearer, with the admin token")
		h.log.Debug("admin: refused, no token or a wrong one", "path", r.URL.Path)
		return
	}
	h.guarded.ServeHTTP(w, r)
}

// secure sets what holds for all answers: they are shown in no frame, run no script, tell no
// other page of themselves, and are kept by nobody. The index of the profiles has a style of its
// own; what is open may say otherwise.
func secure(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// roots are the paths of a Handler, with all that is below them.
var roots = []string{"/metrics", "/debug", "/api", "/dashboard"}

// Roots are the paths that belong to operators.
func Roots() []string { return slices.Clone(roots) }

// Owns reports whether a path belongs to operators: to be asked where they share a port with
// others.
func Owns(path string) bool {
	for _, root := range roots {
		if rest, ok := strings.CutPrefix(path, root); ok && (rest == "" || rest[0] == '/') {
			return true
		}
	}
	return false
}

func nothing(w http.ResponseWriter, r *http.Request) {
	Refuse(w, http.StatusNotFound, "not_found", "nothing is at "+r.URL.Path)
}
