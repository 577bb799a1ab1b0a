package cluster

import (
	"fmt"
	"sync"

	"github.com/anthdm/hollywood/actor"
	"github.com/vmihailenco/msgpack/v5"
)

// Remoter carries messages between Hollywood actors of different nodes: it implements
// actor.Remoter. An actor's address is its process's id, which stays the same as long as the process
// lives, whatever becomes of its lease. Messages go in order and at most once; what cannot be sent
// or delivered, or is of a type that is not registered, is counted and becomes a DeadLetterEvent of
// the sender's engine, or the receiver's.
type Remoter struct {
	c      *Cluster
	engine *actor.Engine // static after Start
}

var _ actor.Remoter = (*Remoter)(nil)

func newRemoter(c *Cluster) *Remoter { return &Remoter{c: c} }

// Remoter is what a Hollywood engine is to be made with, before Start:
//
//	actor.NewEngine(actor.NewEngineConfig().WithRemote(c.Remoter()))
func (c *Cluster) Remoter() *Remoter { return c.remoter }

// Address is this process's id.
func (r *Remoter) Address() string { return r.c.process }

// Start is called by the engine.
func (r *Remoter) Start(e *actor.Engine) error {
	r.engine = e
	return nil
}

// Stop does nothing: the Cluster is to be closed.
func (r *Remoter) Stop() *sync.WaitGroup { return &sync.WaitGroup{} }

// letter is a message between actors.
type letter struct {
	Address string             `msgpack:"address"`
	ID      string             `msgpack:"id"`
	From    *sender            `msgpack:"from,omitempty"`
	Type    string             `msgpack:"type"`
	Message msgpack.RawMessage `msgpack:"message"`
}

type sender struct {
	Address string `msgpack:"address"`
	ID      string `msgpack:"id"`
}

// Send is called by the engine. It does not block.
func (r *Remoter) Send(to *actor.PID, message any, from *actor.PID) {
	if err := r.send(to, message, from); err != nil {
		r.dead(to, message, from, err)
	}
}

func (r *Remoter) send(to *actor.PID, message any, from *actor.PID) error {
	name, data, err := encodeMessage(message)
	if err != nil {
		return err
	}
	l := letter{Address: to.Address, ID: to.ID, Type: name, Message: data}
	if from != nil {
		l.From = &sender{from.Address, from.ID}
	}
	link := r.c.links.process(to.Address)
	if link == nil {
		return fmt.Errorf("no node %s is there", to.Address)
	}
	if !link.send(forActors, encode(l)) {
		return fmt.Errorf("too much waits for node %s", to.Address)
	}
	return nil
}

// take delivers what another node has sent.
func (r *Remoter) take(frame []byte) {
	var l letter
	if err := msgpack.Unmarshal(frame, &l); err != nil {
		r.c.log.Warn("a message between actors cannot be read", "err", err)
		r.c.totals.deadLetters.Add(1)
		return
	}
	to := actor.NewPID(l.Address, l.ID)
	var from *actor.PID
	if l.From != nil {
		from = actor.NewPID(l.From.Address, l.From.ID)
	}
	message, err := decodeMessage(l.Type, l.Message)
	if err != nil || r.engine == nil || l.Address != r.Address() {
		r.dead(to, l.Message, from, err)
		return
	}
	r.engine.SendLocal(to, message, from)
}

// dead counts a message that goes nowhere.
func (r *Remoter) dead(to *actor.PID, message any, from *actor.PID, err error) {
	r.c.totals.deadLetters.Add(1)
	r.c.log.Debug("a message between actors is lost", "to", to, "type", fmt.Sprintf("%T", message), "err", err)
	if r.engine != nil {
		r.engine.BroadcastEvent(actor.DeadLetterEvent{Target: to, Message: message, Sender: from})
	}
}
