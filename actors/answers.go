package actors

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/parley-signaling/parley/actors/wire"
)

// What a room remembers of a member's requests: whichever bound is reached first.
const (
	// keptAnswers is how many: a client has at most that many outstanding, so whatever it repeats
	// after a reconnect is among them.
	keptAnswers = 64
	// keptNames is how many bytes of names of members who were not there.
	keptNames = 64 << 10
)

// nameCost is what a name costs besides its bytes.
const nameCost = 16

// answers are a member's last requests with what was answered, in the order of their ids, so
// that a repeated request is not carried out twice. Where answers were forgotten to save memory,
// the first one stands for them and has the largest id of theirs: an Error without an id.
type answers []answer

type answer struct {
	id  uint64
	msg wire.Message // an *OK, or an *Error
}

// names is how many bytes the names in it take.
func (a answer) names() (n int) {
	if ok, is := a.msg.(*wire.OK); is {
		for _, name := range ok.Missing {
			n += nameCost + len(name)
		}
	}
	return n
}

// forgotten tells whether a stands for those that were forgotten.
func (a answer) forgotten() bool {
	e, is := a.msg.(*wire.Error)
	return is && e.ID == 0
}

// find is where the answer to that id is, or would be.
func (as answers) find(id uint64) (at int, known bool) {
	return slices.BinarySearchFunc(as, id, func(a answer, id uint64) int { return cmp.Compare(a.id, id) })
}

// last is the largest id kept, or forgotten; 0: none.
func (as answers) last() uint64 {
	if len(as) == 0 {
		return 0
	}
	return as[len(as)-1].id
}

// keepAnswer remembers an answer and forgets those with the smallest ids where there are too many, or
// too much in them. It returns what that adds to m.named.
func (m *member) keepAnswer(id uint64, msg wire.Message) int {
	if e, ok := msg.(*wire.Error); ok {
		switch e.Code {
		case wire.RateLimited, wire.Overloaded, wire.Unavailable:
			return 0 // worth asking again
		}
	}
	was := m.named
	a := answer{id, msg}
	m.named += a.names()
	i, _ := m.answers.find(id)
	if len(m.answers) < keptAnswers {
		m.answers = slices.Insert(m.answers, i, a)
	} else { // i > 0, since what is below the oldest is refused before it is carried out
		m.named -= m.answers[0].names()
		copy(m.answers, m.answers[1:i])
		m.answers[i-1] = a
	}
	if m.named > keptNames {
		m.forgetAnswers(keptNames / 2)
	}
	return m.named - was
}

// forgetAnswers forgets the oldest answers, until the names in them take no more than limit bytes.
// It returns what that adds to m.named: less than nothing.
func (m *member) forgetAnswers(limit int) int {
	was, n := m.named, 0
	for ; n < len(m.answers) && m.named > limit; n++ {
		m.named -= m.answers[n].names()
	}
	if n > 0 {
		m.answers[n-1] = answer{m.answers[n-1].id, &wire.Error{Code: wire.BadRequest}}
		m.answers = slices.Delete(m.answers, 0, n-1)
	}
	return m.named - was
}

// again is the answer to a request of m that it has asked before; nil: that is to be carried out.
func (r *Room) again(m *member, id uint64) wire.Message {
	i, known := m.answers.find(id)
	switch {
	case i == 0 && (len(m.answers) == keptAnswers && !known || len(m.answers) > 0 && m.answers[0].forgotten()):
		r.sys.counters.refuse(wire.BadRequest)
		return &wire.Error{
			ID: id, Room: r.key.name, Code: wire.BadRequest,
			Message: fmt.Sprintf("id: %d is below the last requests that are remembered, at most %d", id, keptAnswers),
		}
	case known:
		return m.answers[i].msg
	}
	return nil
}

// answered gives m the same answer again where it has asked before, and is false where the
// request is to be carried out.
func (r *Room) answered(m *member, id uint64) bool {
	a := r.again(m, id)
	if a == nil {
		return false
	}
	r.put(entry{msg: a, about: m, kind: toAbout, size: 2 * r.answerSize()})
	return true
}
