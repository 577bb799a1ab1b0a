package gateway

import "github.com/parley-signaling/parley/actors"

// What other goroutines hand to a shard. The shard takes it once a turn; it is woken only
// where it sleeps.

// Schedule implements actors.Scheduler. A shard that has stopped leaves the task to a
// goroutine of its own, for rooms can outlive all connections.
func (s *shard) Schedule(t actors.Task) {
	s.mu.Lock()
	if s.stopped {
		s.mu.Unlock()
		go t.Run()
		return
	}
	s.inTasks = append(s.inTasks, t)
	s.mu.Unlock()
	s.poller.Wake()
}

// pushDirty queues k for writing; k.queued is set.
func (s *shard) pushDirty(k *socket) {
	s.mu.Lock()
	if !s.stopped {
		s.inDirty = append(s.inDirty, k)
	}
	s.mu.Unlock()
	s.poller.Wake()
}

// call has f run by the shard; false where the shard has stopped.
func (s *shard) call(f func()) bool {
	s.mu.Lock()
	stopped := s.stopped
	if !stopped {
		s.inCalls = append(s.inCalls, f)
	}
	s.mu.Unlock()
	s.poller.Wake()
	return !stopped
}

// take empties the queues.
func (s *shard) take() {
	s.takeDirty()
	s.mu.Lock()
	calls := s.inCalls
	s.inCalls = nil
	s.tasks, s.inTasks = s.inTasks, s.tasks
	s.mu.Unlock()
	for _, f := range calls {
		f()
	}
}

// takeDirty appends what is dirty to the shard's own queue.
func (s *shard) takeDirty() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done == len(s.dirty) {
		s.dirty, s.inDirty, s.done = s.inDirty, s.dirty[:0], 0
		return
	}
	s.dirty = append(s.dirty, s.inDirty...)
	clear(s.inDirty)
	s.inDirty = s.inDirty[:0]
}

// nothingCame tells whether the queues are empty; whatever comes after it wakes the shard.
func (s *shard) nothingCame() bool {
	s.poller.Attend()
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.inDirty)+len(s.inTasks)+len(s.inCalls) == 0
}

// stop marks the shard as stopped, unless something has come in.
func (s *shard) stop() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.inTasks)+len(s.inCalls) > 0 {
		return false
	}
	s.stopped = true
	return true
}
