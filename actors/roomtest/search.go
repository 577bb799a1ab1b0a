package roomtest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// heard is what one connection has received during a batch.
type heard struct {
	msgs []Msg
	used []bool // by messages that the batch has explained
	cut  bool   // its end is missing: the line was cut, or closed by the client
	over bool   // the engine has closed it: what it asked last may not be answered
}

// search looks for the orders in which one room can have carried out a batch.
type search struct {
	rules  *rules
	room   string
	queues [][]*op // of each connection, and one for each step that the room may take by itself
	heard  map[int]*heard
	conns  []int         // of heard, in order
	inbox  map[int][]int // indexes into heard of the room's joined, event, member, room and bye
	others map[int][]int // and of its other answers

	seen    map[string]bool
	found   []*room
	used    map[int][]bool // of the first order found
	best    int            // how far the best attempt came
	deepest *path
	reasons []error // why it came no further
}

// node is a search's point: how much has been done, and what is explained by it.
type node struct {
	r    *room
	done []int          // steps of each queue
	read map[int]int    // messages of each inbox
	used map[int][]bool // answers of each connection
	path *path
}

type path struct {
	up    *path
	op    *op
	depth int
}

// maxNodes bounds a search.
const maxNodes = 30_000

// errAmbiguous: so little was seen that too many courses of events are possible.
var errAmbiguous = errors.New("roomtest: too many possible states; make smaller batches")

// run returns the states that the room may be in after the batch, given one that it may have
// been in before, or what speaks against every order.
func (s *search) run(from *room) ([]*room, error) {
	s.seen, s.found, s.best = map[string]bool{}, nil, -1
	n := &node{r: from, done: make([]int, len(s.queues)), read: map[int]int{}, used: map[int][]bool{}}
	for _, c := range s.conns {
		n.used[c] = slices.Clone(s.heard[c].used)
	}
	s.visit(n)
	if len(s.found) > 4096 || len(s.seen) > maxNodes {
		return nil, errAmbiguous
	}
	if s.found == nil {
		return nil, s.why()
	}
	return s.found, nil
}

func (s *search) visit(n *node) {
	if len(s.queues) > 1 { // else no two ways lead to the same point
		key := n.key()
		if s.seen[key] || len(s.seen) > maxNodes {
			return
		}
		s.seen[key] = true
	}
	rest := false
	for i, q := range s.queues {
		at := n.done[i]
		if at == len(q) {
			continue
		}
		rest = rest || !q[at].may
		s.try(n, i, at)
		if q[len(q)-1].lossy {
			for later := at + 1; later < len(q); later++ {
				if q[later].kind != opRequest { // what came before it got lost
					s.try(n, i, later)
				}
			}
		}
	}
	if !rest {
		s.finish(n)
	}
}

// try takes the step of queue i at index at in every way it can go.
func (s *search) try(n *node, i, at int) {
	o := s.queues[i][at]
	for _, t := range n.r.outcomes(s.rules, o) {
		next := n.clone(t.r, o)
		next.done[i] = at + 1
		if err := s.explain(next, t.outs); err != nil {
			err.op = o
			s.note(n, err)
			continue
		}
		next.r.bury()
		s.visit(next)
	}
}

// finish checks that everything that was heard of the room is explained.
func (s *search) finish(n *node) {
	for _, c := range s.conns {
		if read := n.read[c]; read < len(s.inbox[c]) {
			s.note(n, fmt.Errorf("conn %d: nobody caused %v", c, s.heard[c].msgs[s.inbox[c][read]]))
			return
		}
	}
	for _, c := range s.conns {
		for _, i := range s.others[c] {
			if !n.used[c][i] {
				s.note(n, fmt.Errorf("conn %d: nobody caused %v", c, s.heard[c].msgs[i]))
				return
			}
		}
	}
	if s.found == nil {
		s.used = n.used
	}
	s.found = append(s.found, n.r)
}

