package gateway

import (
	"github.com/gobwas/ws"

	"github.com/parley-signaling/parley/actors"
)

// close ends a connection from our side, in good order: flush finds the actor closing.
func (s *shard) close(k *socket, cl actors.Close) {
	k.actor.Close(cl)
	k.Ready()
}

// fail ends a connection whose peer has broken the rules; rest is what came after.
func (s *shard) fail(k *socket, r *reader, f *failure, rest []byte) {
	s.close(k, actors.Close{Code: f.code, Reason: f.reason})
	s.stopListening(k, r)
	s.readPast(k, rest)
}

// stopListening: from now on input is read past, and only a close frame looked for.
func (s *shard) stopListening(k *socket, r *reader) {
	cl, _ := k.actor.Closing()
	k.state, k.ending = stateClosing, endingOf(cl.Code)
	k.blocked = false
	k.conn.Interest(true, k.full)
	s.logClosing(k, "us", cl.Code, cl.Reason)
	s.limit(k, limitEnd)
	var stash []byte
	if r == nil {
		r = new(reader)
	} else {
		stash = r.stash
	}
	k.in = r.discard()
	s.readPast(k, stash)
}

// readPast looks in b for the peer's close frame.
func (s *shard) readPast(k *socket, b []byte) {
	if k.state != stateClosing {
		return
	}
	code, closed := k.in.past.skip(b)
	if !closed {
		return
	}
	k.clean = code == actors.CloseNormal
	k.state = stateClosed
	if !k.said {
		cl, _ := k.actor.Closing()
		s.sayClose(k, cl.Code, cl.Reason)
	}
	k.Ready()
}

// peerCloses answers the close frame of a connection that was open (RFC 6455, 5.5.1). What
// is queued by now goes out before the answer, as far as it fits into one write.
func (s *shard) peerCloses(k *socket, payload []byte) {
	code, theirs, fail := parseClose(payload)
	reason := ""
	k.ending = EndedByPeer
	s.logClosing(k, "peer", code, theirs)
	if fail != nil {
		code, reason = fail.code, fail.reason
		k.ending = endingOf(code)
	}
	k.clean = code == actors.CloseNormal
	k.state, k.last = stateClosed, true
	s.limit(k, limitEnd)
	s.sayClose(k, code, reason)
}

// sayClose queues our close frame.
func (s *shard) sayClose(k *socket, code int, reason string) {
	k.said = true
	s.tell(k, appendClose(nil, code, reason))
}

// tell queues a frame of our own, which must have no spare capacity if it is shared.
func (s *shard) tell(k *socket, frame []byte) {
	if len(k.out) == 0 {
		k.out = frame
	} else {
		k.out = append(k.out, frame...)
	}
	k.pongs = uint32(len(k.out))
	k.Ready()
}

// maxPongs bounds the bytes of pongs that wait.
const maxPongs = 4 << 10

// pong answers a ping. Where earlier answers are held up, only the newest stays (RFC 6455, 5.5.3).
func (s *shard) pong(k *socket, payload []byte) {
	if held := len(k.out) - int(k.pongs); held > 0 && (k.full || held > maxPongs) {
		s.g.stats.pongs.Add(1)
		k.out = k.out[:k.pongs]
	}
	k.out = appendControl(k.out, ws.OpPong, payload)
	k.Ready()
}

// expired ends a socket whose limit has passed.
func (s *shard) expired(k *socket) {
	switch k.state {
	case stateHead:
		s.g.stats.refuse(RefusedHeadTimeout)
		k.state = stateRefused
		s.end(k)
	case stateOpen:
		s.close(k, actors.Close{Code: actors.CloseNoRoom, Reason: "without a room for too long"})
	default: // the peer does not read, or does not answer
		s.abort(k)
	}
}

// end closes the socket, whose peer has ended it or has been told that we do.
func (s *shard) end(k *socket) {
	k.conn.Close()
	s.gone(k)
}

// abort closes the socket without waiting for what is still unread by the peer.
func (s *shard) abort(k *socket) {
	k.conn.Abort()
	s.gone(k)
}

// gone forgets a socket that is closed.
func (s *shard) gone(k *socket) {
	head := k.state == stateHead
	s.forget(k)
	if !k.turned {
		s.g.o.Quota.Leave(k.key)
	}
	if k.actor == nil {
		if head {
			s.g.stats.refuse(RefusedHeadLost)
		}
		return
	}
	s.g.stats.end(k.actor.Namespace(), k.ending)
	s.logEnded(k)
	defer s.recovered("connection", "conn", k.id())
	k.actor.Ended(k.clean)
}
