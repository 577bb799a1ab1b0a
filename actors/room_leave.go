package actors

import (
	"time"

	"github.com/parley-signaling/parley/actors/wire"
)

// leave ends m's membership at its own request.
func (r *Room) leave(m *member, q *wire.Request) {
	r.depart(m, ExitLeave)
	r.ok(m, q, nil)
	r.deliverNow(m)
	r.unseat(m, Close{})
	r.succeed(m)
}

// leaveResumed ends a membership that its client holds the key of, from whichever socket.
func (r *Room) leaveResumed(s *seat, q *wire.Request) {
	m := r.byID(q.Resume.Member)
	switch {
	case m == nil:
		r.refuseJoin(s, q, wire.NoSuchMember, noSuchResume)
		return
	case !m.hasKey(q.Resume.Key):
		r.refuseJoin(s, q, wire.Unauthorized, "resume.key: not this member's key")
		return
	}
	r.settle(s, noteRefused)
	if i, known := m.answers.find(q.ID); known && !m.answers[i].forgotten() {
		r.tellNow(s, m.answers[i].msg)
		return
	}
	if m.seat == s {
		r.leave(m, q)
		return
	}
	r.depart(m, ExitLeave)
	if q.ID != 0 {
		r.tellNow(s, &wire.OK{ID: q.ID, Seq: r.seq})
	}
	if m.seat != nil {
		r.replace(m)
	}
	r.succeed(m)
}

// ended is the end of a seat's connection: its member leaves, or is suspended.
func (r *Room) ended(s *seat, clean bool) {
	m := s.member
	r.withdraw(s)
	if m == nil { // never joined, kicked, replaced or parted meanwhile
		r.endParted(s, clean)
		return
	}
	m.rise()
	switch {
	case clean:
		r.depart(m, ExitLeave)
		r.succeed(m)
	default:
		r.suspend(m)
	}
}

// part suspends the member of a connection that is about to end, and hears nothing more.
func (r *Room) part(s *seat) {
	m := s.member
	r.withdraw(s)
	if m == nil {
		return
	}
	m.rise()
	r.suspend(m)
	if r.bySince(m.since) == m {
		if r.parted == nil {
			r.parted = make(map[*seat]*member)
		}
		r.parted[s] = m
	}
}

// endParted is the end of a connection that has parted from its member: one whose client has
// closed in good order after all leaves, unless it has come back.
func (r *Room) endParted(s *seat, clean bool) {
	m := r.parted[s]
	if m == nil {
		return
	}
	if delete(r.parted, s); len(r.parted) == 0 {
		r.parted = nil
	}
	if clean && m.seat == nil && r.bySince(m.since) == m {
		r.depart(m, ExitLeave)
		r.succeed(m)
	}
}

// suspend has m, whose seat is gone, linger.
func (r *Room) suspend(m *member) {
	if m.ephemeral || r.sys.options.Linger < 0 {
		r.depart(m, ExitTimeout)
		r.succeed(m)
		return
	}
	r.linger(m, true)
	r.sys.flow.suspended.Add(1)
	r.seq++
	r.announce(m, &wire.MemberChange{Room: r.key.name, Seq: r.seq, Change: wire.ChangeSuspended, Member: m.id}, false)
	r.tell(Event{Kind: Suspended, Member: m.view(), Seq: r.seq})
	r.observe(MemberSuspended, m, "")
}

// depart takes m off the list and tells the others why. The caller unseats m and calls succeed.
func (r *Room) depart(m *member, why Exit) {
	r.remove(m)
	r.sys.flow.left[why].Add(1)
	reason := why.String()
	r.seq++
	r.announce(m, &wire.MemberChange{
		Room: r.key.name, Seq: r.seq, Change: wire.ChangeLeft, Member: m.id, Reason: reason,
	}, false)
	r.tell(Event{Kind: Left, Member: m.view(), Seq: r.seq, Reason: reason})
	r.observe(MemberLeft, m, reason)
	r.askedInVain(m.id)
	if r.hooks.Left != nil {
		r.hooks.Left(m.view())
	}
}

// dismiss ends m's membership from this side: its client is told by a bye.
func (r *Room) dismiss(m *member, end Close, text string) {
	if m.seat != nil {
		r.deliverNow(m)
		m.seat.tell(&wire.Bye{Code: end.Code, Reason: end.Reason, Text: text, Room: r.key.name})
		r.unseat(m, end)
	}
}

// dismissAll ends every membership, and refuses those who wait for one.
func (r *Room) dismissAll(end Close, text string) {
	r.stopping = true
	r.flush()
	r.pass.reset() // what is told one by one from here on need not look at it again
	r.refuseHeld(wire.Unavailable, closing)
	for len(r.members) > 0 {
		m := r.members[len(r.members)-1] // its removal moves no others
		r.dismiss(m, end, text)
		r.remove(m)
		r.sys.flow.left[ExitClosed].Add(1)
		r.observe(MemberLeft, m, end.Reason)
	}
}

// historyAge is how long a message can be asked for: a member's linger, and the longest that
// a dead socket goes unnoticed (25 s to the next ping, 10 s for its answer, 5 s of grace).
func (s *System) historyAge() time.Duration { return max(s.options.Linger, 0) + 40*time.Second }
