package apprtc

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

// HTTP serves both servers' requests. Pages of any origin may read Collider's answers; the
// room server's, with their ICE servers, are for pages of its own.
func (a *apprtc) HTTP() http.Handler { return a.handler }

// routes are relative to the mount.
func (a *apprtc) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /join/{room}", a.join)
	mux.HandleFunc("POST /message/{room}/{client}", a.message)
	mux.HandleFunc("POST /leave/{room}/{client}", a.leave)
	mux.HandleFunc("GET /params", a.params)
	mux.HandleFunc("POST /v1alpha/iceconfig", a.iceConfig)
	mux.HandleFunc("POST /{room}/{client}", forAnyPage(a.post))
	mux.HandleFunc("DELETE /{room}/{client}", forAnyPage(a.remove))
	mux.HandleFunc("OPTIONS /{room}/{client}", forAnyPage(a.options))
	mux.HandleFunc("GET /status", forAnyPage(a.status))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		if r.URL.Path == "" { // the mount itself, which the mux would redirect
			http.NotFound(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func forAnyPage(serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		serve(w, r)
	}
}

// turnedAway answers a request whose call could not be brought to life because there are too
// many, and is false where err is something else.
func turnedAway(w http.ResponseWriter, err error) bool {
	switch {
	case errors.Is(err, actors.ErrTooManyRooms):
		w.Header().Set("Retry-After", "1")
		http.Error(w, err.Error(), http.StatusTooManyRequests)
	case errors.Is(err, actors.ErrOverloaded):
		w.Header().Set("Retry-After", "10")
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
	default:
		return false
	}
	return true
}

// named tells whether the room and, if the path has one, the client have names as AppRTC's.
func named(r *http.Request) bool {
	room, client := r.PathValue("room"), r.PathValue("client")
	return len(room) <= wire.MaxRoom && len(client) <= MaxClient &&
		!strings.ContainsFunc(room+client, func(r rune) bool {
			return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
		})
}

const badName = "a room or a client has a name of letters, digits, - and _, at most 128 and 64"

// readBody reads a request's message, as a JSON string, or says what is wrong with it.
func readBody(r *http.Request) (v wire.Value, problem string) {
	b, err := io.ReadAll(io.LimitReader(r.Body, wire.MaxMessage+1))
	switch {
	case err != nil:
		return v, err.Error()
	case len(b) == 0:
		return v, "Empty request body"
	case len(b) > wire.MaxMessage:
		return v, fmt.Sprintf("the body has more than %d bytes", wire.MaxMessage)
	case !utf8.Valid(b):
		return v, "the body is not UTF-8"
	}
	if v, err = wire.NewValue(wire.JSON, string(b)); err != nil {
		return v, err.Error()
	}
	return v, ""
}
