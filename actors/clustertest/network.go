// Package clustertest has a cluster in memory, for tests: systems of one process that are nodes
// of one cluster, with links that are slow, are cut, and nodes that are killed, lose their lease,
// come and leave. Under testing/synctest it lives by the bubble's time.
package clustertest

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/parley-signaling/parley/actors"
)

// Network is a cluster. The zero Network is not one: see New.
type Network struct {
	// Delay is how long a frame, or the news of a view, is under way. nil: no time.
	Delay func() time.Duration
	// QueueBytes is what may be under way from one node to another: beyond, their link is cut. While more
	// than that waits at the other node for its rooms, nothing arrives there. 0: any number. It is static.
	QueueBytes int

	// Guarded by mu
	mu      sync.Mutex
	nodes   map[string]*Node // those that live, by id
	links   map[[2]string]*link
	view    actors.View
	serial  int
	traffic map[[2]string]Traffic
}

// Traffic is what has gone from one node to another.
type Traffic struct {
	Frames, Bytes int
	Most          int // bytes that were under way at once
}

// New returns a cluster without nodes.
func New() *Network {
	return &Network{nodes: map[string]*Node{}, links: map[[2]string]*link{}, traffic: map[[2]string]Traffic{}}
}

// Traffic is what has gone from one node to another so far.
func (n *Network) Traffic(from, to *Node) Traffic {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.traffic[[2]string{from.id, to.id}]
}

// Node is one node. It is its system's actors.Cluster.
type Node struct {
	net    *Network
	System *actors.System // static after Join

	// Guarded by net.mu
	id    string
	held  bool
	inbox []func()
	awake bool
}

var _ actors.Cluster = (*Node)(nil)

// link goes from one node to another, or (from "") from the views to one.
type link struct {
	queue   []parcel // under way
	bytes   int      // of them
	awake   bool
	stalled bool
	cuts    int
}

type parcel struct {
	deliver func()
	size    int
}

// NewNode makes a node that is not yet in the cluster: its system is made with it.
func (n *Network) NewNode() *Node { return &Node{net: n} }

// Join has nodes come, under new ids, all with one view.
func (n *Network) Join(nodes ...*Node) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, node := range nodes {
		n.serial++
		node.id, node.held = fmt.Sprintf("node-%d", n.serial), true
		n.nodes[node.id] = node
		n.view.Nodes = append(n.view.Nodes, node.id)
	}
	n.changed()
}

// changed tells every node of the view. Under mu.
func (n *Network) changed() {
	n.view.Number++
	slices.Sort(n.view.Nodes)
	slices.Sort(n.view.Leaving)
	v := n.view
	v.Nodes, v.Leaving = slices.Clone(v.Nodes), slices.Clone(v.Leaving)
	for id, node := range n.nodes {
		n.carry("", id, parcel{deliver: func() { node.System.Adopt(v) }})
	}
}

func without(list []string, id string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == id })
}

// Leave has a node go in peace: it owns nothing any more, and hands over what it has. It is out
// of the cluster with Remove.
func (n *Network) Leave(node *Node) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.view.Nodes = without(n.view.Nodes, node.id)
	n.view.Leaving = append(slices.Clone(n.view.Leaving), node.id)
	n.changed()
}

// Remove ends a node: it says nothing more and hears nothing more. What it has said is still
// under way. The others have a view without it.
func (n *Network) Remove(node *Node) {
	n.Silence(node)
	n.Expire(node)
}

// Silence cuts a node off: nothing comes from it or to it from now on, and its lease is not
// good any more, but nobody knows.
func (n *Network) Silence(node *Node) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.nodes, node.id)
	node.held, node.inbox = false, nil
	for ends, l := range n.links {
		if ends[1] == node.id {
			l.queue, l.bytes = nil, 0
		}
	}
}

// Expire ends the lease of a node that was cut off: it loses what it owned, and the others have
// a view without it. It may Join again.
func (n *Network) Expire(node *Node) {
	node.System.Lost()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.view.Nodes, n.view.Leaving = without(n.view.Nodes, node.id), without(n.view.Leaving, node.id)
	n.changed()
}

// Replace is Expire and Join with one view.
func (n *Network) Replace(dead *Node, by ...*Node) {
	dead.System.Lost()
	n.mu.Lock()
	n.view.Nodes, n.view.Leaving = without(n.view.Nodes, dead.id), without(n.view.Leaving, dead.id)
	n.mu.Unlock()
	n.Join(by...)
}

// Cut loses what is under way between two nodes.
func (n *Network) Cut(a, b *Node) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cut(a, b)
}

