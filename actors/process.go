package actors

import (
	"reflect"

	"github.com/anthdm/hollywood/actor"
)

var _ actor.Processer = (*mailbox[roomLetter])(nil)
var _ actor.Processer = (*mailbox[delivery])(nil)

// PID is the actor's address in the Hollywood engine.
func (m *mailbox[T]) PID() *actor.PID { return m.pid }

// Start does nothing: the first letter starts the actor.
func (m *mailbox[T]) Start() {}

// Send takes a message from a Hollywood actor.
func (m *mailbox[T]) Send(_ *actor.PID, msg any, sender *actor.PID) { m.host.foreign(msg, sender) }

// Invoke takes several.
func (m *mailbox[T]) Invoke(envelopes []actor.Envelope) {
	for _, e := range envelopes {
		m.host.foreign(e.Msg, e.Sender)
	}
}

// Shutdown stops the actor.
func (m *mailbox[T]) Shutdown() { m.host.foreign(stopActor{}, nil) }

// stopActor asks an actor to end, as Engine.Stop and Engine.Poison do.
type stopActor struct{}

// Ask is a Hollywood request that every actor here answers with an Answer: is it alive?
type Ask struct{}

// Answer names the actor that was asked.
type Answer struct {
	Actor string // its PID's ID
	Room  string // a room's name
}

// asPill recognises the message of Engine.Stop and Engine.Poison. Its type is not exported.
func asPill(msg any) bool {
	t := reflect.TypeOf(msg)
	return t != nil && t.Name() == "poisonPill" && t.PkgPath() == reflect.TypeFor[actor.PID]().PkgPath()
}

// swallow completes a pill: only Hollywood can cancel the context that Stop and Poison
// returned, so the pill goes to a throw-away actor, whose clean-up does it. On a goroutine of
// its own, because a Hollywood actor may run on its sender's.
func swallow(e *actor.Engine, pill any) {
	go func() {
		pid := e.SpawnFunc(func(*actor.Context) {}, "parley-pill", actor.WithInboxSize(2))
		e.SendLocal(pid, pill, nil)
	}()
}

// reply answers a Hollywood request. On a goroutine of its own: a second answer to one
// Request blocks its sender for ever, and that must not be a room or a shard.
func reply(e *actor.Engine, to *actor.PID, msg any) {
	if to != nil {
		go e.Send(to, msg)
	}
}

// deadLetter reports a message that no actor here understands or that came too late.
func deadLetter(e *actor.Engine, target *actor.PID, msg any, sender *actor.PID) {
	e.BroadcastEvent(actor.DeadLetterEvent{Target: target, Message: msg, Sender: sender})
}
