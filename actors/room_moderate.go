package actors

import "github.com/parley-signaling/parley/actors/wire"

// maxBarred bounds the nonces that a room keeps out.
const maxBarred = 64 << 10

// kick ends somebody's membership, key and nonce included, and bars the nonce until the room
// is empty.
func (r *Room) kick(m *member, q *wire.Request) {
	if !r.mayModerate(m, q) {
		return
	}
	target := r.byID[q.Member]
	if target == nil {
		r.refuse(m, q, wire.NoSuchMember, "member: no such member in this room")
		return
	}
	if target.nonce != "" && len(r.barred) < maxBarred {
		if r.barred == nil {
			r.barred = make(map[string]struct{})
		}
		r.barred[target.nonce] = struct{}{}
	}
	r.depart(target, "kicked")
	if target == m {
		r.ok(m, q, nil)
	}
	r.dismiss(target, Close{Code: CloseKicked, Reason: "kicked"}, q.Reason)
	if target != m {
		r.ok(m, q, nil)
	}
	r.succeed(target)
}

// lock lets no new members in, or lets them in again.
func (r *Room) lock(m *member, q *wire.Request) {
	if !r.mayModerate(m, q) {
		return
	}
	r.locked = q.Locked
	r.seq++
	r.say(entry{
		msg: &wire.RoomChange{Room: r.key.name, Seq: r.seq, Locked: r.locked},
		seq: r.seq, kind: toAll, size: memberSize + len(r.key.name),
	})
	r.ok(m, q, nil)
}
