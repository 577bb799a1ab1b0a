package cluster

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/parley-signaling/parley/actors"
)

// System is who lives on the node: an actors.System. But for Backlog its methods are called one at a time; none may block.
type System interface {
	// Adopt takes the next view.
	Adopt(actors.View)
	// Take takes a frame of another node of the view, which it may keep.
	Take(node string, frame []byte)
	// Cut says that the link to a node of the view was cut: frames of both directions may be lost.
	Cut(node string)
	// Lost says that this node's lease is gone. The next view has it under another id.
	Lost()
	// Backlog is how many bytes of a node's frames wait here for rooms' turns. It may be called at any time.
	Backlog(node string) int
}

var (
	_ System         = (*actors.System)(nil)
	_ actors.Cluster = (*Cluster)(nil)
)

// Cluster is this node's part in a cluster. It is started once, and closed once.
type Cluster struct {
	// Static after New
	o        Options
	log      *slog.Logger
	process  string // this process's id, under which its actors are known
	secret   key
	sealer   *sealer
	remoter  *Remoter
	requests requests
	speaks   versions
	life     context.Context // until Close, or until the node is refused
	stop     context.CancelCauseFunc

	// Static after Start
	system   System
	embedded *embedded // nil: NATS is elsewhere
	nc       *nats.Conn
	bucket   *bucket
	first    chan struct{} // closed when the first view has been adopted
	look     chan struct{} // has room for one: the bucket is to be read
	ended    chan struct{} // closed when the membership has ended
	running  sync.WaitGroup

	// Owned by live
	inbox *nats.Subscription
	tries int

	// Shared
	held      hold
	self      atomic.Pointer[string]
	view      atomic.Pointer[actors.View]
	leaving   atomic.Bool // Leave was called: whatever becomes of the lease, this node owns nothing more
	links     links
	totals    totals
	waiting   atomic.Pointer[string] // why there is no view yet, for people
	refused   atomic.Pointer[error]  // why NATS will not have this node
	unreached atomic.Pointer[error]  // why there was no connection to NATS the last time
	why       atomic.Pointer[error]  // what has ended the node

	// Guarded by up, which makes the calls of System one at a time
	up sync.Mutex

	// Guarded by mu
	mu      sync.Mutex
	member  *member // nil: between two incarnations
	started bool
	closed  bool
}

// piece is about how many bytes of frames one packet has; a NATS message has 1 MiB at most.
const piece = 256 << 10

