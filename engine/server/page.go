package server

import "net/http"

// page serves the demo, and what it does not have from elsewhere.
func page(elsewhere http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			elsewhere.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte("<!doctype html><title>Parley</title><h1>Parley</h1>"))
	})
}
