package roomtest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// room is the model: one room as PROTOCOL.md describes it, whole and simple. A room is never
// changed by a step: each step changes a clone, so that many courses of events can be tried.
type room struct {
	name    string
	life    int // the step that brought the room to life; 0: there is no room
	seq     int64
	members map[int]*member // by handle: the number of the step that joined
	history *entry
	locked  bool
	barred  map[string]bool // member ids and nonces
	gone    map[int]int     // connection → the batch in which this room said bye to it

	// Chosen by the engine, bound at first sight
	epoch  string
	base   int64 // an epoch's first message is base+1
	based  bool
	idents map[int]ident            // of all members of this life; copied on write
	texts  map[int]map[int64]string // of errors that were answered, by member and id; copied on write
}

// member is one membership. It is copied on write.
type member struct {
	handle    int
	conn      int // 0: suspended
	hidden    bool
	moderator bool
	profile   any
	nonce     string
	came      *Req      // the join by which it took its seat
	joined    int64     // seq of the own join
	until     time.Time // while suspended: the end of its linger
	answers   []answer  // the last 64, by id
	welcome   pat       // the joined of the own join
}

// answer is what a request got, to be given again.
type answer struct {
	id   int64
	want pat
}

// ident is what names a member, once seen.
type ident struct {
	id, key string
	since   int64
	order   int64 // seq of the own join
}

// entry is one message of the history, the newest first.
type entry struct {
	older *entry
	seq   int64
	at    time.Time
	size  int // in bytes, roughly
	want  pat
	sees  map[int]bool
	mark  string // tells histories apart
}

func (r *room) clone() *room {
	c := *r
	c.members = maps.Clone(r.members)
	c.barred = maps.Clone(r.barred)
	c.gone = maps.Clone(r.gone)
	return &c
}

// change returns r's own copy of the member, to be written to.
func (r *room) change(handle int) *member {
	m := *r.members[handle]
	m.answers = slices.Clone(m.answers)
	r.members[handle] = &m
	return &m
}

// bury makes a room without members vanish.
func (r *room) bury() {
	if len(r.members) == 0 {
		*r = room{name: r.name, gone: r.gone}
	}
}

// byAge returns the members ordered by since.
func (r *room) byAge() []*member {
	return slices.SortedFunc(maps.Values(r.members), func(a, b *member) int {
		return cmp.Compare(a.joined, b.joined)
	})
}

// at returns the member that the connection is, or nil.
func (r *room) at(conn int) *member {
	for _, m := range r.members {
		if m.conn == conn && conn != 0 {
			return m
		}
	}
	return nil
}

// named returns the member with this id, or nil.
func (r *room) named(id string) *member {
	for h, m := range r.members {
		if r.idents[h].id == id && id != "" {
			return m
		}
	}
	return nil
}

// known returns the kept answer to id.
func (m *member) known(id int64) (pat, bool) {
	for _, a := range m.answers {
		if a.id == id {
			return a.want, true
		}
	}
	return nil, false
}

// keep remembers an answer and forgets the oldest of more than 64.
func (m *member) keep(id int64, want pat) {
	m.answers = append(m.answers, answer{id, want})
	slices.SortFunc(m.answers, func(a, b answer) int { return cmp.Compare(a.id, b.id) })
	if len(m.answers) > 64 {
		m.answers = m.answers[1:]
	}
}

func (m *member) lastID() int64 {
	if len(m.answers) == 0 {
		return 0
	}
	return m.answers[len(m.answers)-1].id
}

func (m *member) role() string {
	if m.moderator {
		return "moderator"
	}
	return "member"
}

// fingerprint is equal for rooms that no client can tell apart, now or later.
func (r *room) fingerprint() string {
	var b strings.Builder
	mark := ""
	if r.history != nil {
		mark = r.history.mark
	}
	fmt.Fprintf(&b, "%d/%d/%v/%s|", r.life, r.seq, r.locked, mark)
	for _, nonce := range slices.Sorted(maps.Keys(r.barred)) {
		b.WriteString(nonce)
	}
	for _, m := range r.byAge() {
		fmt.Fprintf(&b, "|%d/%d/%v/%v/%d/%d/%s/%d", m.handle, m.conn, m.moderator, m.profile, m.joined, m.until.UnixMilli(), m.came.Nonce, m.came.ID)
		for _, a := range m.answers {
			fmt.Fprintf(&b, ",%d:%v%v", a.id, a.want["code"], a.want["seq"])
		}
	}
	return b.String()
}
