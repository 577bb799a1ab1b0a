package client

import (
	"errors"
	"sync"
	"time"

	"github.com/gobwas/ws"

	"github.com/parley-signaling/parley/actors/wire"
)

// serve moves a connection's bytes until it has ended, and returns why. handle gets every
// message; its error gives the connection up.
func (l *link) serve(handle func(ws.OpCode, []byte) error) *lostError {
	var writer sync.WaitGroup
	writer.Go(l.write)
	err := l.read(handle)
	if err.code != 0 && err.err == nil { // the server's close frame is answered (RFC 6455, 5.5.1)
		l.close(err.code)
		_ = l.conn.SetDeadline(time.Now().Add(closeTimeout))
	} else {
		l.conn.Close()
	}
	l.end()
	writer.Wait()
	l.conn.Close()
	return l.verdict(err)
}

// read reads until the connection's end.
func (l *link) read(handle func(ws.OpCode, []byte) error) *lostError {
	for {
		op, payload, err := l.frames.next()
		switch {
		case err != nil && broken(err) != nil:
			return &lostError{code: closeUnreadable, reason: err.Error()}
		case err != nil:
			return &lostError{err: err}
		case op == ws.OpPing:
			l.answer(payload)
		case op == ws.OpPong:
		case op == ws.OpClose:
			code, reason := ws.ParseCloseFrameData(payload)
			if len(payload) < 2 {
				code = ws.StatusNoStatusRcvd
			}
			return &lostError{code: int(code), reason: reason}
		default:
			if err := handle(op, payload); err != nil {
				return &lostError{code: closeUnreadable, reason: err.Error()}
			}
		}
	}
}

// verdict puts together what is known of an end: what this side gave up for, the close frame,
// and what a bye said before it.
func (l *link) verdict(end *lostError) *lostError {
	l.mu.Lock()
	failure := l.failure
	l.mu.Unlock()
	var own *lostError
	if end.code == 0 && errors.As(failure, &own) {
		end = own
	}
	if b := l.bye; b != nil {
		if end.code < 3000 { // the frame may be missing, or a proxy's
			end.code, end.reason, end.err = b.code, b.reason, nil
		}
		end.retryAfter = b.retryAfter
	}
	return end
}

// decode reads a message; nil without an error for one that a later version may have added.
func decode(codec wire.Codec, data, op ws.OpCode, payload []byte) (wire.Message, error) {
	if op != data {
		return nil, errors.New("a message of the other kind")
	}
	m, err := wire.DecodeMessage(codec, payload)
	var e *wire.Error
	if errors.As(err, &e) && e.Code == wire.BadRequest && e.Message == "type: unknown" {
		return nil, nil
	}
	return m, err
}
