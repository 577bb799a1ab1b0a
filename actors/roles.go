package actors

import "github.com/parley-signaling/parley/actors/wire"

// succeed finds a new moderator where the last one has left: the listed member with the
// smallest since, or, where there is none, the hidden one.
func (r *Room) succeed(left *member) {
	if r.moderator != left {
		return
	}
	r.moderator = nil
	for _, m := range r.members {
		if m.role == wire.RoleModerator { // a behaviour has seen to it
			r.moderator = m
			return
		}
	}
	for _, m := range r.members {
		if !m.hidden {
			r.moderator = m
			break
		}
	}
	if r.moderator == nil && len(r.members) > 0 {
		r.moderator = r.members[0]
	}
	if m := r.moderator; m != nil {
		m.role = wire.RoleModerator
		r.tellRole(m)
	}
}

// tellRole tells everyone, m included, which role m has now.
func (r *Room) tellRole(m *member) {
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
