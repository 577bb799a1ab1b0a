package cluster

import (
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// link is one end of what connects two nodes of a view.
type link struct {
	// Static
	c       *Cluster
	node    string
	subject string
	counts  counts
	wake    chan struct{} // has room for one
	done    chan struct{} // closed when the node is no more in the view

	// Guarded by mu
	mu      sync.Mutex
	line    *line
	cut     bool          // System.Cut is still to be called
	flushed chan struct{} // closed when the line is idle; nil: nobody waits
	armed   time.Time     // when run wakes by itself; zero: it does not
}

func newLink(c *Cluster, self, node string) *link {
	l := &link{c: c, node: node, subject: c.subject("to", node), wake: make(chan struct{}, 1), done: make(chan struct{})}
	l.line = newLine(self, c.o.QueueBytes, piece, &l.counts)
	return l
}

// send queues a frame; where there is no room the link is cut, and it returns false.
func (l *link) send(kind byte, frame []byte) bool {
	l.mu.Lock()
	ok := l.line.push(kind, frame)
	if !ok {
		l.line.cut()
		l.cut = true
	}
	l.mu.Unlock()
	if ok {
		l.counts.framesOut.Add(1)
	} else {
		go l.c.tellCut(l) // the caller may be an actor, in its turn
	}
	l.poke()
	return ok
}

func (l *link) poke() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// run sends what is to be sent, until the link is done.
func (l *link) run() {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	var buf []byte
	for {
		l.look()
		buf = l.flush(buf)
		if wait, ok := l.wait(); ok {
			timer.Reset(wait)
		} else {
			timer.Stop()
		}
		select {
		case <-l.wake:
		case <-timer.C:
		case <-l.done:
			return
		}
	}
}

// flush publishes all packets that may go now.
func (l *link) flush(buf []byte) []byte {
	for {
		l.mu.Lock()
		packet, ok := l.line.out(buf[:0], time.Now())
		if !ok && l.flushed != nil && l.line.idle() {
			close(l.flushed)
			l.flushed = nil
		}
		l.mu.Unlock()
		if !ok {
			return buf
		}
		buf = l.c.sealer.seal(packet, l.node)
		l.counts.packetsOut.Add(1)
		l.counts.bytesOut.Add(uint64(len(buf)))
		_ = l.c.nc.Publish(l.subject, buf) // what is lost is sent again
	}
}

func (l *link) wait() (time.Duration, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.armed = l.line.due()
	if look := time.Now().Add(holdLook); l.line.holds && (l.armed.IsZero() || look.Before(l.armed)) {
		l.armed = look
	}
	if l.armed.IsZero() {
		return 0, false
	}
	return max(0, time.Until(l.armed)), true
}

// take takes a packet of the other end.
func (l *link) take(h header, parts []part, size int) (frames []part, cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	frames, cut = l.line.in(h, parts, now)
	cut = cut || l.cut // its caller tells before it hands over what came after
	l.cut = false
	l.counts.packetsIn.Add(1)
	l.counts.bytesIn.Add(uint64(size))
	l.counts.framesIn.Add(uint64(len(frames)))
	due := l.line.due()
	sooner := !due.IsZero() && (l.armed.IsZero() || due.Before(l.armed))
	if sooner || l.line.busy() || l.flushed != nil && l.line.idle() {
		l.poke()
	}
	return frames, cut
}

// look has the other end send nothing new while more waits here, of what it has sent, than may wait there,
// and reports whether the other end is to be told so, or the opposite.
func (l *link) look() bool {
	waits, most := l.c.system.Backlog(l.node), l.c.o.QueueBytes
	l.mu.Lock()
	defer l.mu.Unlock()
	was := l.line.holds
	if was {
		most /= 2
	}
	l.line.hold(waits > most, time.Now())
	return l.line.holds != was
}

// hurry has what is under way sent again now: NATS was gone.
func (l *link) hurry() {
	l.mu.Lock()
	l.line.resend()
	l.mu.Unlock()
	l.poke()
}

// takeCut tells whether System.Cut is to be called, once.
func (l *link) takeCut() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	was := l.cut
	l.cut = false
	return was
}

