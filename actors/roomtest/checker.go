package roomtest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// batch is what was done at once, and what can be said about its lines.
type batch struct {
	no    int
	now   time.Time
	ops   []*op
	clock func() time.Time
	until time.Time // the batch lasts so long at least
}

// with is b with one more step.
func (b *batch) with(o *op) *batch {
	c := *b
	c.ops = append(slices.Clone(b.ops), o)
	return &c
}

// unread marks the requests of a connection that has been told bye: what the engine had not
// read by then, it may discard; of other rooms only where the connection has ended.
func (b *batch) unread(conn int, ended bool) {
	for _, o := range b.ops {
		if o.conn == conn && o.kind == opRequest {
			o.bye, o.unread = true, ended
		}
	}
}

// asked is the room of the request that a connection made with this id; "" where there is none.
func (b *batch) asked(conn int, id int64) string {
	for _, o := range b.ops {
		if o.kind == opRequest && o.conn == conn && o.req.ID == id && id != 0 {
			return o.req.Room
		}
	}
	return ""
}

// checker holds, of each room, every state that it may be in.
type checker struct {
	rules  rules
	real   bool // time passes by itself
	rooms  map[string][]*room
	owners map[string]string // of member ids, over all rooms and epochs
	late   map[string]bool   // answers to requests that were taken for unread
}

func newChecker(t Target, rooms []string) *checker {
	k := &checker{rules: rules{linger: t.Linger, slack: t.Slack, capacity: t.Capacity},
		real: t.Advance == nil, rooms: map[string][]*room{}, owners: map[string]string{}, late: map[string]bool{}}
	if k.real {
		k.rules.skew = t.Slack
	}
	for _, name := range rooms {
		k.rooms[name] = []*room{{name: name}}
	}
	return k
}

// check explains everything that conns have heard by the batch, or says what it cannot
// explain. Nothing changes until it can.
func (k *checker) check(b *batch, conns []*conn) error {
	if b.clock().Before(b.until) {
		return errors.New("it is not time yet")
	}
	all := map[int]*heard{}
	for _, c := range conns {
		msgs, code, ended, bad := c.heard()
		if bad != nil {
			return bad
		}
		c.checked = msgs
		slow := !c.left && ended && code == 4429 && c.stalled
		if slow {
			b = b.with(&op{n: -1_000_000 - c.no, batch: b.no, kind: opDrop, conn: c.no, now: b.now, lossy: true})
		}
		if slices.ContainsFunc(msgs, func(m Msg) bool { return m.Type() == "bye" && m["room"] != nil }) {
			b.unread(c.no, ended)
		}
		all[c.no] = &heard{msgs: msgs, used: make([]bool, len(msgs)), cut: c.left || slow, over: ended}
	}
	if err := k.pongs(b, all); err != nil {
		return err
	}
	after := map[string][]*room{}
	for _, name := range slices.Sorted(maps.Keys(k.rooms)) {
		states, err := k.explain(name, b, conns, all)
		if err != nil {
			return fmt.Errorf("room %q: %w", name, err)
		}
		after[name] = states
	}
	for _, c := range conns {
		for i, m := range all[c.no].msgs {
			if !all[c.no].used[i] && !(m.Type() == "bye" && m["room"] == nil) && !k.late[lateKey(c.no, m)] {
				return fmt.Errorf("%v: nobody caused %v", c, m)
			}
		}
		if err := k.ends(b, c, after); err != nil {
			return err
		}
	}
	k.rooms = after
	for _, o := range b.ops {
		if o.bye {
			k.late[lateKey(o.conn, Msg{"type": "error", "code": "not_joined", "id": o.req.ID, "room": o.req.Room})] = true
		}
	}
	return k.unique()
}

// lateKey names a not_joined that comes after its request was taken for unread.
func lateKey(conn int, m Msg) string {
	if m.Type() != "error" || m.str("code") != "not_joined" {
		return ""
	}
	return fmt.Sprint(conn, " ", m.num("id"), " ", m.str("room"))
}

// clear reports whether it is well known what state the rooms are in.
func (k *checker) clear() bool {
	for _, states := range k.rooms {
		if len(states) > 4 {
			return false
		}
	}
	return true
}

// explain runs the search for one room from each state that it may be in.
func (k *checker) explain(name string, b *batch, conns []*conn, all map[int]*heard) ([]*room, error) {
	var states []*room
	var why error
	var used map[int][]bool
	known := map[string]bool{}
	for _, from := range k.rooms[name] {
		from = from.clone()
		from.gone = nil
		s := &search{rules: &k.rules, room: name, heard: all, inbox: map[int][]int{}, others: map[int][]int{}}
		for _, c := range conns {
			s.conns = append(s.conns, c.no)
			for i, m := range all[c.no].msgs {
				if m.str("room") == name && (m.numbered() || m.Type() == "joined" || m.Type() == "bye") {
					s.inbox[c.no] = append(s.inbox[c.no], i)
				} else if k.late[lateKey(c.no, m)] {
					continue
				} else if m.str("room") == name || b.asked(c.no, m.num("id")) == name {
					s.others[c.no] = append(s.others[c.no], i)
				}
			}
		}
		s.queues = k.queues(b, from)
		found, err := s.run(from)
		if errors.Is(err, errAmbiguous) {
			return nil, err
		}
		if err != nil {
			if why == nil {
				why = fmt.Errorf("from %s (one of %d states)\n%w", from.fingerprint(), len(k.rooms[name]), err)
			}
			continue
		}
		if states == nil {
			used = s.used
		}
		for _, r := range found {
			if f := r.fingerprint(); !known[f] {
				known[f] = true
				states = append(states, r)
			}
		}
	}
	if states == nil {
		return nil, why
	}
	if len(states) > 512 {
		return nil, errAmbiguous
	}
	for c, u := range used {
		all[c].used = u
	}
	return states, nil
}