// cut is under mu.
func (n *Network) cut(a, b *Node) {
	for _, ends := range [...][2]*Node{{a, b}, {b, a}} {
		from, to := ends[0], ends[1]
		if l := n.links[[2]string{from.id, to.id}]; l != nil {
			l.queue, l.bytes = nil, 0
			l.cuts++
		}
		if n.nodes[to.id] == to {
			id := from.id
			to.post(func() { to.System.Cut(id) })
		}
	}
}

// Stall has what goes from one node to another wait, until it is called again with false.
func (n *Network) Stall(from, to *Node, stalled bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	l := n.link(from.id, to.id)
	l.stalled = stalled
	n.wake(l, from.id, to.id)
}

// Self implements actors.Cluster.
func (d *Node) Self() string {
	d.net.mu.Lock()
	defer d.net.mu.Unlock()
	return d.id
}

// Held implements actors.Cluster.
func (d *Node) Held() bool {
	d.net.mu.Lock()
	defer d.net.mu.Unlock()
	return d.held
}

// Hold says whether the node's lease is good.
func (d *Node) Hold(good bool) {
	d.net.mu.Lock()
	defer d.net.mu.Unlock()
	d.held = good
}

// Send implements actors.Cluster.
func (d *Node) Send(to string, frame []byte) bool {
	n := d.net
	n.mu.Lock()
	defer n.mu.Unlock()
	from := d.id
	if n.nodes[from] != d || n.nodes[to] == nil {
		return false
	}
	node := n.nodes[to]
	ends := [2]string{from, to}
	t, under := n.traffic[ends], n.link(from, to).bytes+len(frame)
	if n.QueueBytes > 0 && under > n.QueueBytes {
		n.cut(d, node)
		return false
	}
	n.traffic[ends] = Traffic{t.Frames + 1, t.Bytes + len(frame), max(t.Most, under)}
	n.carry(from, to, parcel{func() { node.System.Take(from, frame) }, len(frame)})
	return true
}

// QueueBytes is what the queue towards one node holds; 0: any number.
func (d *Node) QueueBytes() int { return d.net.QueueBytes }

// carry has p delivered by a node's goroutine, behind what is under way on that link. Under mu.
func (n *Network) carry(from, to string, p parcel) {
	l := n.link(from, to)
	if n.Delay == nil && !l.stalled && len(l.queue) == 0 && (n.QueueBytes == 0 || from == "") {
		n.nodes[to].post(p.deliver)
		return
	}
	l.queue = append(l.queue, p)
	l.bytes += p.size
	n.wake(l, from, to)
}

// link is under mu.
func (n *Network) link(from, to string) *link {
	ends := [2]string{from, to}
	l := n.links[ends]
	if l == nil {
		l = &link{}
		n.links[ends] = l
	}
	return l
}

// wake is under mu.
func (n *Network) wake(l *link, from, to string) {
	if !l.awake {
		l.awake = true
		go n.run(l, from, to)
	}
}

// holdFor is how long a link waits for a node with a backlog.
const holdFor = 20 * time.Millisecond

// backlog is what waits at a node of what another has sent. Under mu, which it lets go.
func (n *Network) backlog(node *Node, from string) int {
	n.mu.Unlock()
	defer n.mu.Lock()
	return node.System.Backlog(from)
}

func (n *Network) run(l *link, from, to string) {
	for {
		n.mu.Lock()
		if len(l.queue) == 0 || l.stalled {
			l.awake = false
			n.mu.Unlock()
			return
		}
		cuts, wait := l.cuts, time.Duration(0)
		if n.Delay != nil {
			wait = n.Delay()
		}
		node := n.nodes[to]
		if n.QueueBytes > 0 && from != "" && node != nil && n.backlog(node, from) > n.QueueBytes {
			n.mu.Unlock()
			time.Sleep(wait + holdFor)
			continue
		}
		n.mu.Unlock()
		time.Sleep(wait)
		n.mu.Lock()
		if cuts == l.cuts && len(l.queue) > 0 && !l.stalled {
			if node := n.nodes[to]; node != nil {
				node.post(l.queue[0].deliver)
			}
			l.bytes -= l.queue[0].size
			l.queue = l.queue[1:]
		}
		n.mu.Unlock()
	}
}

// post has the node's goroutine call f. Under net.mu.
func (d *Node) post(f func()) {
	d.inbox = append(d.inbox, f)
	if !d.awake {
		d.awake = true
		go d.run()
	}
}

func (d *Node) run() {
	for {
		d.net.mu.Lock()
		if len(d.inbox) == 0 {
			d.awake = false
			d.net.mu.Unlock()
			return
		}
		f := d.inbox[0]
		d.inbox = d.inbox[1:]
		d.net.mu.Unlock()
		f()
	}
}
