package actors

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parley-signaling/parley/actors/wire"
)

const (
	// renewalShares is how many parts the rooms are renewed in, so that not all of them
	// have to be told at once.
	renewalShares = 64
	// renewalsPerTurn bounds the members of one room that are told in one turn.
	renewalsPerTurn = 64
)

var shareSeed = maphash.MakeSeed()

// renewals tells every member of fresh ICE servers before the credentials of the last ones run
// out. Nothing is kept of a connection, nor a timer for it: all rooms are visited once in half
// of the shortest time that credentials have been seen to live, whoever came when.
type renewals struct {
	sys *System // static

	period atomic.Int64 // of a visit to all rooms, in ns; 0: no credentials yet

	// Guarded by mu
	mu     sync.Mutex
	timer  Alarm
	share  uint64 // the next to be visited
	closed bool
}

// iceServers asks Options.ICE what to tell a member.
func (r *Room) iceServers(m *member) (wire.Value, time.Duration) {
	ice := r.sys.options.ICE
	if ice == nil {
		return wire.Value{}, 0
	}
	servers, ttl := ice(r.key.name, m.id)
	r.sys.renewals.expect(ttl)
	return servers, ttl
}

// expect has everybody renewed in time for credentials that live for ttl; 0: for ever.
func (n *renewals) expect(ttl time.Duration) {
	if p := n.period.Load(); ttl <= 0 || p != 0 && int64(ttl/2) >= p {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	p := n.period.Load()
	if n.closed || p != 0 && int64(ttl/2) >= p {
		return
	}
	n.period.Store(int64(max(ttl/2, renewalShares)))
	if n.timer == nil {
		n.timer = n.sys.afterFunc(n.pause(), n.visit)
	} else {
		n.timer.Reset(n.pause())
	}
}

// pause is the time between the visits of two shares.
func (n *renewals) pause() time.Duration { return time.Duration(n.period.Load() / renewalShares) }

// visit has the next share of the rooms tell their members.
func (n *renewals) visit() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return
	}
	n.timer.Reset(n.pause())
	share := n.share
	n.share = (share + 1) % renewalShares
	for _, r := range n.sys.share(share) {
		r.box.force(roomLetter{op: opCall, call: func() { r.renew(0) }})
	}
}

func (n *renewals) close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.closed = true
	if n.timer != nil {
		n.timer.Stop()
	}
}

// share lists one of renewalShares parts of the rooms; a room stays in its part.
func (s *System) share(n uint64) (rooms []*Room) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, r := range s.rooms {
		if maphash.Comparable(shareSeed, k)%renewalShares == n {
			rooms = append(rooms, r)
		}
	}
	return rooms
}

// renew tells the members who are present and came after since, a turn's worth at a time.
func (r *Room) renew(since uint64) {
	told := 0
	for _, m := range r.after(since) {
		if told == renewalsPerTurn {
			r.pass.spent = turnBytes // what else waits, the rest of the members too, has its turn next
			r.box.force(roomLetter{op: opCall, call: func() { r.renew(since) }})
			return
		}
		since = m.since
		if m.seat == nil || m.seat.conn == nil {
			continue // it is told as it resumes, or by its own node
		}
		servers, ttl := r.iceServers(m)
		if ttl <= 0 {
			return // what never runs out is not renewed
		}
		m.seat.tell(&wire.ICE{ICE: servers, TTL: ttl})
		told++
	}
}
