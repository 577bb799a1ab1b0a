package actors

import (
	"bytes"
	"encoding/binary"
	"time"

	"github.com/parley-signaling/parley/actors/wire"
)

// putRequest writes a request of a seat's connection (nil: somebody from outside), but for the
// number that the seat has. Its token
// does not travel: it was verified where it came, and what it grants goes along.
func putRequest(b []byte, s *seat, q *wire.Request) []byte {
	ephemeral := s != nil && s.ephemeral()
	g := grantOf(q)
	b = append(b, byte(q.Kind))
	b = putFlags(b, ephemeral, q.Hidden, q.ToList, q.Echo, q.Locked, q.Resume != nil, q.To != nil, g != nil)
	b = binary.AppendUvarint(b, q.ID)
	b = binary.AppendUvarint(b, uint64(q.Size))
	for _, text := range [...]string{q.Nonce, q.Event, q.Member, q.Reason} {
		b = putString(b, text)
	}
	b = putFlags(b, q.Token != "")
	b = putValue(b, q.Profile)
	b = putValue(b, q.Data)
	if q.To != nil {
		b = putStrings(b, q.To)
	}
	if v := q.Resume; v != nil {
		b = putString(putString(putString(b, v.Member), v.Key), v.Epoch)
		b = binary.AppendUvarint(b, v.Seq)
	}
	if g != nil {
		b = putGrant(b, g)
	}
	return b
}

// request reads what putRequest has written.
func (p *parcel) request(room string) (q *wire.Request, ephemeral bool) {
	var resume, to, grant, token bool
	q = NewRequest()
	q.Room = room
	q.Kind = wire.Kind(p.byte())
	p.flags(&ephemeral, &q.Hidden, &q.ToList, &q.Echo, &q.Locked, &resume, &to, &grant)
	q.ID, q.Size = p.uint(), int(p.uint())
	q.Nonce, q.Event, q.Member, q.Reason = p.string(), p.string(), p.string(), p.string()
	if p.flags(&token); token {
		q.Token = "-" // there was one; what counts of it is in Grant
	}
	q.Profile, q.Data = p.value(), p.value()
	if to {
		q.To = p.strings()
	}
	if resume {
		q.Resume = &wire.Resume{Member: p.string(), Key: p.string(), Epoch: p.string(), Seq: p.uint()}
	}
	if grant {
		q.Grant = p.grant()
	}
	return q, ephemeral
}

func putGrant(b []byte, g *Grant) []byte {
	b = putString(b, g.Subject)
	b = append(b, byte(g.Role))
	b = binary.AppendUvarint(b, uint64(g.Capacity))
	return putTime(b, g.Expires)
}

func (p *parcel) grant() *Grant {
	return &Grant{Subject: p.string(), Role: wire.Role(p.byte()), Capacity: int(p.uint()), Expires: p.time()}
}

// putTime writes a time of the world's clock, to the nanosecond.
func putTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return binary.AppendVarint(b, 0)
	}
	return binary.AppendVarint(b, t.UnixNano())
}

func (p *parcel) time() time.Time {
	v, n := binary.Varint(p.b)
	if n <= 0 {
		p.bad, p.b = true, nil
		return time.Time{}
	}
	if p.b = p.b[n:]; v == 0 {
		return time.Time{}
	}
	return time.Unix(0, v)
}

// putMember writes all that a member is, but for its answers and its seat: whoever has this can
// carry the membership on.
func putMember(b []byte, m *member) []byte {
	b = putString(b, m.id)
	b = append(b, m.key[:]...)
	for _, n := range [...]uint64{m.since, m.joinSeq, m.seated} {
		b = binary.AppendUvarint(b, n)
	}
	b = putString(b, m.nonce)
	b = binary.BigEndian.AppendUint64(b, m.came.nonce)
	b = binary.AppendUvarint(b, m.came.id)
	b = append(b, byte(m.role))
	b = putFlags(b, m.hidden, m.ephemeral, m.token != nil)
	b = putValue(b, m.profile)
	if m.token != nil {
		b = putGrant(b, &m.token.grant)
	}
	return b
}

func (p *parcel) member() *member {
	var bears bool
	m := &member{id: p.string()}
	copy(m.key[:], p.take(len(m.key)))
	m.since, m.joinSeq, m.seated = p.uint(), p.uint(), p.uint()
	m.nonce = p.string()
	m.came = attempt{p.fixed(), p.uint()}
	m.role = wire.Role(p.byte())
	p.flags(&m.hidden, &m.ephemeral, &bears)
	m.profile = p.value()
	if bears {
		m.token = &token{grant: *p.grant()}
	}
	return m
}

// renew makes m what o, the same member, is now.
func (m *member) renew(o *member) {
	m.role, m.token = o.role, o.token
	m.seated, m.came = o.seated, o.came
	if !bytes.Equal(m.profile.Bytes, o.profile.Bytes) || m.profile.Codec != o.profile.Codec {
		m.profile = o.profile
	}
}
