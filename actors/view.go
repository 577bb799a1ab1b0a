package actors

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync/atomic"
	"time"
)

// node is a system's part in its cluster: which view it has adopted, and how far it is with it.
//
// A view is adopted in three steps. Every room here looks at it, in a turn of its own: rooms
// whose owner is another one now are handed over, relays of rooms whose owner has died go to
// the new one. Then the other nodes are told so (frameDone). When all that live have told this
// one, the view is settled: whatever there is of a room has reached its owner, and a room that
// its owner does not know by then is a new one. The next view is looked at only after that, so
// that the nodes are never more than a step apart.
type node struct {
	// Static after construction
	sys *System
	Cluster

	// Shared
	number atomic.Uint64 // of the view; 0: none yet, or the lease is lost
	still  standstill
	losses atomic.Uint64 // of the lease

	// Guarded by sys.mu
	self        string
	view        View
	prev        View // the one before; Number 0: there was none since the lease is held
	settled     bool
	fresh       bool   // the lease was lost before this view
	busy        int    // rooms that have not seen to the view
	alarm       Alarm  // looks after those
	next        []View // to be adopted
	done        map[string]uint64
	early       []early             // of views that are still to be adopted
	backlogs    map[string]*backlog // by node
	moves       moves
	invocations invocations
	change      chan struct{} // closed when a view is settled, or a room has arrived elsewhere
}

// early is a frame from a node that is a view ahead.
type early struct {
	node  string
	f     frame
	p     parcel
	waits waits
}

func newNode(s *System, c Cluster) *node {
	n := &node{sys: s, Cluster: c, done: make(map[string]uint64), backlogs: make(map[string]*backlog), change: make(chan struct{})}
	queue := 0
	if q, ok := c.(interface{ QueueBytes() int }); ok {
		queue = q.QueueBytes()
	}
	n.moves.init(queue)
	n.invocations.waiting = make(map[uint64]*invocation)
	return n
}

func (n *node) adopt(v View) {
	s := n.sys
	s.mu.Lock()
	n.next = append(n.next, v)
	s.mu.Unlock()
	n.pump()
	n.step()
}

// step goes on to the next view, if there is one and the last is settled.
func (n *node) step() {
	s := n.sys
	for {
		s.mu.Lock()
		n.settle()
		if len(n.next) == 0 || n.view.Number != 0 && !n.settled || len(n.moves.settling) > 0 {
			s.mu.Unlock()
			return
		}
		n.begin(n.next[0])
		n.next = n.next[1:]
		losses := n.losses.Load()
		s.mu.Unlock()
		n.pump()
		n.looked(nil, losses) // the one that begin has added
	}
}

// begin has every room look at a view. Under mu.
func (n *node) begin(v View) {
	s := n.sys
	n.fresh = n.view.Number == 0 && n.losses.Load() > 0
	n.prev, n.view, n.settled = n.view, v, false
	n.self = n.Self()
	n.number.Store(v.Number)
	n.busy = 1 + len(s.rooms)
	maps.DeleteFunc(n.backlogs, func(from string, b *backlog) bool { return !v.has(from) && b.bytes.Load() == 0 })
	maps.DeleteFunc(n.moves.in, func(from string, _ map[uint64][]byte) bool { return !v.has(from) })
	n.invocations.fail(func(c *invocation) bool { return !v.has(c.to) })
	self, fresh := n.self, n.fresh
	for _, r := range s.rooms {
		if !n.ask(r, "", func() { r.see(&v, self, fresh) }) {
			n.busy--
		}
	}
	n.watch()
	waiting := n.early
	n.early = nil
	for _, e := range waiting {
		e.waits.end()
		n.receive(e.node, e.f, e.p)
	}
}

// looked counts a room that has seen to the view, and tells the others when it was the last.
// losses are those of the lease when the room was asked to.
func (n *node) looked(k *link, losses uint64) {
	s := n.sys
	s.mu.Lock()
	if losses != n.losses.Load() || n.view.Number == 0 || k != nil && !k.look.owed {
		s.mu.Unlock()
		return
	}
	if k != nil {
		k.look = look{}
	}
	if n.busy--; n.busy > 0 {
		s.mu.Unlock()
		return
	}
	tell := n.others()
	b := frame{kind: frameDone, view: n.view.Number}.append(nil)
	n.done[n.self] = n.view.Number
	s.mu.Unlock()
	for _, to := range tell {
		n.Send(to, slices.Clone(b))
	}
	n.step()
}

