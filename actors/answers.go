package actors

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/parley-signaling/parley/actors/wire"
)

// keptAnswers is how many requests of a member the room remembers: a client has at most that
// many outstanding, so whatever it repeats after a reconnect is among them.
const keptAnswers = 64

// answers are a member's last requests with what was answered, in the order of their ids, so
// that a repeated request is not carried out twice.
type answers []answer

type answer struct {
	id  uint64
	msg wire.Message // an *OK, or an *Error
}

// find is where the answer to that id is, or would be.
func (as answers) find(id uint64) (at int, known bool) {
	return slices.BinarySearchFunc(as, id, func(a answer, id uint64) int { return cmp.Compare(a.id, id) })
}

// keep remembers an answer and forgets the one with the smallest id where there are too many.
func (as *answers) keep(id uint64, msg wire.Message) {
	if e, ok := msg.(*wire.Error); ok {
		switch e.Code {
		case wire.RateLimited, wire.Overloaded, wire.Unavailable:
			return // worth asking again
		}
	}
	i, _ := as.find(id)
	if len(*as) < keptAnswers {
		*as = slices.Insert(*as, i, answer{id, msg})
		return
	}
	// i > 0, since what is below the oldest is refused before it is carried out.
	copy(*as, (*as)[1:i])
	(*as)[i-1] = answer{id, msg}
}

// last is the largest id kept; 0: none.
func (as answers) last() uint64 {
	if len(as) == 0 {
		return 0
	}
	return as[len(as)-1].id
}

// answered gives m the same answer again where it has asked before, and is false where the
// request is to be carried out.
func (r *Room) answered(m *member, id uint64) bool {
	i, known := m.answers.find(id)
	switch {
	case known:
		r.put(entry{msg: m.answers[i].msg, about: m, kind: toAbout, size: r.answerSize()})
	case len(m.answers) == keptAnswers && i == 0:
		r.sys.counters.refuse(wire.BadRequest)
		r.put(entry{about: m, kind: toAbout, size: 2 * answerSize, msg: &wire.Error{
			ID: id, Room: r.key.name, Code: wire.BadRequest,
			Message: fmt.Sprintf("id: %d is below the last %d requests", id, keptAnswers),
		}})
	default:
		return false
	}
	return true
}
