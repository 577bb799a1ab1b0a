package peerjs

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/parley-signaling/parley/actors"
)

// HTTP serves what clients ask before they connect. Pages of any origin may read it.
func (p *peerjs) HTTP() http.Handler { return http.HandlerFunc(p.serve) }

func (p *peerjs) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	switch r.Method {
	case http.MethodGet, http.MethodHead:
	case http.MethodOptions:
		h.Set("Access-Control-Allow-Methods", "GET, HEAD")
		w.WriteHeader(http.StatusNoContent)
		return
	default:
		h.Set("Allow", "GET, HEAD, OPTIONS")
		http.Error(w, "only GET, HEAD and OPTIONS", http.StatusMethodNotAllowed)
		return
	}
	key, what := split(r.URL.Path)
	switch what {
	case "":
		reply(w, about)
	case "id": // a wrong key is told over the WebSocket, where clients can make out what it is
		h.Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, newID())
	case "peers":
		p.list(w, r, key)
	default:
		http.NotFound(w, r)
	}
}

// split takes a path below the mount apart: /KEY/what, or /what where the mount is the key.
func split(path string) (key, what string) {
	path = strings.Trim(path, "/")
	if before, after, ok := strings.Cut(path, "/"); ok {
		return before, after
	}
	return "peerjs", path
}

var about = map[string]string{
	"name":        "PeerJS Server",
	"description": "A server side element to broker connections between PeerJS clients.",
	"website":     "https://peerjs.com/",
}

// list answers with the ids of all peers, if that is allowed.
func (p *peerjs) list(w http.ResponseWriter, r *http.Request, key string) {
	if !p.o.Discovery || key != p.o.Key || !p.mayList(r) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), 10*time.Second)
	defer cancel()
	list, err := p.sys.Invoke(ctx, Namespace, peers, listing, nil)
	switch {
	case errors.Is(err, actors.ErrNoRoom):
		reply(w, []string{})
	case err != nil:
		http.Error(w, "the room of peers does not answer", http.StatusServiceUnavailable)
	default:
		reply(w, json.RawMessage(list))
	}
}

// mayList tells whether a request bears a join token, where they are asked for.
func (p *peerjs) mayList(r *http.Request) bool {
	if p.o.Tokens == nil {
		return true
	}
	_, err := p.o.Tokens.Verify(r.URL.Query().Get("access_token"), peers)
	return err == nil
}

// listing is the handler that lists the ids of all peers, as JSON.
const listing = "list"

func ids(room *actors.Room, _ []byte) ([]byte, error) {
	list := make([]string, 0, room.Len())
	for _, m := range room.Members() {
		list = append(list, m.ID)
	}
	return json.Marshal(list)
}

func reply(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body) // the client's connection is its own affair
}

// newID returns a random UUID (RFC 9562, version 4).
func newID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
