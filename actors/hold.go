package actors

import (
	"errors"
	"fmt"

	"github.com/parley-signaling/parley/actors/wire"
)

// Join is somebody who wants to come in.
type Join struct {
	// ID is the member id that it will have: a random one. A hook may choose another, which
	// must be nobody's in the room.
	ID      string
	Wanted  string // the id that it asks for; only a dialect's client can
	Subject string // its token's; "": it needs none
	Profile wire.Value
	Hidden  bool

	room  *Room
	seat  *seat
	req   wire.Request
	order uint64 // of those that were held
}

// Waiting tells whether a held join still waits for an answer.
func (j *Join) Waiting() bool { return j.room.held[j.seat] == j }

// Admit lets a held join in, if the room has a place: its client is told either way. It is
// false where the join does not wait any more, or was refused because the room is full,
// locked or closing.
func (j *Join) Admit() bool {
	j.room.inTurn()
	if !j.Waiting() {
		return false
	}
	delete(j.room.held, j.seat)
	// Meanwhile somebody with its nonce may have come in, or been kicked.
	if !j.room.mayBeNew(j.seat, &j.req) || !j.room.hasPlace(j.seat, &j.req) {
		return false
	}
	return j.room.enter(j)
}

// Refuse tells a held join's client no. It does nothing where the join does not wait any more.
func (j *Join) Refuse(code wire.Code, message string) {
	j.room.inTurn()
	if j.Waiting() {
		delete(j.room.held, j.seat)
		j.room.refuseJoin(j.seat, &j.req, code, message)
	}
}

// consider asks the behaviour, if there is one, whether somebody may come in.
func (r *Room) consider(s *seat, q *wire.Request) {
	j := &Join{ID: newID(), Wanted: q.Member, Subject: subjectOf(q), Hidden: q.Hidden, Profile: q.Profile, room: r, seat: s, req: *q}
	if r.hooks.Join == nil {
		r.enter(j)
		return
	}
	if q.Nonce != "" && r.takeOverHeld(s, q) {
		return
	}
	switch err := r.hooks.Join(j); {
	case err == nil:
		if r.hasPlace(s, q) { // the hook may have closed the room, or let others in
			r.enter(j)
		}
	case errors.Is(err, ErrHold):
		r.hold(j)
	default:
		code, message := asWire(err)
		r.refuseJoin(s, q, code, message)
	}
}

// hold keeps j waiting, unless as many wait as may be in the room.
func (r *Room) hold(j *Join) {
	switch {
	case r.stopping:
		r.refuseJoin(j.seat, &j.req, wire.Unavailable, closing)
		return
	case len(r.held) >= r.capacity:
		r.refuseJoin(j.seat, &j.req, wire.RoomFull, fmt.Sprintf("room: %d are waiting to come in", len(r.held)))
		return
	}
	if r.held == nil {
		r.held = make(map[*seat]*Join)
	}
	r.holds++
	j.order = r.holds
	r.held[j.seat] = j
	j.seat.note(noteHeld, Close{})
	r.tell(Event{Kind: Knocked, Join: j})
}

// takeOverHeld continues the held join of a client that knocks again on another connection
// before the end of its first one was noticed, unless that is the one that was held later. It is
// false where there is none.
func (r *Room) takeOverHeld(s *seat, q *wire.Request) bool {
	for old, j := range r.held {
		if j.req.Nonce != q.Nonce {
			continue
		}
		if attemptOf(q).before(attemptOf(&j.req)) {
			r.refuseJoin(s, q, wire.AlreadyJoined, lateJoin)
			return true
		}
		delete(r.held, old)
		r.refuseJoin(old, &j.req, wire.AlreadyJoined, "nonce: its join waits on another connection")
		j.seat, j.req, j.Subject = s, *q, subjectOf(q)
		r.held[s] = j
		s.note(noteHeld, Close{})
		return true
	}
	return false
}

// withdraw ends the held join of a connection that has ended, or whose client does not want
// to come in any more. It is false where there is none.
func (r *Room) withdraw(s *seat) *Join {
	j := r.held[s]
	if j != nil {
		delete(r.held, s)
		r.tell(Event{Kind: Withdrawn, Join: j})
	}
	return j
}

// leaveHeld answers a leave of somebody whose join is held: the join is refused.
func (r *Room) leaveHeld(s *seat, q *wire.Request) {
	j := r.withdraw(s)
	r.refuseJoin(s, &j.req, wire.NotJoined, "room: left before it was let in")
	if q.ID != 0 {
		s.tell(&wire.OK{ID: q.ID, Seq: r.seq})
	}
}

// refuseHeld says no to every join that waits, in the order in which they came.
func (r *Room) refuseHeld(code wire.Code, message string) {
	for _, j := range r.waiting() {
		delete(r.held, j.seat)
		r.refuseJoin(j.seat, &j.req, code, message)
	}
}