// explain finds each message of a step among what was heard.
func (s *search) explain(n *node, outs []out) *misfit {
	for _, o := range outs {
		var err *misfit
		if o.answer {
			err = s.explainAnswer(n, o)
		} else {
			err = s.explainNext(n, o)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// explainNext: o is the next of the room's messages on its connection.
func (s *search) explainNext(n *node, o out) *misfit {
	h := s.heard[o.conn]
	inbox := s.inbox[o.conn]
	read := n.read[o.conn]
	if h == nil || read == len(inbox) {
		if h != nil && h.cut {
			return nil
		}
		return &misfit{conn: o.conn, want: o.want}
	}
	got := h.msgs[inbox[read]]
	if err := unify(n.r, o.want, got); err != nil {
		return &misfit{conn: o.conn, err: err, got: got, want: o.want}
	}
	n.read[o.conn] = read + 1
	n.used[o.conn][inbox[read]] = true
	return nil
}

// explainAnswer: o came at any time; if it is an ok with a number, in its place.
func (s *search) explainAnswer(n *node, o out) *misfit {
	h := s.heard[o.conn]
	if h == nil {
		return &misfit{conn: o.conn, want: o.want}
	}
	why := &misfit{conn: o.conn, want: o.want}
	for i, got := range h.msgs {
		if n.used[o.conn][i] || got.Type() != o.want["type"] || got["id"] != o.want["id"] {
			continue
		}
		before := *n.r
		if err := unify(n.r, o.want, got); err != nil {
			*n.r = before
			why = &misfit{conn: o.conn, err: err, got: got, want: o.want}
			continue
		}
		n.used[o.conn][i] = true
		if o.seq != 0 {
			if err := s.inPlace(h, i); err != nil {
				return &misfit{conn: o.conn, err: err, got: got, want: o.want}
			}
		}
		return nil
	}
	if h.cut || h.over {
		return nil
	}
	return why
}

// inPlace checks that an ok stands among the numbered messages of its room where its own
// number says.
func (s *search) inPlace(h *heard, at int) error {
	seq := h.msgs[at].num("seq")
	for i := at - 1; i >= 0; i-- {
		m := h.msgs[i]
		if m.str("room") == s.room && m.Type() == "joined" {
			break
		}
		if m.str("room") == s.room && m.numbered() && m.num("seq") > seq {
			return fmt.Errorf("%v came after %v", h.msgs[at], m)
		}
	}
	for _, m := range h.msgs[at+1:] {
		if m.str("room") == s.room && m.Type() == "joined" {
			break
		}
		if m.str("room") == s.room && m.numbered() && m.num("seq") < seq {
			return fmt.Errorf("%v came before %v", h.msgs[at], m)
		}
	}
	return nil
}

// note remembers why the best attempt ended.
func (s *search) note(n *node, why error) {
	depth := 0
	if n.path != nil {
		depth = n.path.depth
	}
	if depth > s.best {
		s.best, s.deepest, s.reasons = depth, n.path, nil
	}
	if depth == s.best && len(s.reasons) < 8 {
		s.reasons = append(s.reasons, why)
	}
}

// why says how far the best attempt came and why no further.
func (s *search) why() error {
	var trail []string
	for p := s.deepest; p != nil; p = p.up {
		if few(p.depth, s.best) {
			trail = append(trail, p.op.String())
		}
	}
	slices.Reverse(trail)
	return fmt.Errorf("after\n  %s\n%w", strings.Join(trail, "\n  "), errors.Join(s.reasons...))
}

// misfit is a step that does not explain what was heard. It is printed only when needed.
type misfit struct {
	op   *op
	conn int
	err  error // nil: nothing came
	got  Msg
	want pat
}

func (m *misfit) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v\n  cannot be next: conn %d: ", m.op, m.conn)
	if m.err == nil {
		fmt.Fprintf(&b, "nothing came, want %v", show(m.want))
	} else {
		fmt.Fprintf(&b, "%v\n  got  %v\n  want %v", m.err, show(pat(m.got)), show(m.want))
	}
	return b.String()
}

func (n *node) clone(r *room, o *op) *node {
	c := &node{r: r, done: slices.Clone(n.done), read: make(map[int]int, len(n.read)),
		used: make(map[int][]bool, len(n.used)), path: &path{up: n.path, op: o, depth: 1}}
	if n.path != nil {
		c.path.depth += n.path.depth
	}
	for k, v := range n.read {
		c.read[k] = v
	}
	for k, v := range n.used {
		c.used[k] = slices.Clone(v)
	}
	return c
}

func (n *node) key() string {
	answers := make(map[int]int, len(n.used))
	for c, used := range n.used {
		for _, u := range used {
			if u {
				answers[c]++
			}
		}
	}
	return fmt.Sprint(n.done, n.read, answers, n.r.fingerprint())
}

// show prints an expectation.
func show(p pat) string { return short(fmt.Sprintf("%+v", map[string]any(p))) }

// short is a line of a report without the long words of payloads.
func short(s string) string {
	words := strings.Split(s, " ")
	for i, w := range words {
		if len(w) > 80 {
			words[i] = w[:20] + "…" + w[len(w)-8:]
		}
	}
	return strings.Join(words, " ")
}
