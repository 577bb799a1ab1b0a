package gateway

import "time"

// now is the shard's clock: since its start, monotonic.
func (s *shard) now() time.Duration { return time.Since(s.start) }

// arm makes the shard wake at that time, if not before. Zero on the clock is never armed.
func (s *shard) arm(at time.Duration) {
	if s.armed != 0 && s.armed <= at {
		return
	}
	s.armed = max(at, 1)
	s.alarm.Reset(max(0, at-s.now()))
}

// ring is the alarm's callback, on a goroutine of its own.
func (s *shard) ring() {
	s.rung.Store(true)
	s.poller.Wake()
}

// timers does what has become due, if the alarm has rung, and sets it again. A shard without
// sockets has no alarm.
func (s *shard) timers() {
	if !s.rung.Load() || !s.rung.Swap(false) {
		return
	}
	s.armed = 0
	now := s.now()
	s.due(now)
	s.sweep(now)
	for i := range s.deadlines {
		if k := s.deadlines[i].first; k != nil {
			s.arm(k.timer.at)
		}
	}
	if s.live > 0 {
		s.arm(s.nextSweep)
	}
}
