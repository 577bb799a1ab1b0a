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
	target := r.byID(q.Member)
	if target == nil {
		r.refuse(m, q, wire.NoSuchMember, "member: no such member in this room")
		return
	}
	r.bar(target)
	r.depart(target, "kicked")
	r.ok(m, q, nil) // before the bye, where somebody kicks itself
	r.dismiss(target, kicked, q.Reason)
	r.succeed(target)
}

var kicked = Close{Code: CloseKicked, Reason: "kicked"}

// expel is a kick by the room itself.
func (r *Room) expel(m *member, reason string) {
	r.bar(m)
	r.depart(m, "kicked")
	r.dismiss(m, kicked, reason)
	r.succeed(m)
}

// bar keeps m's nonce out.
func (r *Room) bar(m *member) {
	if m.nonce == "" || len(r.barred) >= maxBarred {
		return
	}
	if r.barred == nil {
		r.barred = make(map[string]struct{})
	}
	r.barred[m.nonce] = struct{}{}
}

// lock lets no new members in, or lets them in again.
func (r *Room) lock(m *member, q *wire.Request) {
	if !r.mayModerate(m, q) {
		return
	}
	r.setLocked(q.Locked)
	r.ok(m, q, nil)
}

func (r *Room) setLocked(locked bool) {
	r.locked = locked
	r.seq++
	r.say(entry{
		msg: &wire.RoomChange{Room: r.key.name, Seq: r.seq, Locked: r.locked},
		seq: r.seq, kind: toAll, size: int32(memberSize + len(r.key.name)),
	})
}
