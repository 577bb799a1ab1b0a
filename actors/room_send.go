package actors

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/parley-signaling/parley/actors/wire"
)

// send gives m's event its number and its receivers.
func (r *Room) send(m *member, q *wire.Request) {
	if m.role == wire.RoleObserver {
		r.refuse(m, q, wire.Forbidden, "send: observers only listen")
		return
	}
	if r.loop != nil {
		unpin(q)
		if !r.allowed(m, q) {
			return
		}
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

// unpin copies what a behaviour may keep of q, where its frame is mostly something else:
// fields that nobody knows.
func unpin(q *wire.Request) {
	worth := len(q.Event) + len(q.Data.Bytes)
	for _, to := range q.To {
		worth += len(to)
	}
	if q.Size <= 2*(worth+eventSize) {
		return
	}
	q.Event, q.Data.Bytes = strings.Clone(q.Event), bytes.Clone(q.Data.Bytes)
	for i, to := range q.To {
		q.To[i] = strings.Clone(to)
	}
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
	case errors.Is(err, ErrPrivate):
		e.Seq = r.seq
		r.ok(m, q, nil)
		r.tell(e)
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

// event numbers what q says. It is gone with the pass, and q's frame with it.
func (r *Room) event(m *member, q *wire.Request) entry {
	size := eventSize + len(r.key.name) + len(q.Event) + len(q.Data.Bytes)
	for _, to := range q.To {
		size += len(to) + toSize
	}
	msg := r.pass.event()
	*msg = wire.Event{Room: r.key.name, Event: q.Event, Data: q.Data, To: q.To, ToList: q.ToList}
	r.seq++
	msg.Seq = r.seq
	if m != nil {
		msg.From = m.id
	}
	return entry{msg: msg, seq: r.seq, size: int32(size)}
}

// receivers finds the members named, each once and in the order of since, and those who are
// not there.
func (r *Room) receivers(names []string) (to []*member, missing []string) {
	absent := make(map[string]struct{})
	for _, name := range names {
		if m := r.byID(name); m != nil {
			to = append(to, m)
		} else if _, known := absent[name]; !known {
			absent[name] = struct{}{}
			missing = append(missing, strings.Clone(name)) // its frame may go
		}
	}
	slices.SortFunc(to, func(a, b *member) int { return cmp.Compare(a.since, b.since) })
	return slices.Compact(to), missing
}

// publish is a broadcast that nobody is answered; m is nil where the publisher is not in the
// room.
func (r *Room) publish(m *member, q *wire.Request) {
	g := grantOf(q)
	if len(r.members) == 0 || m != nil && m.role == wire.RoleObserver || m == nil && g != nil && g.Role == wire.RoleObserver {
		return
	}
	e := r.event(m, q)
	e.msg.(*wire.Event).Count = len(r.members)
	e.kind, e.about = toOthers, m
	if q.Echo {
		e.kind, e.about = toAll, nil
	}
	r.say(e)
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
	if !r.reprofile(m, q.Profile, false) {
		r.refuse(m, q, wire.TooLarge, r.rosterFull())
		return
	}
	r.tell(Event{Kind: Updated, Member: m.view(), Seq: r.seq})
	r.ok(m, q, nil)
}

// reprofile replaces m's profile and tells the others, with self m too; false: the room has no
// place for it.
func (r *Room) reprofile(m *member, profile wire.Value, self bool) bool {
	more := len(profile.Bytes) - len(m.profile.Bytes)
	if more > 0 && r.profiles+more > r.sys.options.RosterBytes {
		return false
	}
	r.profiles += more
	m.profile = wire.Value{Codec: profile.Codec, Bytes: bytes.Clone(profile.Bytes)}
	r.record(m)
	r.seq++
	r.announce(m, &wire.MemberChange{
		Room: r.key.name, Seq: r.seq, Change: wire.ChangeUpdated, Member: m.id, Profile: m.profile,
	}, self)
	return true
}
