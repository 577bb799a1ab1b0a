package poll

import "sync"

// writeBuffer bounds what a net.Conn's writer goroutine takes at a time.
const writeBuffer = 64 << 10

var writeBuffers = sync.Pool{New: func() any { return new([writeBuffer]byte) }}

// writev copies as much as fits into a buffer and lets a goroutine write it. Until that is
// done the stream is as a full socket: ErrAgain, and an event later.
func (s *stream) writev(bufs [][]byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.outErr != nil:
		return 0, s.outErr
	case s.busy:
		return 0, ErrAgain
	}
	buf := writeBuffers.Get().(*[writeBuffer]byte)
	n := 0
	for _, b := range bufs {
		n += copy(buf[n:], b)
	}
	if n == 0 {
		writeBuffers.Put(buf)
		return 0, nil
	}
	s.busy = true
	s.poller.streams.Go(func() { s.flush(buf, n) })
	return n, nil
}

func (s *stream) flush(buf *[writeBuffer]byte, n int) {
	_, err := s.nc.Write(buf[:n])
	writeBuffers.Put(buf)
	s.mu.Lock()
	s.busy, s.outErr = false, err
	s.notify()
	closed := s.closed
	s.mu.Unlock()
	if closed {
		s.end()
	}
}