// idle is closed when all has arrived at the other end.
func (l *link) idle() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.flushed == nil {
		l.flushed = make(chan struct{})
	}
	l.poke()
	return l.flushed
}

func (l *link) stats() LinkStats {
	s := l.counts.read()
	l.mu.Lock()
	defer l.mu.Unlock()
	s.Waiting = l.line.waiting
	return s
}

// links are those of this incarnation.
type links struct {
	// Guarded by mu
	mu    sync.RWMutex
	byID  map[string]*link
	ended LinkStats       // of links that are no more
	early map[string]bool // nodes that have sent something before the view came that has them
}

func (t *links) find(node string) *link {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.byID[node]
}

// process finds the link to a process, whatever its incarnation.
func (t *links) process(address string) *link {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for id, l := range t.byID {
		if processOf(id) == address {
			return l
		}
	}
	return nil
}

func (t *links) all() []*link {
	t.mu.RLock()
	defer t.mu.RUnlock()
	list := make([]*link, 0, len(t.byID))
	for _, l := range t.byID {
		list = append(list, l)
	}
	return list
}

// count returns the links, and what those have counted that are no more.
func (t *links) count() (now []*link, ended LinkStats) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for _, l := range t.byID {
		now = append(now, l)
	}
	return now, t.ended
}

// set makes the links those to these nodes: others end, new ones begin.
func (t *links) set(c *Cluster, self string, nodes []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	old := t.byID
	t.byID = make(map[string]*link, len(nodes))
	for _, node := range nodes {
		if node == self {
			continue
		}
		l := old[node]
		if l == nil {
			l = newLink(c, self, node)
			l.line.hello(t.early[node])
			c.running.Go(l.run)
		}
		t.byID[node] = l
		delete(old, node)
	}
	for _, l := range old {
		close(l.done)
		counts := l.counts.read()
		t.ended = t.ended.plus(counts)
	}
	t.early = nil
}

// note remembers a node that this one does not know yet.
func (t *links) note(node string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.early == nil {
		t.early = map[string]bool{}
	}
	if len(t.early) < 1024 {
		t.early[node] = true
	}
}

// receive takes what NATS brings, one message after the other.
func (c *Cluster) receive(m *nats.Msg) {
	self := c.Self()
	b, ok := c.sealer.open(m.Data, self)
	if !ok {
		c.totals.dropped.Add(1)
		return
	}
	h, parts, err := parsePacket(b)
	if err != nil {
		c.totals.dropped.Add(1)
		return
	}
	c.up.Lock()
	defer c.up.Unlock()
	l := c.links.find(h.from)
	if l == nil { // of a view that is still to come, or of one that is over
		c.totals.dropped.Add(1)
		c.links.note(h.from)
		c.lookAgain()
		return
	}
	frames, cut := l.take(h, parts, len(m.Data))
	if cut {
		c.totals.cuts.Add(1)
		c.system.Cut(l.node)
		c.requests.fail(l.node)
	}
	for _, f := range frames {
		switch f.kind {
		case forRooms:
			c.system.Take(l.node, f.data)
		case forActors:
			c.remoter.take(f.data)
		case forRequests:
			c.requests.asked(l, f.data)
		case forAnswers:
			c.requests.answered(l.node, f.data)
		}
	}
	if len(frames) > 0 && l.look() {
		l.poke()
	}
}

// tellCut calls System.Cut for a link that this end has cut, unless that has been done.
func (c *Cluster) tellCut(l *link) {
	c.up.Lock()
	defer c.up.Unlock()
	if c.links.find(l.node) == l && l.takeCut() {
		c.totals.cuts.Add(1)
		c.system.Cut(l.node)
		c.requests.fail(l.node)
	}
}
