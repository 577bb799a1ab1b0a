package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/parley-signaling/parley/actors"
)

// Problem is what a request that was not carried out is answered (RFC 9457, problem details).
type Problem struct {
	Type   string `json:"type"`  // about:blank: Status says it
	Title  string `json:"title"` // of Status
	Status int    `json:"status"`
	Code   string `json:"code"`            // for programs
	Detail string `json:"detail"`          // for people
	Field  string `json:"field,omitempty"` // of the request, that is wrong
	Limit  int    `json:"limit,omitempty"` // that it is beyond
}

// Error implements error.
func (p *Problem) Error() string { return p.Detail }

// wrong is a field that cannot be used.
func wrong(field, detail string) *Problem {
	return &Problem{Status: http.StatusBadRequest, Code: "bad_request", Field: field, Detail: field + ": " + detail}
}

// outOfRange is a field that is beyond a limit.
func outOfRange(field, detail string, limit int) *Problem {
	p := wrong(field, detail)
	p.Limit = limit
	return p
}

// problem says what an error is to a client.
func problem(err error) *Problem {
	var p *Problem
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &large):
		return &Problem{
			Status: http.StatusRequestEntityTooLarge, Code: "too_large", Field: "body", Limit: int(large.Limit),
			Detail: fmt.Sprintf("body: at most %d bytes", large.Limit),
		}
	case errors.Is(err, actors.ErrNoRoom):
		return &Problem{Status: http.StatusNotFound, Code: "no_such_room", Field: "name", Detail: "name: no such room at this moment"}
	case errors.Is(err, actors.ErrNoMember):
		return &Problem{Status: http.StatusNotFound, Code: "no_such_member", Field: "member", Detail: "member: no such member in this room"}
	case errors.Is(err, actors.ErrBusy), errors.Is(err, actors.ErrElsewhere), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &Problem{
			Status: http.StatusServiceUnavailable, Code: "busy",
			Detail: "the room has more to do than it can, or does not come to it; nothing was done",
		}
	}
	return &Problem{Status: http.StatusInternalServerError, Code: "internal", Detail: "the room failed"}
}

// response is an answer as it goes out.
type response struct {
	status int
	kind   string // Content-Type
	body   []byte
	replay bool // it was said before
	then   func()
}

func encode(a answer, err error) response {
	r := response{status: a.status, kind: "application/json", then: a.then}
	body := a.body
	if err != nil {
		p := *problem(err)
		p.Type, p.Title = "about:blank", http.StatusText(p.Status)
		r.status, r.kind, body = p.Status, "application/problem+json", p
	}
	if ready, is := body.(response); is {
		return ready
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(body); err != nil {
		return encode(answer{}, err)
	}
	r.body = b.Bytes()
	return r
}

func (r response) write(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Type", r.kind)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if r.status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "1")
	}
	if r.replay {
		h.Set("Idempotency-Replayed", "true")
	}
	w.WriteHeader(r.status)
	_, _ = w.Write(r.body) // the client's connection is its own affair
	if r.then != nil && !r.replay {
		_ = http.NewResponseController(w).Flush()
		r.then()
	}
}

// Refuse answers a request with a Problem, whose Type and Title it sets.
func Refuse(w http.ResponseWriter, p *Problem) { encode(answer{}, p).write(w) }
