package gateway

import (
	"time"

	"github.com/gobwas/ws"

	"github.com/parley-signaling/parley/actors"
)

// sweeps is in how many parts a shard pings its sockets, one part at each tick.
const sweeps = 25

// pingFrame is shared by all sockets.
var pingFrame = appendControl(nil, ws.OpPing, nil)

// sweep does the tick that is due: it pings one part of the sockets, and closes those of the
// part whose pong time is over that were not heard from. While memory is short it looks at who
// holds some, too. Any byte counts as heard. Ticks that
// were missed because the process stood still are not made up for: nobody could answer then.
func (s *shard) sweep(now time.Duration) {
	if s.live == 0 || now < s.nextSweep {
		return
	}
	if s.nextSweep += s.g.tick; s.nextSweep <= now {
		s.nextSweep = now + s.g.tick
	}
	s.tick++
	short := s.g.o.Overloaded()
	for i := s.tick % sweeps; i < len(s.slots); i += sweeps {
		if k := s.slots[i]; k != nil {
			s.ping(k)
			if short {
				s.guarded(k, (*shard).press)
			}
		}
	}
	for i := (s.tick + sweeps - s.g.pongTicks) % sweeps; i < len(s.slots); i += sweeps {
		if k := s.slots[i]; k != nil && k.pinged {
			s.guarded(k, (*shard).silent)
		}
	}
}

// ping does not ask a socket that is not read from: its pong could not be heard.
func (s *shard) ping(k *socket) {
	if k.state != stateOpen || k.blocked || k.waiting {
		return
	}
	k.pinged = true
	s.flow.Pings++
	s.tell(k, pingFrame)
}

func (s *shard) silent(k *socket) {
	if k.state == stateOpen {
		s.close(k, actors.Close{Code: actors.ClosePing, Reason: "nothing heard after a ping"})
	}
	k.pinged = false
}
