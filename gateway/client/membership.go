package client

import (
	"errors"
	"strings"

	"github.com/parley-signaling/parley/actors/wire"
)

// All of this file runs under the client's mu.

// enter joins, or comes back, over a connection that is open; or leaves, where that is wanted.
func (r *Room) enter() {
	stamp := r.stale()
	switch {
	case r.leaving:
		r.leaveFromOutside()
		r.flush()
	case r.c.o.Token == nil:
		r.sendJoin("")
	default:
		r.withToken(stamp, r.sendJoin)
	}
}

// withToken asks the application for a token, outside of the lock, and goes on with it.
func (r *Room) withToken(stamp uint64, then func(token string)) {
	r.c.goroutines.Go(func() {
		token, err := r.c.o.Token(r.c.ctx, r.name)
		r.c.mu.Lock()
		defer r.c.mu.Unlock()
		switch {
		case r.asking != stamp || r.c.link == nil:
		case err == nil:
			then(token)
		case r.state == roomJoining:
			r.end(err)
		case r.state == roomSuspended:
			r.c.o.Logger.Warn("client: no token", "room", r.name, "err", err)
			r.enterLater(0)
		}
	})
}

func (r *Room) sendJoin(token string) {
	r.joinID = r.c.nextID()
	r.c.transmit(&wire.Request{
		Kind: wire.KindJoin, ID: r.joinID, Room: r.name,
		Profile: r.wish, Nonce: r.nonce, Hidden: r.hidden, Token: token, Resume: r.resume(),
	})
}

// renew joins again with a fresh token, while joined.
func (r *Room) renew() {
	if r.c.o.Token != nil {
		r.withToken(r.stale(), r.sendJoin)
	}
}

// resume is what brings this member back, nil where only the nonce does: before the first
// answer, and between an answer to a repeated join and the first message after it.
func (r *Room) resume() *wire.Resume {
	if !r.aimed {
		return nil
	}
	return r.ticket()
}

// ticket proves who this member is.
func (r *Room) ticket() *wire.Resume {
	if r.key == "" {
		return nil
	}
	return &wire.Resume{Member: r.self.ID, Key: r.key, Epoch: r.epoch, Seq: r.cursor}
}

// entered is the answer to a join.
func (r *Room) entered(m *wire.Joined) {
	// Unasked: the room goes on in a new epoch, on another node of its cluster.
	moved := m.ID == 0 && r.state == roomJoined
	if !moved && (m.ID != r.joinID || r.joinID == 0) {
		return // to one that was given up
	}
	if !moved {
		r.joinID = 0
	}
	self := Member{ID: strings.Clone(m.Self.Member), Profile: own(m.Self.Profile), Since: m.Self.Since, Role: m.Self.Role}
	if r.state == roomJoined && !moved { // the token was renewed, and nothing else has changed
		r.self, r.refusals = self, 0
		return
	}
	first, sameMember := r.state == roomJoining, r.self.ID == self.ID
	newRoom := r.epoch != m.Epoch
	same := sameMember && !newRoom
	r.state, r.self, r.key, r.epoch = roomJoined, self, strings.Clone(m.Self.Key), strings.Clone(m.Epoch)
	r.attempt, r.refusals, r.c.attempt = 0, 0, 0
	r.c.lastID = max(r.c.lastID, m.LastID)
	switch {
	case !m.Recovered:
		r.cursor, r.aimed = m.Seq, true
	case !same: // a repeated join: what follows begins somewhere after it
		r.cursor, r.aimed = 0, false
	}
	before := r.members
	r.queue.brace(before)
	if !m.Recovered || !same { // else what was missed follows, and applies to the roster that is known
		r.members = newRoster(m.Members)
	}
	if first {
		r.locked, r.queue.locked, r.queue.self = m.Locked, m.Locked, self.ID
		r.c.goroutines.Go(r.pump)
		close(r.settled)
	} else {
		if !moved {
			r.tell(r.back())
		}
		r.returned(m, before, sameMember, newRoom)
	}
	r.flush()
}

// returned tells the reader what has become of the room meanwhile, and interrupts what must not
// be repeated.
func (r *Room) returned(m *wire.Joined, before roster, sameMember, newRoom bool) {
	if !sameMember || newRoom { // it knows nothing of our requests
		r.fail(ErrInterrupted, (*call).sent)
	}
	if !sameMember || newRoom || !m.Recovered {
		cause := History
		if newRoom {
			cause = NewRoom
		}
		events := []Event{Gap{Cause: cause, Lost: -1}}
		events = append(events, difference(before, r.members)...)
		if r.locked != m.Locked {
			r.locked = m.Locked
			events = append(events, RoomChange{Locked: m.Locked})
		}
		r.tell(events...)
	}
}

