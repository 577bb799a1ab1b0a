package actors

import (
	"bytes"
	"crypto/subtle"
	"fmt"
	"strings"

	"github.com/parley-signaling/parley/actors/wire"
)

// join lets somebody in, back in, or not in.
func (r *Room) join(s *seat, q *wire.Request) {
	if s.member != nil {
		r.joinAgain(s, q)
		return
	}
	r.awaken()
	if r.held[s] != nil {
		r.refuseJoin(s, q, wire.AlreadyJoined, "room: a join of this connection is waiting")
		return
	}
	if r.isBarredBy(q) {
		r.refuseJoin(s, q, wire.Forbidden, "token: its subject was kicked from this room")
		return
	}
	if q.Resume != nil {
		if r.isBarred(q.Resume.Member) {
			r.refuseJoin(s, q, wire.Forbidden, "resume.member: kicked from this room")
			return
		}
		if m := r.byID(q.Resume.Member); m != nil {
			if !m.hasKey(q.Resume.Key) {
				r.refuseJoin(s, q, wire.Unauthorized, "resume.key: not this member's key")
				return
			}
			if !m.isOf(q) {
				r.refuseJoin(s, q, wire.Unauthorized, otherSubject)
				return
			}
			cursor := max(q.Resume.Seq, m.joinSeq) // what was said before it came is not its business
			reach := q.Resume.Epoch == r.epoch && r.history.reaches(cursor) && cursor <= r.seq
			r.resume(s, m, q, cursor, reach)
			return
		}
	}
	if q.Nonce != "" {
		// The client whose answer was lost: it has seen nothing since its join.
		if m := r.byNonce(q.Nonce); m != nil {
			if !m.isOf(q) {
				r.refuseJoin(s, q, wire.Unauthorized, otherSubject)
				return
			}
			r.resume(s, m, q, m.joinSeq, r.history.reaches(m.joinSeq))
			return
		}
	}
	if r.mayBeNew(s, q) && r.hasPlace(s, q) {
		r.consider(s, q)
	}
}

const otherSubject = "token: its subject is not the member's"

// mayBeNew is false, and the client is told, where its nonce says that it is not somebody new.
func (r *Room) mayBeNew(s *seat, q *wire.Request) bool {
	switch {
	case q.Nonce == "":
		return true
	case r.isBarred(q.Nonce):
		r.refuseJoin(s, q, wire.Forbidden, "nonce: kicked from this room")
	case r.byNonce(q.Nonce) != nil:
		r.refuseJoin(s, q, wire.AlreadyJoined, "nonce: its member is in the room")
	default:
		return true
	}
	return false
}

// hasPlace is false, and the client is told, where the room lets nobody new in.
func (r *Room) hasPlace(s *seat, q *wire.Request) bool {
	switch {
	case r.stopping:
		r.refuseJoin(s, q, wire.Unavailable, closing)
	case r.locked:
		r.refuseJoin(s, q, wire.RoomLocked, "room: locked")
	case len(r.members) >= r.capacity:
		r.refuseJoin(s, q, wire.RoomFull, fmt.Sprintf("room: full, at most %d members", r.capacity))
	default:
		return true
	}
	return false
}

// awaken starts what the room does by itself, where it does not do it yet.
func (r *Room) awaken() {
	switch {
	case !r.empty() || r.stopping:
	case r.since > 0:
		r.restart()
	case r.loop == nil:
		r.behave()
	}
}

// restart makes a new room of one whose last member has just gone, for somebody who came
// before it could end.
func (r *Room) restart() {
	r.stopLoop()
	r.observeEnd()
	r.epoch, r.seq, r.since = newID(), 0, 0
	r.barred, r.locked, r.born = nil, false, r.clock()
	r.history = history{}
	if r.link != nil {
		r.link.carried = nil
	}
	r.behave()
}

const closing = "room: it is closing"

// enter makes a new member. It is false, and the client is told, where its token has expired, or
// has the room full.
func (r *Room) enter(j *Join) bool {
	s, q := j.seat, &j.req
	if !r.mayEnterBy(s, q) {
		return false
	}
	if r.profiles+len(j.Profile.Bytes) > r.sys.options.RosterBytes {
		r.refuseJoin(s, q, wire.TooLarge, r.rosterFull())
		return false
	}
	m := &member{
		id: j.ID, key: newKey(), nonce: strings.Clone(q.Nonce), hidden: q.Hidden, ephemeral: s.ephemeral(),
		profile: wire.Value{Codec: j.Profile.Codec, Bytes: bytes.Clone(j.Profile.Bytes)}, came: attemptOf(q),
	}
	r.add(m)
	if g := grantOf(q); g != nil {
		m.role = g.Role
	}
	r.seq++
	m.joinSeq = r.seq
	if !m.ephemeral {
		r.history.keep = r.sys.historyAge()
	}
	r.announce(m, &wire.MemberChange{
		Room: r.key.name, Seq: r.seq, Change: wire.ChangeJoined, Member: m.id,
		Profile: orNull(m.profile), Since: m.since, Role: m.role, HasRole: true,
	}, false)
	m.take(s)
	r.sys.flow.joined.Add(1)
	r.pass.begin(m)
	r.welcome(m, q, false, r.seq)
	r.bear(m, q)
	r.tell(Event{Kind: Joined, Member: m.view(), Seq: r.seq})
	r.observeStart()
	r.observe(MemberJoined, m, "")
	if r.hooks.Entered != nil {
		r.hooks.Entered(m.view())
	}
	return true
}

