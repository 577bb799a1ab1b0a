package poll

import (
	"net"
	"sync"
	"time"
)

// readBuffer is what one net.Conn's reader goroutine holds.
const readBuffer = 4 << 10

// stream emulates readiness for a net.Conn. A reader goroutine blocks in Read, hands what it
// got to the owner and goes on once that is consumed, so that at most readBuffer bytes wait
// here and a peer whose owner does not read is held up by TCP. Output is described in
// stream_write.go.
type stream struct {
	// Static after construction
	poller   *Poller
	nc       net.Conn
	token    uint64
	linger   time.Duration
	consumed chan struct{} // capacity 1: the reader may go on

	// Guarded by mu
	mu        sync.Mutex
	listed    bool // waits in the poller's ready list
	closed    bool
	wantRead  bool   // interest in reading
	wantWrite bool   // interest in writing
	in        []byte // received and not yet consumed; the reader's buffer
	inErr     error  // what comes after in
	busy      bool   // the writer goroutine is at work
	outErr    error
}

func newStream(p *Poller, nc net.Conn, token uint64, linger time.Duration) *stream {
	return &stream{poller: p, nc: nc, token: token, linger: linger, wantRead: true, consumed: make(chan struct{}, 1)}
}

func (s *stream) start() { s.poller.streams.Go(s.reader) }

func (s *stream) reader() {
	buf := make([]byte, readBuffer)
	for {
		n, err := s.nc.Read(buf)
		if !s.received(buf[:n], err) || err != nil {
			return
		}
		if n > 0 {
			<-s.consumed
		}
	}
}

// received hands over what was read and reports whether the stream is still open.
func (s *stream) received(b []byte, err error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.in, s.inErr = b, err
	s.notify()
	return !s.closed
}

// notify lists the stream where it has something to report. s.mu is held.
func (s *stream) notify() {
	if !s.listed && (s.readable() || s.writable()) {
		s.listed = true
		s.poller.list(s)
	}
}

func (s *stream) readable() bool {
	return s.wantRead && !s.closed && (len(s.in) > 0 || s.inErr != nil)
}

func (s *stream) writable() bool { return s.wantWrite && !s.closed && !s.busy }

// take is called by the poller for what is listed; false takes it off the list.
func (s *stream) take() (Event, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ev := Event{Token: s.token, Readable: s.readable(), Writable: s.writable()}
	s.listed = ev.Readable || ev.Writable
	return ev, s.listed
}

func (s *stream) read(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.in) == 0 {
		if s.inErr != nil {
			return 0, s.inErr
		}
		return 0, ErrAgain
	}
	n := copy(b, s.in)
	s.in = s.in[n:]
	if len(s.in) == 0 && s.inErr == nil {
		s.resume()
	}
	s.notify()
	return n, nil
}

// resume lets the reader go on.
func (s *stream) resume() {
	select {
	case s.consumed <- struct{}{}:
	default: // closed before: the reader has been told
	}
}

func (s *stream) interest(read, write bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wantRead, s.wantWrite = read, write
	s.notify()
}

// close ends both goroutines. flush lets the writer finish first, for at most linger.
func (s *stream) close(flush bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	s.in = nil
	s.resume()
	switch {
	case s.busy && flush:
		s.nc.SetWriteDeadline(time.Now().Add(s.linger))
	case !flush:
		if t, ok := s.nc.(*net.TCPConn); ok {
			t.SetLinger(0)
		}
		fallthrough
	default:
		s.poller.streams.Go(s.end)
	}
}

// end closes the net.Conn, on a goroutine of its own: a TLS connection may wait for its peer then.
func (s *stream) end() { s.nc.Close() }
