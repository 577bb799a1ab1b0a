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
}

// search looks for the orders in which one room can have carried out a batch.
type search struct {
	rules  *rules
	room   string
	queues [][]*op // of each connection, and one for each step that the room may take by itself
	heard  map[int]*heard
	conns  []int         // of heard, in order
	inbox  map[int][]int // indexes into heard of the room's joined, event, member, room and bye

	seen   map[string]bool
	found  []*room
	used   map[int][]bool // of the first order found
	best   int            // how far the best attempt came
	reason error          // why it came no further
	trail  []string
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
	up *path
	op *op
}

// maxNodes bounds a search.
const maxNodes = 200_000

// errAmbiguous: so little was seen that too many courses of events are possible.
var errAmbiguous = errors.New("roomtest: too many possible states; make smaller batches")

// run returns the states that the room may be in after the batch, given one that it may have
// been in before, or what speaks against every order.
func (s *search) run(from *room) ([]*room, error) {
	s.seen, s.found, s.best, s.reason = map[string]bool{}, nil, -1, nil
	n := &node{r: from, done: make([]int, len(s.queues)), read: map[int]int{}, used: map[int][]bool{}}
	for _, c := range s.conns {
		n.used[c] = slices.Clone(s.heard[c].used)
	}
	s.visit(n)
	if len(s.found) > 4096 || len(s.seen) > maxNodes {
		return nil, errAmbiguous
	}
	if s.found == nil {
		return nil, s.reason
	}
	return s.found, nil
}

func (s *search) visit(n *node) {
	if key := n.key(); s.seen[key] || len(s.seen) > maxNodes {
		return
	} else {
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
			s.note(n, fmt.Errorf("%v\n  cannot be next: %w", o, err))
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
	if s.found == nil {
		s.used = n.used
	}
	s.found = append(s.found, n.r)
}

// explain finds each message of a step among what was heard.
func (s *search) explain(n *node, outs []out) error {
	for _, o := range outs {
		var err error
		if o.answer {
			err = s.explainAnswer(n, o)
		} else {
			err = s.explainNext(n, o)
		}
		if err != nil {
			return fmt.Errorf("conn %d: %w", o.conn, err)
		}
	}
	return nil
}

// explainNext: o is the next of the room's messages on its connection.
func (s *search) explainNext(n *node, o out) error {
	h := s.heard[o.conn]
	inbox := s.inbox[o.conn]
	read := n.read[o.conn]
	if h == nil || read == len(inbox) {
		if h != nil && h.cut {
			return nil
		}
		return fmt.Errorf("nothing came, want %v", show(o.want))
	}
	got := h.msgs[inbox[read]]
	if err := unify(n.r, o.want, got); err != nil {
		return fmt.Errorf("%w\n  got  %v\n  want %v", err, got, show(o.want))
	}
	n.read[o.conn] = read + 1
	n.used[o.conn][inbox[read]] = true
	return nil
}

// explainAnswer: o came at any time; if it is an ok with a number, in its place.
func (s *search) explainAnswer(n *node, o out) error {
	h := s.heard[o.conn]
	if h == nil {
		return fmt.Errorf("nothing came, want %v", show(o.want))
	}
	why := fmt.Errorf("no answer, want %v", show(o.want))
	for i, got := range h.msgs {
		if n.used[o.conn][i] || got.Type() != o.want["type"] || got["id"] != o.want["id"] {
			continue
		}
		before := *n.r
		if err := unify(n.r, o.want, got); err != nil {
			*n.r = before
			why = fmt.Errorf("%w\n  got  %v\n  want %v", err, got, show(o.want))
			continue
		}
		n.used[o.conn][i] = true
		if o.seq != 0 {
			return s.inPlace(h, i)
		}
		return nil
	}
	if h.cut {
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
	var trail []string
	for p := n.path; p != nil; p = p.up {
		trail = append(trail, p.op.String())
		depth++
	}
	if depth < s.best {
		return
	}
	if depth > s.best {
		s.reason = nil
	}
	s.best = depth
	slices.Reverse(trail)
	s.trail = trail
	s.reason = errors.Join(s.reason, why)
}

func (n *node) clone(r *room, o *op) *node {
	c := &node{r: r, done: slices.Clone(n.done), read: make(map[int]int, len(n.read)),
		used: make(map[int][]bool, len(n.used)), path: &path{n.path, o}}
	for k, v := range n.read {
		c.read[k] = v
	}
	for k, v := range n.used {
		c.used[k] = slices.Clone(v)
	}
	return c
}

func (n *node) key() string {
	return fmt.Sprint(n.done, n.read, n.r.fingerprint())
}

// show prints an expectation; it is a pat, whose map prints well enough.
func show(p pat) string { return strings.TrimPrefix(fmt.Sprintf("%+v", map[string]any(p)), "map") }
