package actors

import (
	"context"
	"slices"
)

// View is who is there, in an order that all nodes agree on: of views with the same number all
// nodes see the same one, and every node sees all of them from its own first one on.
type View struct {
	Number  uint64   // grows from view to view, not always by one; never 0
	Nodes   []string // those that own rooms, sorted. An id is new at every start of a process, and again whenever the node has lost its lease
	Leaving []string // those that still live, but own nothing any more; sorted
}

// has tells whether the node lives.
func (v *View) has(node string) bool {
	return slices.Contains(v.Nodes, node) || slices.Contains(v.Leaving, node)
}

// owner is the node that owns a room. Where all are leaving, one of those does.
func (v *View) owner(k roomKey) string {
	if len(v.Nodes) == 0 {
		return ownerOf(k, v.Leaving)
	}
	return ownerOf(k, v.Nodes)
}

// Cluster carries frames between the systems of several processes, and tells them who is there
// (System.Adopt, Take, Cut and Lost, which it calls from one goroutine, in order). One that has
// the method QueueBytes() int says how many bytes of frames the queue towards one node holds, of
// which rooms that move take no more than a quarter; else 2 MiB of them are under way.
type Cluster interface {
	// Self is this node's id.
	Self() string
	// Send hands a frame to another node of the view: whole, each once, in order. It never
	// blocks, and keeps the frame. It is false where that node is not there, or the bounded
	// queue towards it is full: then the link is cut (System.Cut is called on both ends, once,
	// and the link starts anew and empty). It is called from any goroutine, and must not call
	// the system from within.
	Send(node string, frame []byte) bool
	// Held tells whether this node's lease is good at this moment, by the monotonic clock, and
	// for as long after it as a turn of a room may take. It is called once per pass.
	Held() bool
}

// Adopt has the system go over to a view. It does not wait: views are adopted one after the
// other, each when the one before is settled.
func (s *System) Adopt(v View) {
	if s.node != nil {
		s.node.adopt(v)
	}
}

// Owner is the node that a room lives on, or would live on; "": there is no cluster, or no view of
// it at the moment.
func (s *System) Owner(n RoomName) string {
	if s.node == nil {
		return ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.node.view.Number == 0 {
		return ""
	}
	return s.node.view.owner(roomKey{n.Namespace, n.Name})
}

// Nodes are this node's id and those of the others that live, leaving ones included, in the view
// that was adopted last; "" and nil: there is none.
func (s *System) Nodes() (self string, others []string) {
	if s.node == nil {
		return "", nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.node.self, s.node.others()
}

// Take hands over a frame that another node has sent (Cluster.Send). The system keeps it.
func (s *System) Take(node string, frame []byte) {
	if s.node != nil {
		s.node.take(node, frame)
	}
}

// Cut tells that the link to a node that lives has been cut: frames were lost, in both
// directions. What comes from that node afterwards came over the new link.
func (s *System) Cut(node string) {
	if s.node != nil {
		s.node.cut(node)
	}
}

// Lost tells that this node's lease is gone: until the next Adopt, under a new id, the system
// owns nothing and says nothing.
func (s *System) Lost() {
	if s.node != nil {
		s.node.lose()
	}
}

// Leave waits, until ctx is done, for a view to be settled in which this node is leaving: its
// rooms have gone to others then.
func (s *System) Leave(ctx context.Context) error {
	if s.node == nil {
		return nil
	}
	return s.node.left(ctx)
}
