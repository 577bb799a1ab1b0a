package admin

import (
	"net/http"
	"net/http/pprof"
)

// profiles serves Go's profiles below /debug/pprof/. The command line is left out: it may hold
// secrets.
func profiles(h *Handler) {
	h.Handle("/debug/pprof/", http.HandlerFunc(pprof.Index))
	h.Handle("/debug/pprof/profile", http.HandlerFunc(pprof.Profile))
	h.Handle("/debug/pprof/trace", http.HandlerFunc(pprof.Trace))
	h.Handle("/debug/pprof/symbol", http.HandlerFunc(pprof.Symbol))
	h.Handle("/debug/pprof/cmdline", http.HandlerFunc(nothing))
}