// queues sorts a batch's steps by connection and adds those that the room takes by itself.
func (k *checker) queues(b *batch, r *room) [][]*op {
	byConn := map[int][]*op{}
	concerns := map[int]bool{}
	for _, o := range b.ops {
		if o.kind == opRequest && o.req.Room == r.name {
			concerns[o.conn] = true
		}
	}
	for _, o := range b.ops {
		if o.kind == opRequest && o.req.Room == r.name || o.kind != opRequest && (concerns[o.conn] || r.at(o.conn) != nil) {
			byConn[o.conn] = append(byConn[o.conn], o)
		}
	}
	var queues [][]*op
	for _, c := range slices.Sorted(maps.Keys(byConn)) {
		queues = append(queues, byConn[c])
	}
	return append(queues, k.expiries(b, r)...)
}

// expiries are the ends of lingers that may or must have come.
func (k *checker) expiries(b *batch, r *room) [][]*op {
	var queues [][]*op
	now := b.clock()
	expire := func(handle int, may bool) {
		queues = append(queues, []*op{{n: -handle, batch: b.no, kind: opExpire, who: handle, now: now, may: may}})
	}
	for _, m := range r.byAge() {
		switch {
		case m.conn != 0 && k.real:
			expire(m.handle, true)
		case m.conn == 0 && !now.Before(m.until):
			expire(m.handle, now.Before(m.until.Add(k.rules.slack)))
		}
	}
	for _, o := range b.ops {
		if k.real && o.kind == opRequest && o.req.Type == "join" && o.req.Room == r.name {
			expire(o.n, true)
		}
	}
	return queues
}

// pongs matches pings and pongs, which belong to no room.
func (k *checker) pongs(b *batch, all map[int]*heard) error {
	for _, o := range b.ops {
		if o.kind != opRequest || o.req.Type != "ping" {
			continue
		}
		want := pat{"type": "pong"}
		if o.req.ID != 0 {
			want["id"] = o.req.ID
		}
		h := all[o.conn]
		at := slices.IndexFunc(h.msgs, func(m Msg) bool { return m.Type() == "pong" && m["id"] == want["id"] })
		for at >= 0 && h.used[at] {
			next := slices.IndexFunc(h.msgs[at+1:], func(m Msg) bool { return m.Type() == "pong" && m["id"] == want["id"] })
			if next < 0 {
				at = -1
				break
			}
			at += 1 + next
		}
		if at < 0 {
			if h.cut || h.over {
				continue
			}
			return fmt.Errorf("conn %d: no pong for %v", o.conn, o.req.Map())
		}
		if err := unify(&room{}, want, h.msgs[at]); err != nil {
			return fmt.Errorf("conn %d: %w", o.conn, err)
		}
		h.used[at] = true
	}
	return nil
}

// ends checks that a line is open or closed as it should be.
func (k *checker) ends(b *batch, c *conn, after map[string][]*room) error {
	if c.left {
		return nil
	}
	_, code, ended, _ := c.heard()
	var byes []int
	for _, m := range c.checked {
		if m.Type() == "bye" && m["room"] != nil {
			byes = append(byes, int(m.num("code")))
		}
	}
	may, must := false, false // be in no room
	if len(byes) > 0 {
		may, must = k.roomless(c, after)
	}
	for _, o := range b.ops {
		if o.conn == c.no && o.kind == opRequest && (o.req.Type == "leave" || o.req.Type == "join") {
			must = false
		}
	}
	switch {
	case !ended && must:
		return fmt.Errorf("%v: told bye from its last room, and not closed", c)
	case !ended:
		return nil
	case code == 4429 && c.stalled:
		return nil
	case may && slices.Contains(byes, code):
		return nil
	case code == 4400:
		if may, _ := k.roomless(c, after); may {
			return nil
		}
	}
	return fmt.Errorf("%v: closed by the engine with %d (byes %v)", c, code, byes)
}

func (k *checker) roomless(c *conn, after map[string][]*room) (may, must bool) {
	may, must = true, true
	for _, states := range after {
		some, every := false, true
		for _, r := range states {
			in := r.at(c.no) != nil
			some, every = some || in, every && in
		}
		may, must = may && !every, must && !some
	}
	return may, must
}

// unique checks that no id names two members, wherever and whenever.
func (k *checker) unique() error {
	for name, states := range k.rooms {
		if len(states) > 1 {
			continue // not known yet who is who
		}
		r := states[0]
		for h, i := range r.idents {
			who := fmt.Sprintf("step %d in %q", h, name)
			if i.id == "" {
				continue
			}
			if old, ok := k.owners[i.id]; ok && old != who {
				return fmt.Errorf("the id %q was that of %s and is now that of %s", i.id, old, who)
			}
			k.owners[i.id] = who
		}
		who := fmt.Sprintf("life %d of %q", r.life, name)
		if r.epoch == "" {
			continue
		}
		if old, ok := k.owners["epoch "+r.epoch]; ok && old != who {
			return fmt.Errorf("the epoch %q is that of %s and of %s", r.epoch, old, who)
		}
		k.owners["epoch "+r.epoch] = who
	}
	return nil
}
