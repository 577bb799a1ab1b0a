package actors

import "sync/atomic"

// perFrame is what a frame costs that waits for its room, beside its bytes.
const perFrame = 128

// backlog counts the bytes of one node's frames that wait here for rooms' turns, or for the next view.
// What rooms have looked at and keep for later does not count: it may wait for other nodes.
type backlog struct{ bytes atomic.Int64 }

// waits counts a frame until f's room has had its turn.
type waits struct {
	in    *backlog // nil: it does not count
	bytes int
}

func (w waits) begin() {
	if w.in != nil {
		w.in.bytes.Add(int64(w.bytes))
	}
}

func (w waits) end() {
	if w.in != nil {
		w.in.bytes.Add(-int64(w.bytes))
	}
}

// counted is how a frame of a node is counted. Under mu.
func (n *node) counted(from string, bytes int) waits {
	b := n.backlogs[from]
	if b == nil {
		b = new(backlog)
		n.backlogs[from] = b
	}
	return waits{b, bytes + perFrame}
}

// Backlog is how many bytes of frames that a node has sent wait here for rooms' turns, each with 128
// more. A Cluster has that node send more slowly, or cuts the link, where it does not fall.
func (s *System) Backlog(node string) int {
	if s.node == nil {
		return 0
	}
	s.mu.Lock()
	b := s.node.backlogs[node]
	s.mu.Unlock()
	if b == nil {
		return 0
	}
	return int(b.bytes.Load())
}
