package gateway

import "github.com/parley-signaling/parley/actors"

// What a client may hold of the process's memory is bounded for each connection; of very many
// that is too much nevertheless. So while memory is short (Options.Overloaded) those are cut that
// hold some and do not move, and everybody else goes on.
const (
	pressedOutput = 64 << 10 // bytes that wait for a socket that takes nothing
	pressedInput  = 4 << 10  // bytes of a message that does not come to its end
)

// press looks at one socket, once in PingInterval.
func (s *shard) press(k *socket) {
	if k.state != stateOpen || k.blocked || k.waiting {
		return
	}
	if k.full {
		k.actor.Relieve(pressedOutput)
	}
	switch r := k.in; {
	case r == nil || r.held() <= pressedInput:
	case !r.pressed:
		r.pressed = true // it has until the next time
	default:
		k.actor.Shed(actors.Close{Code: actors.CloseOverloaded, Reason: "memory is short, and a message does not come to its end"})
	}
}
