package actors

import (
	"bytes"
	"errors"
	"slices"

	"github.com/parley-signaling/parley/actors/wire"
)

// send gives m's event its number and its receivers.
func (r *Room) send(m *member, q *wire.Request) {
	if m.role == wire.RoleObserver {
		r.refuse(m, q, wire.Forbidden, "send: observers only listen")
		return
	}
	if r.loop != nil && !r.allowed(m, q) {
		return
	}
	if q.To == nil {
		r.broadcast(m, q)
		r.ok(m, q, nil)
		r.heard(m, q)
		return
	}
	to, missing := r.receivers(q.To)
	if len(to) == 0 {
		r.refuse(m, q, wire.NoSuchMember, "to: no such member in this room")
		return
	}
	e := r.event(m, q)
	if len(to) == 1 {
		e.kind, e.about = toAbout, to[0]
	} else {
		e.kind, e.to = toThese, &to
	}
	r.say(e)
	r.ok(m, q, missing)
	r.heard(m, q)
}

// allowed asks the behaviour about an event, and is false where it goes no further. An event
// that a Request waits for is its reply, and nobody else's business.
func (r *Room) allowed(m *member, q *wire.Request) bool {
	e := Event{Kind: Sent, Member: m.view(), Name: q.Event, Data: q.Data, To: q.To}
	if r.replied(e) {
		r.ok(m, q, nil)
		return false
	}
	if r.hooks.Send == nil {
		return true
	}
	to := slices.Clone(q.To)
	err := r.hooks.Send(&e)
	switch {
	case r.byID(m.id) != m: // the hook has removed it: its client knows
		return false
	case err == nil:
		if err := validEvent(e.Name, e.Data); err != nil {
			r.refuse(m, q, wire.Internal, "the room's "+err.Error())
			return false
		}
		q.Size += max(len(e.Data.Bytes)-len(q.Data.Bytes), 0)
		q.Event, q.Data = e.Name, e.Data
		if (e.To == nil) != (to == nil) || !slices.Equal(to, e.To) {
			q.To, q.ToList = e.To, true
		}
		return true
	case errors.Is(err, ErrDrop):
		r.ok(m, q, nil)
	default:
		code, message := asWire(err)
		r.refuse(m, q, code, message)
	}
	return false
}

// heard tells the behaviour of an event.
func (r *Room) heard(m *member, q *wire.Request) {
	if r.loop != nil {
		r.tell(Event{Kind: Sent, Member: m.view(), Seq: r.seq, Name: q.Event, Data: q.Data, To: q.To})
	}
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
	return entry{msg: msg, seq: r.seq, size: int32(eventSize + q.Size)}
}

// receivers finds the members named, each once, and those who are not there.
func (r *Room) receivers(names []string) (to []*member, missing []string) {
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			continue
		}
		if m := r.byID(name); m != nil {
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
	if r.hooks.Update != nil {
		e := Event{Kind: Updated, Member: m.view(), Data: q.Profile}
		err := r.hooks.Update(&e)
		switch {
		case r.byID(m.id) != m: // the hook has removed it: its client knows
			return
		case err != nil:
			code, message := asWire(err)
			r.refuse(m, q, code, message)
			return
		}
		q.Profile = e.Data
	}
	m.profile = wire.Value{Codec: q.Profile.Codec, Bytes: bytes.Clone(q.Profile.Bytes)}
	r.seq++
	r.announce(m, &wire.MemberChange{
		Room: r.key.name, Seq: r.seq, Change: wire.ChangeUpdated, Member: m.id, Profile: m.profile,
	}, false)
	r.tell(Event{Kind: Updated, Member: m.view(), Seq: r.seq})
	r.ok(m, q, nil)
}
