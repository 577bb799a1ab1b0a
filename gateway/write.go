package gateway

import (
	"errors"

	"github.com/parley-signaling/parley/gateway/poll"
)

// write serves the connections that wait, first come, first served, within one turn's budget.
func (s *shard) write() {
	sample := s.sample()
	for n := 0; n < writesPerTurn && s.done < len(s.dirty); n++ {
		k := s.dirty[s.done]
		s.dirty[s.done] = nil
		s.done++
		if n == sample && k.state == stateOpen {
			k.actor.Sample()
		}
		s.guarded(k, (*shard).flush)
	}
}

// sampled: of so many turns one measures how long a connection has waited.
const sampled = 8

// sample is which connection of the turn is measured, now an early one, now a late one; -1: none.
func (s *shard) sample() int {
	turns, waiting := int(s.flow.Turns), min(writesPerTurn, len(s.dirty)-s.done)
	if turns%sampled != 0 || waiting == 0 {
		return -1
	}
	return turns / sampled % waiting
}

// flush writes what waits for k, in one system call at most.
func (s *shard) flush(k *socket) {
	k.queued.Store(false) // before Pending: what comes after it is told again
	pieces := s.pending(k)
	if k.state == stateGone {
		return
	}
	vec, own := s.gather(k, pieces)
	if len(vec) == 0 {
		s.flushed(k)
		return
	}
	defer clear(s.iov[:len(pieces)+2])
	if k.full {
		return
	}
	n, err := k.conn.Writev(vec)
	if err != nil && !errors.Is(err, poll.ErrAgain) {
		s.end(k)
		return
	}
	s.flow.Writes++
	s.flow.Written += uint64(n)
	k.last = k.last && n == 0
	if !s.wrote(k, vec, own, n) {
		k.full = true
		k.conn.Interest(k.conn.Reading(), true)
		return
	}
	k.conn.Interest(k.conn.Reading(), false)
	if len(pieces) == piecesPerWrite || k.state == stateClosing && !k.said {
		k.Ready() // there may be more; the others come first
		return
	}
	s.flushed(k)
}

// pending asks the actor for output, and acts on whatever else it has to say.
func (s *shard) pending(k *socket) [][]byte {
	if k.actor == nil {
		return nil
	}
	if k.state == stateClosed && !k.cut && !k.last {
		return nil
	}
	pieces := k.actor.Pending(s.iov[1 : 1 : piecesPerWrite+1])
	if k.state == stateOpen {
		s.unblock(k)
		if _, ok := k.actor.Closing(); ok {
			s.stopListening(k, k.in)
		}
		s.rooms(k)
	}
	if k.state == stateClosing && len(pieces) == 0 && !k.said {
		cl, _ := k.actor.Closing()
		s.sayClose(k, cl.Code, cl.Reason)
	}
	switch {
	case !k.said || k.last:
		return pieces
	case k.cut:
		return pieces[:min(1, len(pieces))] // what was begun must be finished
	}
	return nil // nothing may follow a close frame
}

// unblock reads from k again where its room has drained.
func (s *shard) unblock(k *socket) {
	if !k.blocked || k.actor.Blocked() {
		return
	}
	k.blocked = false
	k.conn.Interest(true, k.full)
	if k.in != nil && len(k.in.stash) > 0 {
		s.parseLater(k)
	}
}

// gather puts our own frames where they belong among the actor's pieces, which are in
// s.iov[1:]: in front; behind the first one where that is the rest of a frame; at the end
// where our close frame is among them. own is their place in vec, -1 without any.
func (s *shard) gather(k *socket, pieces [][]byte) (vec [][]byte, own int) {
	n := len(pieces)
	switch {
	case len(k.out) == 0:
		return pieces, -1
	case k.state == stateClosed:
		s.iov[n+1] = k.out
		return s.iov[1 : n+2], n
	case k.cut && n > 0:
		s.iov[0], s.iov[1] = pieces[0], k.out
		return s.iov[:n+1], 1
	}
	s.iov[0] = k.out
	return s.iov[:n+1], 0
}

// wrote takes note of n written bytes of vec, and reports whether that was all of it.
func (s *shard) wrote(k *socket, vec [][]byte, own, n int) bool {
	data, whole := 0, true
	for i, p := range vec {
		m := min(n, len(p))
		n -= m
		whole = whole && m == len(p)
		if i == own {
			k.wroteOwn(m)
			continue
		}
		data += m
		if m > 0 {
			k.cut = m < len(p)
		}
	}
	if data > 0 {
		k.actor.Wrote(data)
	}
	return whole
}

// wroteOwn removes n bytes from out. A pong that was begun must be finished.
func (k *socket) wroteOwn(n int) {
	k.out = k.out[n:]
	switch {
	case len(k.out) == 0:
		k.out, k.pongs = nil, 0
	case n <= int(k.pongs):
		k.pongs -= uint32(n)
	default:
		k.pongs = uint32(len(k.out))
	}
}

// flushed goes on to what waited for all output to be written.
func (s *shard) flushed(k *socket) {
	if k.cut || len(k.out) > 0 {
		return
	}
	switch k.state {
	case stateRefused:
		k.conn.CloseWrite()
	case stateClosed:
		s.end(k)
	case stateClosing:
		if k.said && !k.answer {
			k.answer = true
			s.limit(k, limitEnd)
		}
	}
}