// others are the nodes that live, but for this one. Under mu.
func (n *node) others() (list []string) {
	for _, nodes := range [...][]string{n.view.Nodes, n.view.Leaving} {
		for _, o := range nodes {
			if o != n.self {
				list = append(list, o)
			}
		}
	}
	return list
}

// settle sees whether the view is settled now. Under mu.
func (n *node) settle() {
	if n.settled || n.view.Number == 0 || n.done[n.self] < n.view.Number {
		return
	}
	for _, o := range n.others() {
		if n.done[o] < n.view.Number && n.isThere(o) {
			return
		}
	}
	n.settled = true
	number := n.view.Number
	for k, r := range n.sys.rooms {
		if n.view.owner(k) == n.self {
			n.moves.settling = append(n.moves.settling, r)
		}
	}
	n.settleSome()
	for o, at := range n.done {
		if at < number && !n.view.has(o) && !slices.ContainsFunc(n.next, func(v View) bool { return v.has(o) }) {
			delete(n.done, o)
		}
	}
	n.changed()
}

// changed wakes who waits in left. Under mu.
func (n *node) changed() {
	close(n.change)
	n.change = make(chan struct{})
}

// knows tells whether this node, as the owner of a room, would know of it if it were there.
// Under mu.
func (n *node) knows(k roomKey) bool {
	return n.settled || n.prev.Number != 0 && n.prev.owner(k) == n.self
}

// finished tells whether another node has nothing more to hand over in a view.
func (n *node) finished(from string, number uint64) bool {
	n.sys.mu.Lock()
	defer n.sys.mu.Unlock()
	return n.done[from] >= number
}

// place sets up a new room's part in the cluster. Under mu.
func (n *node) place(r *Room) {
	k := &link{node: n, losses: n.losses.Load()}
	r.link = k
	switch owner := n.view.owner(r.key); {
	case owner != n.self:
		k.relay = newRelay(owner)
	case !n.knows(r.key):
		k.relay = newRelay("")
	}
}

// lose makes an end of everything that this node owned and was about to do.
func (n *node) lose() {
	s := n.sys
	s.mu.Lock()
	n.losses.Add(1)
	n.number.Store(0)
	n.view, n.prev, n.settled, n.busy = View{}, View{}, false, 0
	n.next, n.early = nil, nil
	clear(n.backlogs)
	clear(n.done)
	n.moves.forget()
	n.changed()
	n.invocations.fail(func(*invocation) bool { return true })
	for _, r := range s.rooms {
		r.box.nudge()
	}
	s.mu.Unlock()
}

// cut tells the rooms, and says again what else the other node may have missed.
func (n *node) cut(from string) {
	s := n.sys
	s.mu.Lock()
	for _, r := range s.rooms {
		r.link.post(r, func() { r.cut(from) })
	}
	done := n.view.Number != 0 && n.done[n.self] >= n.view.Number
	b := frame{kind: frameDone, view: n.view.Number}.append(nil)
	saw, losses := n.broken(from), n.losses.Load()
	n.invocations.fail(func(c *invocation) bool { return c.to == from })
	s.mu.Unlock()
	if done {
		n.Send(from, b)
	}
	n.allLooked(saw, losses)
	n.pump()
}

// left waits until this node has nothing left to hand over.
func (n *node) left(ctx context.Context) error {
	for {
		n.sys.mu.Lock()
		gone := n.view.Number == 0 || n.settled && len(n.moves.lanes) == 0 && (slices.Contains(n.view.Leaving, n.self) || !n.view.has(n.self))
		change := n.change
		n.sys.mu.Unlock()
		if gone {
			return nil
		}
		select {
		case <-change:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// errNoView is what joins are refused with while this node is not in the cluster.
var errNoView = errors.New("the cluster is not there at the moment")

// retryNoView is when they may try again.
const retryNoView = time.Second
