package live

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"sync"

	"github.com/parley-signaling/parley/engine/api"
)

// Others are the other engines of a cluster.
type Others interface {
	// Nodes are this engine and the others that are there.
	Nodes() (self string, others []string)
	// Transport carries requests to another engine's API.
	Transport(node string) http.RoundTripper
}

// Picture is all engines at one moment.
type Picture struct {
	Nodes       []json.RawMessage `json:"nodes"`       // Snapshots, the first of the engine that was asked
	Unreachable []string          `json:"unreachable"` // ids of engines that did not answer within AskTime
}

// AskTime is how long another engine may take: less than there is between two lines.
const AskTime = Interval / 2

// nodes are those that viewers look at.
func (h *Handler) nodes() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var list []string
	for _, node := range h.viewers {
		if !slices.Contains(list, node) {
			list = append(list, node)
		}
	}
	return list
}

// look makes a line for each of the nodes. It is nil for one that is gone; there is none for one
// that does not answer.
func (h *Handler) look(nodes []string) map[string][]byte {
	self, others := h.o.Node(), []string(nil)
	if h.o.Others != nil {
		self, others = h.o.Others.Nodes()
	}
	all := slices.Contains(nodes, api.AllNodes)
	asked := slices.DeleteFunc(slices.Clone(others), func(n string) bool { return !all && !slices.Contains(nodes, n) })
	said := h.ask(asked)
	own := encode(h.o.Snapshot())
	lines := map[string][]byte{"": own, self: own}
	p := Picture{Nodes: []json.RawMessage{own}, Unreachable: []string{}}
	for i, node := range asked {
		if said[i] == nil {
			p.Unreachable = append(p.Unreachable, node)
			continue
		}
		p.Nodes = append(p.Nodes, said[i])
		lines[node] = said[i]
	}
	if all {
		lines[api.AllNodes] = encode(p)
	}
	for _, node := range nodes {
		if lines[node] == nil && !slices.Contains(others, node) {
			lines[node] = nil
		}
	}
	return lines
}

// ask has other engines make their snapshots, side by side: lines, nil of those that do not answer.
func (h *Handler) ask(nodes []string) [][]byte {
	ctx, cancel := context.WithTimeout(context.Background(), AskTime)
	defer cancel()
	lines := make([][]byte, len(nodes))
	var all sync.WaitGroup
	for i, node := range nodes {
		all.Go(func() { lines[i] = h.askOne(ctx, node) })
	}
	all.Wait()
	return lines
}

func (h *Handler) askOne(ctx context.Context, node string) []byte {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+node+"/api/v1/snapshot", nil)
	if err != nil {
		return nil
	}
	res, err := h.o.Others.Transport(node).RoundTrip(r)
	if err != nil {
		return nil
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	var line bytes.Buffer
	if err != nil || res.StatusCode != http.StatusOK || json.Compact(&line, text) != nil {
		return nil
	}
	line.WriteByte('\n')
	return line.Bytes()
}

// encode makes a line.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil { // numbers and strings, and what was JSON already
		panic(err)
	}
	return append(b, '\n')
}
