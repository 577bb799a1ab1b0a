package server

import (
	"net/http"

	"github.com/parley-signaling/parley/engine/admin"
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
	if s.admin == nil || s.adminPort != nil {
		return secured(mux)
	}
	return secured(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if admin.Owns(r.URL.Path) {
			s.admin.ServeHTTP(w, r)
		} else {
			mux.ServeHTTP(w, r)
		}
	}))
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
		admin.Refuse(w, http.StatusNotFound, "not_found", "nothing is at "+r.URL.Path)
	})
}

// healthz: the process lives and answers. It says nothing about whether traffic is wanted.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	admin.Reply(w, http.StatusOK, map[string]string{"status": "ok"})
}

// readyz: new connections are wanted here. 503 before and, first of all, in a drain.
func (s *Server) readyz(w http.ResponseWriter, _ *http.Request) {
	switch phase := s.phase.Load(); {
	case phase == phaseReady && s.apart.Load():
		admin.Reply(w, http.StatusServiceUnavailable, map[string]string{"status": "cut off"})
	case phase == phaseReady && s.budget.full():
		admin.Reply(w, http.StatusServiceUnavailable, map[string]string{"status": "overloaded"})
	case phase == phaseReady:
		admin.Reply(w, http.StatusOK, map[string]string{"status": "ready"})
	case phase == phaseDraining:
		admin.Reply(w, http.StatusServiceUnavailable, map[string]string{"status": "draining"})
	default:
		admin.Reply(w, http.StatusServiceUnavailable, map[string]string{"status": "starting"})
	}
}

func onlyGet(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Allow", "GET, HEAD")
	admin.Refuse(w, http.StatusMethodNotAllowed, "method_not_allowed", "only GET and HEAD")
}
