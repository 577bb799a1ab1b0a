package actors

import (
	"slices"

	"github.com/parley-signaling/parley/actors/wire"
)

// succeed makes the heir a moderator where one has left.
func (r *Room) succeed(left *member) {
	if left.role != wire.RoleModerator {
		return
	}
	if m := r.heir(); m != nil {
		m.role = wire.RoleModerator
		r.tellRole(m)
	}
}

// heir is who is to moderate: the listed member with the smallest since, or, where there is none, the
// hidden one. nil: somebody does, or nobody is there, or tokens say who moderates.
func (r *Room) heir() (next *member) {
	if len(r.members) == 0 || r.sys.options.Tokens != nil {
		return nil
	}
	next = r.members[0]
	for _, m := range slices.Backward(r.members) {
		if m.role == wire.RoleModerator {
			return nil
		}
		if !m.hidden {
			next = m
		}
	}
	return next
}

// tellRole tells everyone, m included, which role m has now.
func (r *Room) tellRole(m *member) {
	r.record(m)
	r.seq++
	r.announce(m, &wire.MemberChange{
		Room: r.key.name, Seq: r.seq, Change: wire.ChangeUpdated, Member: m.id, Role: m.role, HasRole: true,
	}, true)
}

// mayModerate is false, and m is told, where it is not a moderator.
func (r *Room) mayModerate(m *member, q *wire.Request) bool {
	if m.role == wire.RoleModerator {
		return true
	}
	r.refuse(m, q, wire.Forbidden, q.Kind.String()+": moderators only")
	return false
}
