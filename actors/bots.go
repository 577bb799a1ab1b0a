package actors

import (
	"strconv"
	"sync"

	"github.com/anthdm/hollywood/actor"
)

// bots are the Hollywood actors that are connected. As a subscriber of the engine's event
// stream it hears of those that have stopped.
type bots struct {
	mu      sync.Mutex
	all     map[*actorConn]struct{}
	pid     *actor.PID // nil: nobody was ever connected
	closed  bool
	running sync.WaitGroup // those in all
}

var _ actor.Processer = (*bots)(nil)

func (b *bots) add(s *System, a *actorConn) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return ErrClosed
	}
	if b.pid == nil {
		b.all = make(map[*actorConn]struct{})
		b.pid = actor.NewPID(s.engine.Address(), "bots/"+strconv.FormatUint(s.serial.Add(1), 36))
		s.engine.SpawnProc(b)
		s.engine.Subscribe(b.pid)
	}
	b.all[a] = struct{}{}
	b.running.Add(1)
	return nil
}

func (b *bots) remove(a *actorConn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.all, a)
	b.running.Done()
}

// close ends all of them, without waiting (running), and takes no more.
func (b *bots) close(e *actor.Engine) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return
	}
	b.closed = true
	for a := range b.all {
		a.end()
	}
	if b.pid != nil {
		e.Unsubscribe(b.pid)
		e.Registry.Remove(b.pid)
	}
}

// PID implements actor.Processer, as do the following.
func (b *bots) PID() *actor.PID { return b.pid }

// Send takes an event. It runs on the event stream's goroutine.
func (b *bots) Send(_ *actor.PID, msg any, _ *actor.PID) {
	stopped, ok := msg.(actor.ActorStoppedEvent)
	if !ok {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for a := range b.all {
		if a.client.ID == stopped.PID.ID && a.client.Address == stopped.PID.Address {
			a.end()
		}
	}
}

// Start does nothing.
func (b *bots) Start() {}

// Invoke is not used for what is sent one by one.
func (b *bots) Invoke(envelopes []actor.Envelope) {
	for _, e := range envelopes {
		b.Send(nil, e.Msg, nil)
	}
}

// Shutdown does nothing: System.Close does.
func (b *bots) Shutdown() {}
