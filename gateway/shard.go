package gateway

import (
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/gateway/poll"
)

// Budgets of one turn of a shard.
const (
	eventsPerTurn   = 128
	messagesPerTurn = 64 // of one connection
	writesPerTurn   = 64 // connections, before the shard looks at its input again
	piecesPerWrite  = 64 // of one connection's output, in one writev
	readSize        = 64 << 10
)

// shard is a reactor: one goroutine that owns its connections, runs their actors and the
// rooms that they brought to life. A turn reads, runs the rooms, and then writes for a while;
// a connection that waits to be written meanwhile gathers what comes, and takes all of it in
// one system call.
type shard struct {
	// Static after construction
	g       *Gateway
	log     *slog.Logger
	poller  *poll.Poller
	start   time.Time
	alarm   *time.Timer
	readers *sync.Pool // of the gateway

	// Owned by the shard
	listeners []*listener // accepted from by this shard
	slots     []*socket
	free      []uint32 // slots
	gen       uint32
	live      int       // sockets
	turned    int       // of them, those that may not come in
	dirty     []*socket // with output, an end or room to read again; first come, first served, each at most once
	done      int       // of dirty
	again     []*socket // with stashed input, for the next turn
	again2    []*socket // empty: the memory for the next again
	tasks     []actors.Task
	deadlines [limits]deadlines
	armed     time.Duration // when the alarm rings; 0: not
	tick      int           // sweeps so far
	nextSweep time.Duration
	scratch   reader // of the socket being read, while it holds nothing
	buf       []byte
	iov       [piecesPerWrite + 2][]byte // our own frames can go before and behind the actor's
	events    []poll.Event
	flow      ShardTraffic
	stopping  bool // no sockets are taken any more; the shard ends with its last one

	rung atomic.Bool // the alarm
	told told        // from anywhere

	// Guarded by mu
	mu      sync.Mutex
	stopped bool // nobody will look at these queues again
	inDirty []*socket
	inTasks []actors.Task
	inCalls []func()
}

var _ actors.Scheduler = (*shard)(nil)

func newShard(g *Gateway) (*shard, error) {
	p, err := poll.New(g.o.Portable)
	if err != nil {
		return nil, err
	}
	s := &shard{
		g: g, log: g.o.Logger, poller: p, start: time.Now(), readers: &g.readers,
		buf: make([]byte, readSize), events: make([]poll.Event, 0, eventsPerTurn),
	}
	s.deadlines[limitHead] = deadlines{limit: limitHead, after: g.o.HeaderTimeout}
	s.deadlines[limitRoom] = deadlines{limit: limitRoom, after: g.o.NoRoomTimeout}
	s.deadlines[limitEnd] = deadlines{limit: limitEnd, after: g.o.CloseTimeout}
	s.alarm = time.AfterFunc(time.Hour, s.ring)
	s.alarm.Stop()
	return s, nil
}

// run is the shard's goroutine. It returns after stop, when the last socket is gone.
func (s *shard) run() {
	for s.turn() {
	}
	s.alarm.Stop()
	s.poller.Close()
}

func (s *shard) turn() bool {
	events, err := s.poller.Wait(s.events[:0], s.idle())
	if err != nil {
		s.log.Error("gateway: polling failed", "err", err)
		s.abandon()
	}
	for _, ev := range events {
		if k := s.find(ev.Token); k != nil {
			s.ready(k, ev)
		} else if l := s.listener(ev.Token); l != nil {
			s.accept(l)
		}
	}
	s.parseAgain()
	s.take() // what the messages just read have set off, too
	s.runTasks()
	s.write()
	s.timers()
	s.tellTraffic()
	return !s.stopping || s.live > 0 || !s.stop()
}

// idle tells whether only an event can give the shard something to do.
func (s *shard) idle() bool {
	return s.done == len(s.dirty) && len(s.again) == 0 && !(s.stopping && s.live == 0) && s.nothingCame()
}

// runTasks runs every room that was scheduled when it began.
func (s *shard) runTasks() {
	for i, t := range s.tasks {
		s.runTask(t)
		s.tasks[i] = nil
	}
	s.tasks = s.tasks[:0]
	s.takeDirty()
}

func (s *shard) runTask(t actors.Task) {
	defer s.recovered("task")
	t.Run()
}

// parseAgain gives those with stashed input their next turn.
func (s *shard) parseAgain() {
	again := s.again
	s.again = s.again2[:0]
	for i, k := range again {
		again[i] = nil
		k.waiting = false
		s.guarded(k, (*shard).continueStash)
	}
	s.again2 = again[:0]
}