// rosterFull says why a profile has no place.
func (r *Room) rosterFull() string {
	return fmt.Sprintf("profile: those of the room have %d bytes, at most %d", r.profiles, r.sys.options.RosterBytes)
}

// resume brings m back on s. cursor is the last number it has; reach tells whether all that
// came after it is still there.
func (r *Room) resume(s *seat, m *member, q *wire.Request, cursor uint64, reach bool) {
	if m.isLate(q) { // this is the old socket, and its client has come back already
		r.refuseJoin(s, q, wire.AlreadyJoined, lateJoin)
		return
	}
	if m.seat != nil { // the old socket is still open
		r.replace(m)
	} else {
		r.linger(m, false)
	}
	r.seq++
	r.announce(m, &wire.MemberChange{Room: r.key.name, Seq: r.seq, Change: wire.ChangeResumed, Member: m.id}, false)
	m.ephemeral = s.ephemeral()
	m.take(s)
	m.came = attemptOf(q)
	if reach {
		r.sys.flow.recovered.Add(1)
	} else {
		r.sys.flow.restarted.Add(1)
	}
	r.pass.begin(m)
	r.welcome(m, q, reach, cursor)
	r.bear(m, q)
	r.tell(Event{Kind: Resumed, Member: m.view(), Seq: r.seq})
	r.observe(MemberResumed, m, "")
}

// joinAgain answers a join on a room that the connection is in.
func (r *Room) joinAgain(s *seat, q *wire.Request) {
	m := s.member
	own := q.Nonce != "" && q.Nonce == m.nonce ||
		q.Resume != nil && q.Resume.Member == m.id && m.hasKey(q.Resume.Key) ||
		q.Token != ""
	switch {
	case !own:
		r.refuseJoin(s, q, wire.AlreadyJoined, "room: already joined")
		return
	case !m.isOf(q):
		r.refuseJoin(s, q, wire.Unauthorized, otherSubject)
		return
	}
	// Whatever has happened was told on this very socket: there is nothing to replay.
	r.deliverNow(m)
	r.welcome(m, q, true, r.seq)
	r.bear(m, q)
}

// welcome answers m's join, and replays what came after cursor where it was recovered.
func (r *Room) welcome(m *member, q *wire.Request, recovered bool, cursor uint64) {
	m.seated = r.seq
	if m.seat.peer != nil {
		r.welcomeFar(m, q, recovered, cursor)
		return
	}
	if c := m.seat.conn; c.takesExempt() {
		j := r.joined(m, q, recovered)
		j.ICE, j.ICETTL = r.iceServers(m)
		b := c.format.Append(nil, j)
		if len(b) > 0 {
			r.pass.delivered++
		}
		if recovered {
			b = r.history.replay(b, c.format, m, cursor)
		}
		r.pass.spent += len(b)
		c.pushExempt(b)
	}
	r.settle(m.seat, noteJoined)
}

// joined is what m is told of the room as it comes in, but for the ICE servers.
func (r *Room) joined(m *member, q *wire.Request, recovered bool) *wire.Joined {
	j := &wire.Joined{
		ID: q.ID, Room: r.key.name, Epoch: r.epoch, Seq: r.seq, LastID: m.answers.last(),
		Self:   wire.Self{Member: m.id, Key: m.key.String(), Role: m.role, Since: m.since, Profile: m.profile},
		Hidden: m.hidden, Count: len(r.members), Locked: r.locked, Recovered: recovered,
		Linger: max(r.sys.options.Linger, 0),
	}
	if !m.hidden {
		j.Members = r.listFor(m)
	}
	return j
}

// settle tells a connection what became of a join that it waits for.
func (r *Room) settle(s *seat, what noted) {
	s.note(what, Close{})
	r.pass.settled = true
}

// tellNow tells one connection, behind whatever its member is told by the pass so far.
func (r *Room) tellNow(s *seat, m wire.Message) {
	if s.member != nil {
		r.deliverNow(s.member)
	}
	s.tell(m)
}

func (r *Room) refuseJoin(s *seat, q *wire.Request, code wire.Code, message string) {
	r.tellNow(s, &wire.Error{ID: q.ID, Room: r.key.name, Code: code, Message: message})
	r.sys.counters.refuse(code)
	r.settle(s, noteRefused)
}

func (m *member) hasKey(key string) bool {
	return subtle.ConstantTimeCompare([]byte(m.key.String()), []byte(key)) == 1
}

// orNull makes an absent profile a null one, so that it is sent.
func orNull(v wire.Value) wire.Value {
	if v.IsAbsent() {
		return wire.Value{Codec: wire.JSON, Bytes: []byte("null")}
	}
	return v
}
