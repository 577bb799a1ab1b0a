package actors

import (
	"encoding/binary"

	"github.com/parley-signaling/parley/actors/wire"
)

// What a frame down is made of, in the order in which it is to be done.
const (
	downItem    byte = iota + 1 // one message of the pass
	downTell                    // a message to one seat
	downNote                    // something for a seat's connection to know
	downWelcome                 // the answer to a join
	downRecord                  // what a member is now
	downRehomed                 // the members are those of a new epoch
	downBarred                  // who is kept out, more than was said so far in that epoch
)

// putMoved writes where a room has gone. known: with what its last owner knew of the relay's life.
func putMoved(to string, known bool, transit uint64) []byte {
	return binary.AppendUvarint(putFlags(putString(nil, to), known), transit)
}

// transit is the number that putMoved has written, by which its sender wants to know that it has arrived.
func (p *parcel) transit() uint64 {
	var known bool
	p.string()
	p.flags(&known)
	return p.uint()
}

func putBarred(b []byte, barred map[uint64]struct{}) []byte {
	b = binary.AppendUvarint(b, uint64(len(barred)))
	for h := range barred {
		b = binary.AppendUvarint(b, h)
	}
	return b
}

// barred adds what putBarred has written to a set, which it makes where there is none.
func (p *parcel) barred(set map[uint64]struct{}) map[uint64]struct{} {
	n := p.count()
	if set == nil && n > 0 {
		set = make(map[uint64]struct{}, n)
	}
	for range n {
		set[p.uint()] = struct{}{}
	}
	return set
}

// putItem writes a message with who may see it. to is who of those named this is for.
func putItem(b []byte, e *entry, to []uint64) []byte {
	var about uint64
	if e.about != nil {
		about = e.about.since
	}
	count := 0
	if m, ok := e.msg.(*wire.Event); ok {
		count = m.Count // it is in no codec
	}
	b = append(b, downItem, byte(e.kind))
	b = binary.AppendUvarint(b, e.seq)
	b = binary.AppendUvarint(b, about)
	b = binary.AppendUvarint(b, uint64(count))
	if e.kind == toThese {
		b = binary.AppendUvarint(b, uint64(len(to)))
		for _, since := range to {
			b = binary.AppendUvarint(b, since)
		}
	}
	return putMessage(b, e.msg)
}

// putJoined writes what a member is told of the room as it comes in, but for the ICE servers,
// which its own node gives it.
func putJoined(b []byte, j *wire.Joined) []byte {
	b = binary.AppendUvarint(b, j.ID)
	b = binary.AppendUvarint(b, j.Seq)
	b = binary.AppendUvarint(b, j.LastID)
	b = putString(b, j.Epoch)
	b = binary.AppendUvarint(b, uint64(j.Count))
	b = putFlags(b, j.Hidden, j.Locked, j.Recovered)
	b = binary.AppendUvarint(b, uint64(j.Linger))
	return putRoster(b, j.Members)
}

func (p *parcel) joined(room string) *wire.Joined {
	j := &wire.Joined{Room: room, ID: p.uint(), Seq: p.uint(), LastID: p.uint(), Epoch: p.string(), Count: int(p.uint())}
	p.flags(&j.Hidden, &j.Locked, &j.Recovered)
	j.Linger = p.span()
	j.Members = p.roster()
	return j
}

func putRoster(b []byte, list []wire.Member) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for i := range list {
		m := &list[i]
		b = putString(b, m.Member)
		b = binary.AppendUvarint(b, m.Since)
		b = append(b, byte(m.Role))
		b = putFlags(b, m.Suspended)
		b = putValue(b, m.Profile)
	}
	return b
}

func (p *parcel) roster() []wire.Member {
	list := make([]wire.Member, p.count())
	for i := range list {
		m := &list[i]
		m.Member, m.Since, m.Role = p.string(), p.uint(), wire.Role(p.byte())
		p.flags(&m.Suspended)
		m.Profile = p.value()
	}
	return list
}
