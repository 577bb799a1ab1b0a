package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// A client that has got no answer asks again with the same Idempotency-Key, and gets the answer
// of the first time (draft-ietf-httpapi-idempotency-key-header).

const keyHeader = "Idempotency-Key"

// Bounds of what is remembered; the oldest is forgotten first.
const (
	maxKey        = 128 // characters
	keptKeys      = 4096
	keptBytes     = 4 << 20 // of answers
	keptFor       = 10 * time.Minute
	overheadOfKey = 256 // what a key costs beside its answer
)

// memory is what was asked with a key.
type memory struct {
	mu    sync.Mutex
	keys  *simplelru.LRU[string, *request] // the oldest first: Peek does not touch it
	bytes int
}

// request is one that has a key. It is under way until done is closed.
type request struct {
	fingerprint [sha256.Size]byte
	since       time.Time
	done        chan struct{}
	kept        bool // set before done is closed, as answer is; false: to be asked anew
	answer      response
}

func (q *request) size() int { return overheadOfKey + len(q.answer.body) }

func (m *memory) init() {
	m.keys, _ = simplelru.NewLRU(keptKeys, func(_ string, q *request) { m.bytes -= q.size() }) // the size is above 0
}

// begin finds the request of a key, or makes it the caller's to answer. An expired one is
// forgotten.
func (m *memory) begin(key string, fingerprint [sha256.Size]byte) (q *request, first bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if q, ok := m.keys.Peek(key); ok {
		if time.Since(q.since) < keptFor {
			return q, false
		}
		m.keys.Remove(key)
	}
	q = &request{fingerprint: fingerprint, since: time.Now(), done: make(chan struct{})}
	m.bytes += q.size()
	m.keys.Add(key, q)
	return q, true
}

// end answers a request, and everybody who waits for it. What may turn out otherwise another
// time is not kept.
func (m *memory) end(key string, q *request, a response) {
	m.mu.Lock()
	defer m.mu.Unlock()
	before := q.size()
	q.answer, q.kept = a, a.status != 0 && a.status < http.StatusInternalServerError
	if now, ok := m.keys.Peek(key); ok && now == q {
		m.bytes += q.size() - before
		if !q.kept {
			m.keys.Remove(key)
		}
	}
	for m.bytes > keptBytes {
		m.keys.RemoveOldest()
	}
	close(q.done)
}

// once carries out a request that has a key, unless it was carried out before.
func (h *Handler) once(w http.ResponseWriter, r *http.Request, do operation) {
	key := r.Header.Get(keyHeader)
	if err := checkText(keyHeader, key, 1, maxKey); err != nil {
		encode(answer{}, err).write(w)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		encode(answer{}, err).write(w)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	print := fingerprint(r, body)
	for {
		q, first := h.memory.begin(key, print)
		if first {
			h.carryOut(key, q, r, do).write(w)
			return
		}
		if q.fingerprint != print {
			Refuse(w, &Problem{
				Status: http.StatusUnprocessableEntity, Code: "key_reused", Field: keyHeader,
				Detail: keyHeader + ": it was used for another request",
			})
			return
		}
		select {
		case <-q.done:
		case <-r.Context().Done():
			return // nobody is there to hear it
		}
		if q.kept {
			a := q.answer
			a.replay = true
			a.write(w)
			return
		}
	}
}

// carryOut answers also those who wait where the operation panics.
func (h *Handler) carryOut(key string, q *request, r *http.Request, do operation) (a response) {
	defer func() { h.memory.end(key, q, a) }()
	result, err := do(r)
	a = encode(result, err)
	return a
}

// fingerprint tells requests apart.
func fingerprint(r *http.Request, body []byte) [sha256.Size]byte {
	head, _ := json.Marshal([]string{r.Method, r.URL.EscapedPath(), r.URL.RawQuery}) // strings
	return sha256.Sum256(append(head, body...))
}
