package actors

import (
	"errors"
	"fmt"
	"time"

	"github.com/parley-signaling/parley/actors/wire"
)

// The methods in this file are for behaviours: they may be called in the room's turn and
// nowhere else, that is, from its coroutines and hooks, and what System.Do calls.

// inTurn panics where it is noticed that the caller is outside of the room's turn.
func (r *Room) inTurn() {
	if r.pass == nil {
		panic("actors: a Room was used outside of its turn")
	}
}

// ErrNoMember is the error of a call that names a member who is not there.
var ErrNoMember = errors.New("no such member in this room")

// Name is the room's name. It may be called from anywhere, as PID may.
func (r *Room) Name() string { return r.key.name }

// Len is how many members the room has, suspended and hidden ones included.
func (r *Room) Len() int { return len(r.members) }

// Members lists them, in the order of Since.
func (r *Room) Members() []Member {
	list := make([]Member, len(r.members))
	for i, m := range r.members {
		list[i] = m.view()
	}
	return list
}

// Member finds one by id.
func (r *Room) Member(id string) (Member, bool) {
	if m := r.byID(id); m != nil {
		return m.view(), true
	}
	return Member{}, false
}

// Broadcast tells everyone an event from the room itself (its from is empty). data is a
// wire.Value, or anything that encoding/json can encode.
func (r *Room) Broadcast(event string, data any) error { return r.speak("", event, data, nil) }

// Send tells one member an event from the room itself. ErrNoMember. A suspended member hears
// it when it resumes.
func (r *Room) Send(member, event string, data any) error {
	m := r.byID(member)
	if m == nil {
		return ErrNoMember
	}
	return r.speak("", event, data, m)
}

func (r *Room) speak(from, event string, data any, to *member) error {
	r.inTurn()
	v, ok := data.(wire.Value)
	if !ok {
		var err error
		if v, err = wire.NewValue(wire.JSON, data); err != nil {
			return fmt.Errorf("data: %w", err)
		}
	}
	if err := validEvent(event, v); err != nil {
		return err
	}
	r.seq++
	msg := &wire.Event{Room: r.key.name, Seq: r.seq, From: from, Event: event, Data: v}
	e := entry{msg: msg, seq: r.seq, size: int32(2*eventSize + len(r.key.name) + len(event) + len(v.Bytes))}
	if to != nil {
		msg.To = []string{to.id}
		e.kind, e.about = toAbout, to
	}
	r.say(e)
	return nil
}

func validEvent(name string, data wire.Value) error {
	if n := len(name); n < 1 || n > wire.MaxEvent {
		return fmt.Errorf("event: %d bytes, 1 to %d", n, wire.MaxEvent)
	}
	if n := len(data.Bytes); n > wire.MaxMessage {
		return fmt.Errorf("data: %d bytes, at most %d", n, wire.MaxMessage)
	}
	if data.IsAbsent() {
		return nil
	}
	// The history reads it again: what cannot be read must not get there.
	if _, err := wire.ParseValue(data.Codec, data.Bytes); err != nil {
		return fmt.Errorf("data: %w", err)
	}
	return nil
}

// Kick ends a membership, as a moderator's kick does. ErrNoMember.
func (r *Room) Kick(member, reason string) error {
	r.inTurn()
	m := r.byID(member)
	if m == nil {
		return ErrNoMember
	}
	r.expel(m, reason)
	return nil
}

// Barred tells whether a kick keeps the subject of a token out until the room is empty.
func (r *Room) Barred(subject string) bool {
	return subject != "" && r.isBarred(subjectKey(subject))
}

// Leave ends a membership as the member's own leave does: its client is told nothing, and may
// come in again. ErrNoMember.
func (r *Room) Leave(member string) error {
	r.inTurn()
	m := r.byID(member)
	if m == nil {
		return ErrNoMember
	}
	r.leave(m, &wire.Request{})
	return nil
}

// SetRole gives a member another role; everyone is told. ErrNoMember. There may be several
// moderators; when the last one leaves, the member with the smallest Since becomes one. A room
// whose behaviour has taken the role from all of them stays without.
func (r *Room) SetRole(member string, role wire.Role) error {
	r.inTurn()
	m := r.byID(member)
	if m == nil {
		return ErrNoMember
	}
	if m.role != role {
		m.role = role
		r.tellRole(m)
	}
	return nil
}

// SetProfile replaces a member's profile, of at most 4 KiB; everyone is told, but of a hidden
// member nobody. In a cluster a profile outlives the room's node: it is the place for what a room
// must know of a member after that. ErrNoMember, or what is wrong with it.
func (r *Room) SetProfile(member string, profile wire.Value) error {
	r.inTurn()
	m := r.byID(member)
	if m == nil {
		return ErrNoMember
	}
	if n := len(profile.Bytes); n > wire.MaxProfile {
		return fmt.Errorf("profile: %d bytes, at most %d", n, wire.MaxProfile)
	}
	profile, err := wire.ParseValue(profile.Codec, profile.Bytes)
	if err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	if !r.reprofile(m, profile, !m.hidden) {
		return errors.New(r.rosterFull())
	}
	return nil
}

// Locked tells whether nobody new is let in.
func (r *Room) Locked() bool { return r.locked }

// SetLocked lets nobody new in, or lets them in again; everyone is told.
func (r *Room) SetLocked(locked bool) {
	r.inTurn()
	if r.locked != locked {
		r.setLocked(locked)
	}
}

// SetCapacity bounds the room's members; 0: the system's RoomCapacity, which is also the most
// there can be. Those who are in stay in.
func (r *Room) SetCapacity(n int) {
	r.inTurn()
	r.capacity = r.sys.options.RoomCapacity
	if n > 0 {
		r.capacity = min(n, r.capacity)
	}
}

// Close ends every membership (bye, closed, with the text), and so the room: its coroutines
// are stopped at the end of its turn.
func (r *Room) Close(text string) {
	r.inTurn()
	r.stopping = true
	r.dismissAll(Close{Code: CloseNormal, Reason: "closed"}, text)
}

// Listen has the behaviour hear only of events that one of the filters likes; none: all.
func (r *Room) Listen(filters ...func(Event) bool) {
	r.inTurn()
	r.loop.listens = filters
}

// Go starts a coroutine of the room, as Co.Go does. It is for hooks.
func (r *Room) Go(f func(*Co) error) *Coroutine {
	r.inTurn()
	return &Coroutine{r.loop.start(f)}
}

// AfterFunc starts f as a coroutine of the room, d from now.
func (r *Room) AfterFunc(d time.Duration, f func(*Co) error) *Timer {
	r.inTurn()
	l := r.loop
	return &Timer{l, l.after(d, func() { l.start(f) })}
}

// Timer is a coroutine that will start. It belongs to its room's turn.
type Timer struct {
	loop *loop
	t    *timer
}

// Stop is false where the coroutine has started already, or never will.
func (t *Timer) Stop() bool { return t.loop.timers.Remove(t.t) }
