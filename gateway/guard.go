package gateway

import (
	"runtime/debug"

	"github.com/parley-signaling/parley/actors"
)

// guarded runs one step of a socket. Where a dialect, a session or the actor panics, that
// connection ends and the shard lives.
func (s *shard) guarded(k *socket, step func(*shard, *socket)) {
	if k.state == stateGone {
		return
	}
	defer s.rescue(k)
	step(s, k)
}

// rescue is deferred around whatever calls foreign code for k.
func (s *shard) rescue(k *socket) {
	p := recover()
	if p == nil {
		return
	}
	s.panicked("connection", p, "conn", k.id())
	defer func() {
		if p := recover(); p != nil { // the actor is beyond closing
			s.panicked("connection", p, "conn", k.id())
			k.ending = EndedInternal
			s.abort(k)
		}
	}()
	switch {
	case k.state == stateGone:
	case k.actor == nil:
		s.abort(k)
	default:
		s.close(k, actors.Close{Code: actors.CloseInternal, Reason: "internal error"})
		if k.state == stateOpen {
			s.stopListening(k, k.in)
		}
	}
}

// recovered is deferred around code that belongs to no socket.
func (s *shard) recovered(what string, about ...any) {
	if p := recover(); p != nil {
		s.panicked(what, p, about...)
	}
}

func (s *shard) panicked(what string, p any, about ...any) {
	s.g.stats.panics.Add(1)
	s.log.Error("gateway: panic in a "+what, append(about, "panic", p, "stack", string(debug.Stack()))...)
}
