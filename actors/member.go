package actors

import (
	"time"

	"github.com/parley-signaling/parley/actors/wire"
)

// member is somebody in a room: present (it has a seat), or suspended. Owned by the room.
type member struct {
	id        string
	key       memberKey
	since     uint64 // the room's join counter
	joinSeq   uint64 // the number of its own join
	seated    uint64 // the number that the room had come to as it took its seat
	profile   wire.Value
	nonce     string        // "": none
	seat      *seat         // nil: suspended
	came      attempt       // the join by which it took its seat
	until     time.Duration // suspended: when its linger ends, on the clock of the system
	token     *token        // nil: it has come without one
	answers   answers
	named     int // bytes of the names in answers
	role      wire.Role
	hidden    bool  // presence:false
	ephemeral bool  // leaves as its socket ends
	mark      int32 // its place in the pass's special list, from 1; 0: not there
}

// add lets a new member in and gives its coming a number.
func (r *Room) add(m *member) {
	r.since++
	m.since = r.since
	r.roster.add(m)
	if len(r.members) == 1 && r.sys.options.Tokens == nil {
		m.role = wire.RoleModerator
	}
	r.sys.members.Add(1)
}

// remove ends m's membership: with its key, its nonce, its place in the list.
func (r *Room) remove(m *member) {
	r.roster.remove(m)
	r.linger(m, false)
	r.unbear(m)
	r.sys.members.Add(-1)
}

// unseat parts m from its connection, which is told that the membership is over.
func (r *Room) unseat(m *member, end Close) {
	s := m.seat
	if s == nil {
		return
	}
	m.rise()
	s.note(noteOver, end)
}

// replace parts m from its connection, because another one has taken it over. What that one
// has sent and the room has not seen yet is dropped.
func (r *Room) replace(m *member) {
	s := m.seat
	r.deliverNow(m)
	s.tell(&wire.Bye{Code: CloseReplaced, Reason: "replaced", Room: r.key.name})
	m.rise()
	s.replaced = true
	s.note(noteReplaced, Close{Code: CloseReplaced, Reason: "replaced"})
}

// take seats m on s. The connection is told with the welcome.
func (m *member) take(s *seat) {
	m.seat, s.member = s, m
	if s.peer != nil {
		s.peer.members++
	}
}

// rise parts m from its seat.
func (m *member) rise() {
	s := m.seat
	m.seat, s.member = nil, nil
	if s.peer != nil {
		s.peer.members--
		s.peer.parted = true
	}
}

// listFor lists everybody who is listed, but for m itself, in the order of since.
func (r *Room) listFor(m *member) []wire.Member {
	list := make([]wire.Member, 0, len(r.members))
	for _, o := range r.members {
		if o != m && !o.hidden {
			list = append(list, wire.Member{
				Member: o.id, Profile: o.profile, Since: o.since, Role: o.role, Suspended: o.seat == nil,
			})
		}
	}
	return list
}
