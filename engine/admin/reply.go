package admin

import (
	"encoding/json"
	"net/http"
)

// Reply answers with JSON that is not to be kept.
func Reply(w http.ResponseWriter, status int, body any) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client's connection is its own affair
}

// Problem is the body of a refusal.
type Problem struct {
	Error   string `json:"error"`   // a code: not_found, forbidden …
	Message string `json:"message"` // for people; names the field and the limit
}

// Refuse answers with a Problem.
func Refuse(w http.ResponseWriter, status int, code, message string) {
	Reply(w, status, Problem{code, message})
}
