package client

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"
)

// link is one connection. Its reader is the client's own goroutine, which starts and awaits
// the writer.
type link struct {
	// Static after construction
	conn   net.Conn
	data   ws.OpCode // of messages
	frames frameReader
	since  time.Time
	more   chan struct{} // there is something to write, or nothing any more

	heard atomic.Int64 // when bytes last came, as a time.Duration after since

	// Owned by the reader
	bye *lostError // what the server announced before closing

	// Guarded by mu
	mu      sync.Mutex
	out     []frame
	pong    *frame // the answer to the last ping
	last    bool   // nothing is to be written after out
	ended   bool
	failure error         // why this side has given up
	probed  time.Duration // when the last ping was sent, as heard is
	silence *time.Timer
	limit   *time.Timer // of the closing handshake
}

type frame struct {
	op      ws.OpCode
	payload []byte // immutable
}

// newLink takes over conn. rest is what came with the handshake; nil: nothing.
func newLink(conn net.Conn, rest *bufio.Reader, data ws.OpCode) *link {
	l := &link{conn: conn, data: data, since: time.Now(), more: make(chan struct{}, 1)}
	var r io.Reader = (*hearing)(l)
	if rest != nil {
		held, _ := rest.Peek(rest.Buffered())
		r = io.MultiReader(bytes.NewReader(bytes.Clone(held)), r)
		ws.PutReader(rest)
	}
	l.frames.r = bufio.NewReader(r)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.silence = time.AfterFunc(pingInterval, l.listen)
	return l
}

// hearing is the connection's reading side: it notes when something comes.
type hearing link

func (h *hearing) Read(p []byte) (int, error) {
	n, err := h.conn.Read(p)
	if n > 0 {
		h.heard.Store(int64(time.Since(h.since)))
	}
	return n, err
}

// listen runs when nothing may have been heard for a while: it pings, and at last gives up.
func (l *link) listen() {
	now, heard := time.Since(l.since), time.Duration(l.heard.Load())
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.ended:
	case l.probed > heard:
		l.fail(&lostError{code: closeSilent, reason: "nothing heard after a ping"})
	case now-heard < pingInterval:
		l.silence.Reset(pingInterval - (now - heard))
	default:
		l.probed = now
		l.put(frame{op: ws.OpPing})
		l.silence.Reset(pongTimeout)
	}
}

// send queues a message. payload is not to be changed any more.
func (l *link) send(payload []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.put(frame{l.data, payload})
}

// put queues a frame; in vain after a close. Under mu.
func (l *link) put(f frame) {
	if !l.last {
		l.out = append(l.out, f)
		l.nudge()
	}
}

func (l *link) nudge() {
	select {
	case l.more <- struct{}{}:
	default:
	}
}

// answer queues a pong. Of several pings only the last needs one (RFC 6455, 5.5.3).
func (l *link) answer(payload []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pong = &frame{ws.OpPong, payload}
	l.nudge()
}

// close sends a close frame after what is queued, and waits for the server's, but not for long.
func (l *link) close(code int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last {
		return
	}
	var body []byte
	if code != int(ws.StatusNoStatusRcvd) {
		body = ws.NewCloseFrameBody(ws.StatusCode(code), "")
	}
	l.put(frame{ws.OpClose, body})
	l.last = true
	l.limit = time.AfterFunc(closeTimeout, func() { l.conn.Close() })
}

// fail gives the connection up. Under mu.
func (l *link) fail(err error) {
	if l.failure == nil {
		l.failure = err
	}
	l.conn.Close()
}

// take returns the frames that wait; last: there will be none after them.
func (l *link) take() (frames []frame, last bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	frames, l.out = l.out, nil
	if l.pong != nil {
		frames = append([]frame{*l.pong}, frames...)
		l.pong = nil
	}
	return frames, l.last || l.ended
}

// write writes what is queued until the link has ended.
func (l *link) write() {
	var buf []byte
	for {
		frames, last := l.take()
		for _, f := range frames {
			buf = appendFrame(buf, f.op, f.payload)
		}
		if len(buf) > 0 {
			if _, err := l.conn.Write(buf); err != nil {
				l.mu.Lock()
				l.fail(&lostError{err: err})
				l.mu.Unlock()
				return
			}
		}
		if last {
			return
		}
		if buf = buf[:0]; cap(buf) > 1<<20 {
			buf = nil
		}
		if len(frames) == 0 {
			<-l.more
		}
	}
}

// end stops what belongs to the link. The writer ends soon.
func (l *link) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	l.silence.Stop()
	if l.limit != nil {
		l.limit.Stop()
	}
	l.nudge()
}
