package gateway

// newSocket makes a socket and gives it a slot. It is not yet watched.
func (s *shard) newSocket() *socket {
	s.gen++
	if s.gen == 0 { // the listeners' generation
		s.gen++
	}
	k := &socket{shard: s, gen: s.gen}
	if n := len(s.free); n > 0 {
		k.slot = s.free[n-1]
		s.free = s.free[:n-1]
		s.slots[k.slot] = k
	} else {
		k.slot = uint32(len(s.slots))
		s.slots = append(s.slots, k)
	}
	if s.live++; s.live == 1 {
		s.nextSweep = s.now() + s.g.tick
		s.arm(s.nextSweep)
	}
	return k
}

// find returns the socket that a poller's token stands for; nil where it is gone: an event
// can be older than the end of its socket.
func (s *shard) find(token uint64) *socket {
	slot := uint32(token)
	if int(slot) >= len(s.slots) {
		return nil
	}
	k := s.slots[slot]
	if k == nil || k.token() != token {
		return nil
	}
	return k
}

// forget takes k out of everything; its descriptor is somebody else's, or closed.
func (s *shard) forget(k *socket) {
	s.limit(k, limitNone)
	s.slots[k.slot] = nil
	s.free = append(s.free, k.slot)
	s.live--
	if k.turned {
		s.turned--
	}
	k.state, k.in, k.out = stateGone, nil, nil
}
