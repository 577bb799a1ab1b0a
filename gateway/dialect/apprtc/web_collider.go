package apprtc

import (
	"io"
	"net/http"
	"time"
)

// post sends a client's message to the other one, as its socket would.
func (a *apprtc) post(w http.ResponseWriter, r *http.Request) {
	v, problem := readBody(r)
	switch {
	case !named(r):
		a.colliderError(w, badName)
		return
	case problem != "":
		a.colliderError(w, problem)
		return
	}
	rep, err := a.ask(r, order{What: "post", Client: r.PathValue("client"), Message: v.Bytes})
	if turnedAway(w, err) {
		return
	}
	problem = rep.Problem
	if err != nil {
		problem = err.Error()
	}
	if problem != "" {
		a.colliderError(w, "Failed to send the message: "+problem)
		return
	}
	_, _ = io.WriteString(w, "OK\n")
}

// remove forgets a client, which need not be known.
func (a *apprtc) remove(w http.ResponseWriter, r *http.Request) {
	if !named(r) {
		a.colliderError(w, badName)
		return
	}
	_, err := a.ask(r, order{What: "remove", Client: r.PathValue("client")})
	if turnedAway(w, err) {
		return
	}
	if err != nil {
		a.colliderError(w, err.Error())
		return
	}
	_, _ = io.WriteString(w, "OK\n")
}

// options answers a browser that asks whether its page may send a DELETE.
func (a *apprtc) options(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Access-Control-Allow-Methods", "POST, DELETE")
	w.Header().Set("Access-Control-Allow-Headers", "Content-Type")
	w.WriteHeader(http.StatusNoContent)
}

func (a *apprtc) colliderError(w http.ResponseWriter, problem string) {
	a.httpErrors.Add(1)
	http.Error(w, problem, http.StatusInternalServerError)
}

// status is Collider's report.
func (a *apprtc) status(w http.ResponseWriter, _ *http.Request) {
	if a.o.Tokens != nil { // who must bear a token for a call is told nothing of the others'
		http.Error(w, "this server asks for join tokens, and there is none for this", http.StatusForbidden)
		return
	}
	reply(w, struct {
		Up         float64 `json:"upsec"`
		Open       int64   `json:"openws"`
		Total      int64   `json:"totalws"`
		WSErrors   int64   `json:"wserrors"`
		HTTPErrors int64   `json:"httperrors"`
	}{time.Since(a.start).Seconds(), a.open.Load(), a.total.Load(), a.wsErrors.Load(), a.httpErrors.Load()})
}