// New makes a node, which does nothing yet. The error joins OptionErrors.
func New(o Options) (*Cluster, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	c := &Cluster{
		o: o, log: o.Logger.With("cluster", o.Name), process: strings.ToLower(rand.Text()[:12]), held: newHold(),
		first: make(chan struct{}), look: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	if o.Secret != "" {
		c.secret = key(o.Secret)
	}
	c.sealer = newSealer(c.secret, o.Name)
	c.remoter = newRemoter(c)
	c.speaks = versions{leastVersion, Version}
	c.requests.served = make(chan struct{}, maxServed)
	c.life, c.stop = context.WithCancelCause(context.Background())
	none := ""
	c.self.Store(&none)
	return c, nil
}

// ErrStarted is returned by a second Start, or one after Close.
var ErrStarted = errors.New("cluster: already started or closed")

// Start enters the cluster, and returns when the first view has been adopted, or with ctx's end, or where waiting does not help:
// ErrSecret, ErrName, ErrVersion, ErrNATS. A cluster that was started needs a Close, whatever the error.
func (c *Cluster) Start(ctx context.Context, system System) error {
	c.mu.Lock()
	if c.started || c.closed {
		c.mu.Unlock()
		return ErrStarted
	}
	c.started, c.system = true, system
	c.mu.Unlock()
	if err := c.connect(); err != nil {
		close(c.ended)
		return fmt.Errorf("cluster: %w", err)
	}
	c.running.Go(func() { c.guard(c.life) })
	go func() {
		defer close(c.ended)
		err := c.live(c.life)
		if c.life.Err() == nil {
			err = fmt.Errorf("cluster: %w", err)
			c.why.Store(&err)
		}
		c.stop(err)
	}()
	select {
	case <-c.first:
		return nil
	case <-c.life.Done():
		return context.Cause(c.life)
	case <-ctx.Done():
		return fmt.Errorf("cluster: %w%s", ctx.Err(), c.reason())
	}
}

// Ended is closed when the node's part in the cluster has ended: by Close, or because it is refused. Err is why.
func (c *Cluster) Ended() <-chan struct{} { return c.ended }

// Err is why the node has ended by itself; nil as long as it has not. Ended is closed.
func (c *Cluster) Err() error {
	if e := c.why.Load(); e != nil {
		return *e
	}
	return nil
}

func (c *Cluster) reason() string {
	if w := c.waiting.Load(); w != nil {
		return ": " + *w
	}
	return ""
}

// live is one incarnation after the other, until ctx ends or there is no sense in going on.
func (c *Cluster) live(ctx context.Context) error {
	for {
		m, err := c.enter(ctx)
		if err != nil {
			return err
		}
		err = m.run(ctx)
		c.held.end()
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		c.totals.lost.Add(1)
		c.lose()
		if fatal(err) {
			m.remove(ctx)
			return err
		}
		c.log.Warn("the lease is lost: this node comes back as another", "node", m.id, "err", err)
	}
}

// lose ends an incarnation.
func (c *Cluster) lose() {
	c.up.Lock()
	defer c.up.Unlock()
	c.mu.Lock()
	c.member = nil
	c.mu.Unlock()
	c.links.set(c, "", nil)
	if c.view.Swap(nil) != nil {
		c.system.Lost()
	}
}

// adopt hands the next view on.
func (c *Cluster) adopt(v actors.View, nodes []string) {
	c.up.Lock()
	defer c.up.Unlock()
	c.links.set(c, c.Self(), nodes)
	c.view.Store(&v)
	c.log.Info("view", "number", v.Number, "nodes", v.Nodes, "leaving", v.Leaving)
	c.system.Adopt(v)
	select {
	case <-c.first:
	default:
		close(c.first)
	}
}

// Self is this node's id in views; "" before the first. It is another after each Lost.
func (c *Cluster) Self() string { return *c.self.Load() }

// Held tells whether this node's lease is good at this moment. It is cheap. It may be false for a while, and
// true again without a Lost: NATS was away, and nobody was there to take this node's place.
func (c *Cluster) Held() bool { return c.held.good(time.Now()) }

// Send hands a frame to another node of the view: whole, once, in order, or not at all and then a
// cut. It never blocks. It keeps the frame, which must not be changed any more. It is false where that node is not there, or more
// than Options.QueueBytes wait for it, 64 bytes for each frame included: then the link is cut, which System.Cut is told at both ends.
func (c *Cluster) Send(node string, frame []byte) bool {
	l := c.links.find(node)
	return l != nil && l.send(forRooms, frame)
}

// QueueBytes is what may wait for one other node, or be under way to it.
func (c *Cluster) QueueBytes() int { return c.o.QueueBytes }

// Waiting is how many bytes wait for that node or are under way; 0 where it is not there.
func (c *Cluster) Waiting(node string) int {
	l := c.links.find(node)
	if l == nil {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.line.waiting
}

// Stats returns the counts of this moment.
func (c *Cluster) Stats() Stats {
	s := Stats{
		Held: c.Held(), Lost: c.totals.lost.Load(), Renewals: c.totals.renewals.Load(), Failed: c.totals.failed.Load(),
		Cuts: c.totals.cuts.Load(), Dropped: c.totals.dropped.Load(), DeadLetter: c.totals.deadLetters.Load(),
		Links: map[string]LinkStats{},
	}
	if v := c.view.Load(); v != nil {
		s.View, s.Nodes, s.Leaving = v.Number, len(v.Nodes), len(v.Leaving)
	}
	links, ended := c.links.count()
	s.All = ended
	for _, l := range links {
		one := l.stats()
		s.Links[l.node] = one
		s.All = s.All.plus(one)
	}
	return s
}

// subject is one of this cluster's.
func (c *Cluster) subject(parts ...string) string {
	return "parley." + c.o.Name + "." + strings.Join(parts, ".")
}

// lookAgain has the bucket read soon.
func (c *Cluster) lookAgain() {
	select {
	case c.look <- struct{}{}:
	default:
	}
}

// nextID is this process's next id in views. None is ever used twice.
func (c *Cluster) nextID() string {
	c.tries++
	return c.process + "-" + strconv.Itoa(c.tries)
}

// processOf is the process of an id in views.
func processOf(id string) string {
	process, _, _ := strings.Cut(id, "-")
	return process
}
