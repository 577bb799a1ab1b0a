package gateway

import (
	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/gateway/quota"
)

// readHead collects a request's head, bounded, and then goes the way that it asks for. It
// keeps b only as a copy.
func (s *shard) readHead(k *socket, b []byte) {
	seen := 0
	if k.in != nil {
		seen = len(k.in.stash)
		k.in.stash = append(k.in.stash, b...)
		b = k.in.stash
	}
	size := endOfHead(b, seen)
	switch {
	case size > s.g.o.MaxHeader || size == 0 && len(b) > s.g.o.MaxHeader:
		s.refuse(k, refusedHeader)
	case !maybeHTTP(b[0]):
		s.refuse(k, refusedGarbage)
	case size > 0:
		s.dispatch(k, b, size)
	case k.in == nil:
		k.in = s.readers.Get().(*reader)
		k.in.stash = append([]byte(nil), b...)
	}
}

// maybeHTTP: a request begins with its method, or with an empty line that net/http refuses.
func maybeHTTP(c byte) bool {
	return 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || c == '\r' || c == '\n'
}

// dispatch upgrades, or leaves the connection to net/http.
func (s *shard) dispatch(k *socket, b []byte, size int) {
	r := parseHead(b[:size])
	if r == nil {
		s.handOff(k, b)
		return
	}
	if k.key == quota.Proxied {
		key, v := s.g.o.Quota.Unveil(k.conn.Peer(), r.forwarded)
		if v != quota.OK {
			s.refuse(k, refusedFor(v))
			return
		}
		k.key = key
	}
	a, no := s.g.negotiate(r)
	if no != nil {
		s.refuse(k, no)
		return
	}
	k.in = nil // b may be its memory: that lives as long as b
	s.upgrade(k, a, b[size:])
}

// refuse answers and closes, but lets the peer read the answer first: to close a socket
// with unread input would reset it.
func (s *shard) refuse(k *socket, no *refusal) {
	s.g.stats.refuse(no.cause)
	s.g.logRefused(no, k.conn.Peer)
	k.state, k.in, k.out = stateRefused, nil, no.bytes()
	s.limit(k, limitEnd)
	k.Ready()
}

// upgrade makes k a WebSocket. more is what came behind the request.
func (s *shard) upgrade(k *socket, a *accepted, more []byte) {
	traits := a.dialect.Traits()
	k.session, k.roomless = a.session, traits.Roomless
	k.actor = s.g.o.System.Connect(actors.ConnOptions{
		Namespace: a.dialect.Name(), Format: a.session.Format(), Transport: k, Scheduler: s,
		Ephemeral: traits.Ephemeral, Bound: traits.Bound,
	})
	s.g.stats.open(a.dialect.Name())
	s.logUpgraded(k, a)
	s.limit(k, limitNone)
	k.state = stateOpen
	s.tell(k, a.response)
	if s.stopping {
		s.close(k, s.g.farewell())
	}
	k.session.Open(k.actor)
	s.parse(k, more)
}
