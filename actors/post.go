package actors

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/parley-signaling/parley/actors/wire"
)

// MaxFrom is how many bytes a Post's From may have.
const MaxFrom = 128

// Post is an event that somebody outside says into a room: a backend, for one.
type Post struct {
	Event string     // its name, 1 to 64 bytes
	Data  wire.Value // absent: null
	From  string     // what its receivers are told as from; "": the room itself. It need not be a member's id
	// To is who hears it, by member ids, each once; nil: everyone. A suspended member hears it
	// when it resumes.
	To     []string
	ToList bool // To is told as a list, also where it names one
}

// Post gives the event its place in the room's order, which is seq, and its receivers; missing
// are those of To that are not there. ErrNoMember: none of them is. Other errors name the field
// that is wrong.
func (r *Room) Post(p Post) (seq uint64, missing []string, err error) {
	r.inTurn()
	if len(p.From) > MaxFrom || !utf8.ValidString(p.From) || strings.ContainsFunc(p.From, unicode.IsControl) {
		return 0, nil, fmt.Errorf("from: %d bytes, at most %d of UTF-8 without control characters", len(p.From), MaxFrom)
	}
	if err := validEvent(p.Event, p.Data); err != nil {
		return 0, nil, err
	}
	e := entry{kind: toAll, size: int32(eventSize + len(r.key.name) + len(p.Event) + len(p.From) + len(p.Data.Bytes))}
	if p.To != nil {
		var to []*member
		if to, missing = r.receivers(p.To); len(to) == 0 {
			return 0, missing, ErrNoMember
		}
		e.kind, e.to = toThese, &to
		for _, name := range p.To {
			e.size += int32(len(name) + toSize)
		}
	}
	r.seq++
	e.seq = r.seq
	e.msg = &wire.Event{
		Room: r.key.name, Seq: r.seq, From: p.From, Event: p.Event, Data: p.Data, To: p.To,
		ToList: p.ToList || len(p.To) > 1,
	}
	r.say(e)
	return r.seq, missing, nil
}
