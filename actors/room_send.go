package actors

import (
	"bytes"
	"slices"

	"github.com/parley-signaling/parley/actors/wire"
)

// send gives m's event its number and its receivers.
func (r *Room) send(m *member, q *wire.Request) {
	if q.To == nil {
		r.broadcast(m, q)
		r.ok(m, q, nil)
		return
	}
	to, missing := r.receivers(q.To)
	if len(to) == 0 {
		r.refuse(m, q, wire.NoSuchMember, "to: no such member in this room")
		return
	}
	e := r.event(m, q)
	e.kind, e.to = toThese, to
	r.say(e)
	r.ok(m, q, missing)
}

// broadcast tells everybody but m, who may be nil: somebody from outside.
func (r *Room) broadcast(m *member, q *wire.Request) {
	e := r.event(m, q)
	e.kind, e.about = toOthers, m
	r.say(e)
}

func (r *Room) event(m *member, q *wire.Request) entry {
	r.seq++
	msg := &wire.Event{
		Room: r.key.name, Seq: r.seq, Event: q.Event, Data: q.Data, To: q.To, ToList: q.ToList,
	}
	if m != nil {
		msg.From = m.id
	}
	return entry{msg: msg, seq: r.seq, size: eventSize + q.Size}
}

// receivers finds the members named, each once, and those who are not there.
func (r *Room) receivers(names []string) (to []*member, missing []string) {
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			continue
		}
		if m := r.byID[name]; m != nil {
			to = append(to, m)
		} else {
			missing = append(missing, name)
		}
	}
	return to, missing
}

// publish is a broadcast that nobody hears back from; m is nil where the publisher is not
// in the room.
func (r *Room) publish(m *member, q *wire.Request) {
	if len(r.members) > 0 {
		r.broadcast(m, q)
	}
}

// update replaces m's profile.
func (r *Room) update(m *member, q *wire.Request) {
	m.profile = wire.Value{Codec: q.Profile.Codec, Bytes: bytes.Clone(q.Profile.Bytes)}
	r.seq++
	r.announce(m, &wire.MemberChange{
		Room: r.key.name, Seq: r.seq, Change: wire.ChangeUpdated, Member: m.id, Profile: m.profile,
	}, false)
	r.ok(m, q, nil)
}