// advance moves the cursor to a message's number; it is false for one that was heard before.
func (r *Room) advance(seq uint64) bool {
	if r.aimed && seq <= r.cursor {
		return false
	}
	r.cursor, r.aimed = seq, true
	return true
}

// said moves the cursor to the number of a message of our own, which we are not told, where it is
// the next one: the answer takes its place in the order, so nothing can have been missed before it.
func (r *Room) said(seq uint64) {
	if r.state == roomJoined && r.aimed && seq == r.cursor+1 {
		r.cursor = seq
	}
}

// hear carries out a numbered message and passes it on.
func (r *Room) hear(m wire.Message) {
	switch m := m.(type) {
	case *wire.Event:
		r.tell(Message{m.Seq, m.From, m.Event, m.Data, m.To})
	case *wire.RoomChange:
		r.locked = m.Locked
		r.tell(RoomChange{m.Seq, m.Locked})
	case *wire.MemberChange:
		r.hearOf(m)
	}
}

func (r *Room) hearOf(m *wire.MemberChange) {
	if m.Member == r.self.ID {
		if m.HasRole {
			r.self.Role = m.Role
			r.tell(MemberChange{m.Seq, m.Change, r.self, m.Reason})
		}
		return
	}
	r.queue.brace(r.members)
	if who, ok := r.members.apply(m); ok {
		r.tell(MemberChange{m.Seq, m.Change, who, m.Reason})
	}
}

// refused is the server's no to a join. The first one's is its caller's affair; a return is
// tried again while that may help.
func (r *Room) refused(err *Error) {
	r.joinID = 0
	switch {
	case r.state == roomJoined: // a renewal failed: the membership goes on until its end
	case err.Code == wire.Unauthorized && r.mayRenew():
		r.enter()
	case r.state == roomSuspended && err.Retryable():
		r.enterLater(err.RetryAfter)
	default:
		r.end(err)
	}
}

// mayRenew tells whether another token may help: the application may have a fresher one. A
// refusal may come twice, for the room and then for the connection.
func (r *Room) mayRenew() bool {
	r.refusals++
	return r.c.o.Token != nil && r.refusals <= 2
}

// bye is the end of this membership, and for some reasons not for good.
func (r *Room) bye(b *wire.Bye) {
	switch {
	case !terminal(b.Code):
		r.suspend(&lostError{code: b.Code, reason: b.Reason})
		r.enterLater(b.RetryAfter)
	case b.Code == closeUnauthorized && r.mayRenew():
		r.suspend(&lostError{code: b.Code, reason: b.Reason})
		r.enter()
	default:
		r.end(&EndedError{Code: b.Code, Reason: b.Reason, Text: b.Text})
	}
}

// suspend: the connection is gone, or the room over it.
func (r *Room) suspend(why error) {
	r.joinID = 0
	r.stale()
	if r.state != roomJoined {
		return
	}
	r.state, r.lost = roomSuspended, why
	for _, call := range r.pending {
		call.sentOver = nil
	}
	r.tell(Suspended{Err: why})
	if r.leaving {
		r.leaveFromOutside()
	}
}

// leaveFromOutside drops what would have to be done inside before a leave.
func (r *Room) leaveFromOutside() {
	r.fail(ErrLeft, func(c *call) bool { return !c.leave })
}

// left is what Leave returns: one who is not in the room has left it.
func left(err error) error {
	var refused *Error
	var ended *EndedError
	switch {
	case errors.As(err, &refused) && (refused.Code == wire.NoSuchMember || refused.Code == wire.NotJoined):
		return nil
	case errors.As(err, &ended), errors.Is(err, ErrClosed):
		return nil
	}
	return err
}

// end ends the membership on this side.
func (r *Room) end(why error) {
	if r.state == roomOver {
		return
	}
	wasIn := r.state != roomJoining
	r.state, r.err, r.joinID = roomOver, why, 0
	r.stale()
	delete(r.c.rooms, r.name)
	r.fail(why, func(*call) bool { return true })
	if !wasIn {
		close(r.settled)
	}
	if errors.Is(why, ErrLeft) || errors.Is(why, ErrClosed) {
		close(r.dropped)
	}
	r.queue.nudge()
}
