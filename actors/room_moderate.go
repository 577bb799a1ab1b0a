package actors

import (
	"crypto/sha256"
	"encoding/binary"
	"maps"

	"github.com/parley-signaling/parley/actors/wire"
)

// maxBarred bounds how many a room can keep out: a kick beyond ends a membership, and bars nobody.
const maxBarred = 16 << 10

// kick ends somebody's membership, key and nonce included, and bars the nonce and the token's
// subject until the room is empty.
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
	r.depart(target, ExitKicked)
	r.ok(m, q, nil) // before the bye, where somebody kicks itself
	r.dismiss(target, kicked, q.Reason)
	r.succeed(target)
}

var kicked = Close{Code: CloseKicked, Reason: "kicked"}

// expel is a kick by the room itself.
func (r *Room) expel(m *member, reason string) {
	r.bar(m)
	r.depart(m, ExitKicked)
	r.dismiss(m, kicked, reason)
	r.succeed(m)
}

// bar keeps m out, by its id, which a resume names, its nonce, and its token's subject.
func (r *Room) bar(m *member) {
	if len(r.barred) >= 3*maxBarred {
		return
	}
	if r.barred == nil {
		r.barred = make(map[uint64]struct{})
	}
	names := []string{m.id}
	if m.nonce != "" {
		names = append(names, m.nonce)
	}
	if t := m.token; t != nil && t.grant.Subject != "" {
		names = append(names, subjectKey(t.grant.Subject))
	}
	fresh := make(map[uint64]struct{}, len(names))
	for _, name := range names {
		fresh[barOf(name)] = struct{}{}
	}
	maps.Copy(r.barred, fresh)
	r.spreadBars(fresh)
}

func (r *Room) isBarred(idOrNonce string) bool {
	if len(r.barred) == 0 {
		return false
	}
	_, barred := r.barred[barOf(idOrNonce)]
	return barred
}

// barOf is what is kept of a name: it means the same on every node, and nobody finds another
// name for it.
func barOf(name string) uint64 {
	h := sha256.Sum256([]byte(name))
	return binary.BigEndian.Uint64(h[:])
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
