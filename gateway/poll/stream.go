package poll

import (
	"crypto/tls"
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// readBuffer is what one net.Conn's reader goroutine holds. That of a TLS connection holds idleBuffer,
// in which a short message has its place, and borrows a readBuffer for what fills that.
const (
	readBuffer = 4 << 10
	idleBuffer = 512
)

var readBuffers = sync.Pool{New: func() any { return new([readBuffer]byte) }}

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

func (s *stream) start() {
	if _, ok := s.nc.(*tls.Conn); ok {
		s.poller.streams.Go(s.secureReader)
	} else {
		s.poller.streams.Go(s.reader)
	}
}

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

func (s *stream) secureReader() {
	idle := make([]byte, idleBuffer)
	for {
		n, err := s.nc.Read(idle)
		b := idle[:n]
		var more *[readBuffer]byte
		if n == idleBuffer && err == nil {
			more = readBuffers.Get().(*[readBuffer]byte)
			n, err = s.rest(more[copy(more[:], b):])
			b = more[:idleBuffer+n]
		}
		if !s.received(b, err) || err != nil {
			return // the owner may still read b
		}
		if len(b) > 0 {
			<-s.consumed
		}
		if more != nil {
			readBuffers.Put(more)
		}
	}
}

// past is a deadline that has passed.
var past = time.Unix(1, 0)

// rest reads what a TLS connection has decrypted, or can, without waiting for its peer: messages that
// came in one record stay together, and so do the answers to them.
func (s *stream) rest(b []byte) (int, error) {
	if s.nc.SetReadDeadline(past) != nil { // it has none, and would wait
		return 0, nil
	}
	n, err := s.nc.Read(b)
	_ = s.nc.SetReadDeadline(time.Time{})
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = nil
	}
	return n, err
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
	if s.in = s.in[n:]; len(s.in) == 0 {
		s.in = nil // the reader may have another use for its memory
		if s.inErr == nil {
			s.resume()
		}
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
