package actors

import "github.com/parley-signaling/parley/actors/wire"

// succeed finds a new moderator where the last one has left: the listed member with the
// smallest since, or, where there is none, the hidden one. Where there are tokens, they say who
// moderates.
func (r *Room) succeed(left *member) {
	if left.role != wire.RoleModerator || len(r.members) == 0 || r.sys.options.Tokens != nil {
		return
	}
	next := r.members[0]
	for i := len(r.members) - 1; i >= 0; i-- {
		m := r.members[i]
		if m.role == wire.RoleModerator {
			return
		}
		if !m.hidden {
			next = m
		}
	}
	next.role = wire.RoleModerator
	r.tellRole(next)
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
