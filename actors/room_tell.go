package actors

import "github.com/parley-signaling/parley/actors/wire"

// Sizes that an encoding is reckoned with, before it is made: the frame and the fields around
// what varies.
const (
	eventSize  = 128
	memberSize = 192
	answerSize = 80
	toSize     = 40 // one receiver named, and its place in the lists of receivers
)

func (r *Room) answerSize() int32 { return int32(answerSize + len(r.key.name)) }

// announce tells of m's coming, going or changing; with self, m is told too.
func (r *Room) announce(m *member, c *wire.MemberChange, self bool) {
	e := entry{
		msg: c, about: m, seq: c.Seq, kind: toListed,
		size: int32(memberSize + len(r.key.name) + len(c.Profile.Bytes)),
	}
	switch {
	case m.hidden && !self: // a number that nobody sees
		return
	case m.hidden:
		e.kind = toAbout
	case self:
		e.kind = toListedAll
	}
	r.say(e)
}

// say puts a numbered message into the pass and into the history.
func (r *Room) say(e entry) {
	p := r.pass
	p.scratch = r.history.add(e, r.clock(), p.scratch)
	r.put(e)
}

// ok answers q, if it asked for an answer.
func (r *Room) ok(m *member, q *wire.Request, missing []string) {
	if q.ID != 0 {
		r.answer(m, q.ID, &wire.OK{ID: q.ID, Seq: r.seq, Missing: missing})
	}
}

// refuse answers q with an error.
func (r *Room) refuse(m *member, q *wire.Request, code wire.Code, message string) {
	r.answer(m, q.ID, &wire.Error{ID: q.ID, Room: r.key.name, Code: code, Message: message})
	r.sys.counters.refuse(code)
}

// answer tells m, and keeps the answer for the case that it asks again.
func (r *Room) answer(m *member, id uint64, a wire.Message) {
	if id != 0 {
		r.named += m.keepAnswer(id, a)
	}
	r.put(entry{msg: a, about: m, kind: toAbout, size: r.answerSize()})
}
