package server

import (
	"encoding/json"
	"net/http"

	"github.com/parley-signaling/parley/web"
)

// routes serve what is not a WebSocket upgrade.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.HandleFunc("/healthz", onlyGet)
	mux.HandleFunc("/readyz", onlyGet)
	mux.Handle("/", page(s.elsewhere()))
	return mux
}

// page serves the demo, and what it does not have from elsewhere.
func page(elsewhere http.Handler) http.Handler {
	demo := web.Handler()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if web.Has(r.URL.Path) {
			demo.ServeHTTP(w, r)
		} else {
			elsewhere.ServeHTTP(w, r)
		}
	})
}

// elsewhere serves the paths that nobody has claimed.
func (s *Server) elsewhere() http.Handler {
	if s.cfg.Handler != nil {
		return s.cfg.Handler
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reply(w, http.StatusNotFound, map[string]string{"error": "not_found", "message": "nothing is at " + r.URL.Path})
	})
}

// healthz: the process lives and answers. It says nothing about whether traffic is wanted.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, map[string]string{"status": "ok"})
}

// readyz: new connections are wanted here. 503 before and, first of all, in a drain.
func (s *Server) readyz(w http.ResponseWriter, _ *http.Request) {
	switch s.phase.Load() {
	case phaseReady:
		reply(w, http.StatusOK, map[string]string{"status": "ready"})
	case phaseDraining:
		reply(w, http.StatusServiceUnavailable, map[string]string{"status": "draining"})
	default:
		reply(w, http.StatusServiceUnavailable, map[string]string{"status": "starting"})
	}
}

func onlyGet(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Allow", "GET, HEAD")
	reply(w, http.StatusMethodNotAllowed, map[string]string{"error": "method_not_allowed", "message": "only GET and HEAD"})
}

func reply(w http.ResponseWriter, status int, body any) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client's connection is its own affair
}
