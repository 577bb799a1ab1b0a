package gateway

import (
	"bytes"
	"errors"

	"github.com/gobwas/ws"

	"github.com/parley-signaling/parley/gateway/poll"
)

// ready handles what the poller has seen of k.
func (s *shard) ready(k *socket, ev poll.Event) {
	defer s.rescue(k)
	if ev.Writable {
		k.full = false
		k.Ready()
	}
	switch {
	case k.blocked:
		if ev.Hangup { // it would be reported for ever
			s.end(k)
		}
	case k.waiting: // what it has sent before comes first
	case ev.Readable || ev.Hangup:
		s.read(k)
	}
}

// read takes one buffer from k's socket.
func (s *shard) read(k *socket) {
	n, err := k.conn.Read(s.buf)
	if errors.Is(err, poll.ErrAgain) {
		return
	}
	if err != nil {
		s.end(k)
		return
	}
	k.pinged = false
	s.flow.Received += uint64(n)
	switch b := s.buf[:n]; k.state {
	case stateHead:
		s.readHead(k, b)
	case stateTurned:
		k.state = stateRefused
		k.Ready()
	case stateOpen:
		s.parse(k, b)
	case stateClosing:
		s.readPast(k, b)
	}
}

// parse gives the messages in b to k's session, as many as one turn allows; what is left
// is stashed. It changes b.
func (s *shard) parse(k *socket, b []byte) {
	r := k.in
	if r == nil {
		r = &s.scratch
	}
	for budget := messagesPerTurn; len(b) > 0 && k.state == stateOpen; budget-- {
		if blocked := k.actor.Blocked(); blocked || budget == 0 {
			s.stash(k, r, b, blocked)
			break
		}
		f, rest, fail := r.next(b)
		b = rest
		if fail != nil {
			s.fail(k, r, fail, b)
			break
		}
		s.receive(k, f)
		if r.fragmented() {
			k.actor.Allow() // without end, they would cost and never be a message
		}
	}
	s.settle(k, r)
	s.rooms(k)
}

// stash keeps b for k's next turn or, where a room is full, until that has drained.
func (s *shard) stash(k *socket, r *reader, b []byte, blocked bool) {
	if !r.ownStash {
		b = bytes.Clone(b)
	}
	r.stash = b
	k.pinged = false
	if blocked {
		k.blocked = true
		k.conn.Interest(false, k.full)
		return
	}
	s.parseLater(k)
}

func (s *shard) parseLater(k *socket) {
	k.waiting = true
	s.again = append(s.again, k)
}

// continueStash parses what was stashed.
func (s *shard) continueStash(k *socket) {
	if k.state != stateOpen || k.in == nil {
		return
	}
	b := k.in.stash
	k.in.stash, k.in.ownStash = nil, true
	s.parse(k, b)
	if k.in != nil {
		k.in.ownStash = false
	}
}

// settle leaves r with k where it holds something incomplete, and only there.
func (s *shard) settle(k *socket, r *reader) {
	switch {
	case k.state != stateOpen:
		s.scratch = reader{}
	case r == &s.scratch && !r.idle():
		k.in = s.readers.Get().(*reader)
		*k.in, s.scratch = s.scratch, reader{}
	case r == k.in && r.idle():
		k.in = nil
		*r = reader{}
		s.readers.Put(r)
	}
}

// receive handles one frame, or nothing where a message is not complete.
func (s *shard) receive(k *socket, f frame) {
	switch f.op {
	case ws.OpText, ws.OpBinary:
		s.flow.Messages++
		k.session.Receive(k.actor, f.op == ws.OpText, f.payload)
	case ws.OpPing:
		if k.actor.Allow() {
			s.pong(k, f.payload)
		} else {
			s.g.stats.pongs.Add(1)
		}
	case ws.OpPong:
		k.actor.Allow() // one that nobody asked for is no less work than a ping
	case ws.OpClose:
		s.peerCloses(k, f.payload)
	}
}

// rooms puts a connection without a room under its limit.
func (s *shard) rooms(k *socket) {
	if k.state != stateOpen || k.roomless {
		return
	}
	switch in, limited := k.actor.Rooms() > 0, k.timer.limit == limitRoom; {
	case in && limited:
		s.limit(k, limitNone)
	case !in && !limited:
		s.limit(k, limitRoom)
	}
}
