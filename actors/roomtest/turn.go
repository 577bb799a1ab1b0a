package roomtest

import (
	"fmt"
	"hash/fnv"
	"maps"
	"time"
)

// rules are what the model must know of the engine's settings.
type rules struct {
	linger   time.Duration
	slack    time.Duration
	capacity int
	skew     time.Duration // between the clocks of the model and the engine
}

// op is one step of a connection, or one that a room takes by itself.
type op struct {
	n      int // unique and growing over the run
	batch  int
	kind   opKind
	conn   int
	req    *Req
	size   int       // of the request's frame
	who    int       // opExpire: the member
	now    time.Time // when the batch began
	may    bool      // the step may also not happen
	bye    bool      // opRequest: the connection was told bye in this batch
	unread bool      // opRequest: the connection is closing, and may never have read it
	lossy  bool      // opDrop, opClean: the connection's last requests before it may be lost
}

type opKind int

const (
	opRequest opKind = iota
	opDrop           // the connection ends; its members linger
	opClean          // the connection ends with 1000; its members leave
	opExpire         // a suspended member's time is over
)

func (o *op) String() string {
	switch o.kind {
	case opDrop:
		return fmt.Sprintf("#%d conn %d: drop", o.n, o.conn)
	case opClean:
		return fmt.Sprintf("#%d conn %d: close 1000", o.n, o.conn)
	case opExpire:
		return fmt.Sprintf("#%d the linger of member %d ends", o.n, o.who)
	}
	return short(fmt.Sprintf("#%d conn %d: %v", o.n, o.conn, o.req.Map()))
}

// out is one message that a step causes.
type out struct {
	conn   int
	want   pat
	answer bool  // has no place among the numbered messages: an error, or an answer given again
	seq    int64 // of an ok that is given for the first time: its place; else 0
}

// turn is one way in which one step may go: the room after it, and what is told to whom.
type turn struct {
	rules *rules
	r     *room
	op    *op
	now   time.Time // when the room takes the step, at the earliest
	outs  []out
}

// outcomes returns every way in which the protocol lets the step go. None means that the step
// cannot be taken now.
func (r *room) outcomes(rules *rules, o *op) []*turn {
	w := &ways{rules: rules, from: r, op: o}
	switch m := r.at(o.conn); o.kind {
	case opDrop:
		w.add(func(t *turn) {
			if m != nil {
				t.suspend(m.handle)
			}
		})
	case opClean:
		w.add(func(t *turn) {
			if m != nil {
				t.remove(m.handle, "leave")
			}
		})
	case opExpire:
		if m := r.members[o.who]; m != nil && m.conn == 0 && !o.now.Before(m.until) && r.isNext(m, rules.skew) {
			w.add(func(t *turn) {
				t.now = m.until
				t.remove(m.handle, "timeout")
			})
		}
	default:
		w.request()
	}
	return w.turns
}

// isNext reports whether no other linger ends well before m's.
func (r *room) isNext(m *member, skew time.Duration) bool {
	for _, other := range r.members {
		if other.conn == 0 && other.until.Add(skew).Before(m.until) {
			return false
		}
	}
	return true
}

// ways collects the outcomes of one step.
type ways struct {
	rules *rules
	from  *room
	op    *op
	turns []*turn
}

func (w *ways) add(f func(*turn)) {
	t := &turn{rules: w.rules, r: w.from.clone(), op: w.op, now: w.op.now}
	f(t)
	w.turns = append(w.turns, t)
}

// tell numbers a message and gives it to the members that see it, now or on their resume.
func (t *turn) tell(want pat, sees func(*member) bool) int64 {
	r := t.r
	r.seq++
	want["room"], want["seq"] = r.name, seqOf(r.seq)
	e := &entry{older: r.history, seq: r.seq, at: t.now, size: t.op.size + 128, want: want, sees: map[int]bool{}}
	e.mark = fmt.Sprintf("%d.%d", t.op.n, len(t.outs))
	if r.history != nil {
		e.mark = r.history.mark + " " + e.mark
		if len(e.mark) > 64 {
			e.mark = digest(e.mark)
		}
	}
	for _, m := range r.byAge() {
		if sees(m) {
			e.sees[m.handle] = true
			t.say(m.conn, want)
		}
	}
	r.history = e
	return r.seq
}

// say gives a connection a message in order.
func (t *turn) say(conn int, want pat) {
	if conn != 0 {
		t.outs = append(t.outs, out{conn: conn, want: want})
	}
}

// change tells the others of a member's change; of a hidden one nobody is told, but the
// number is taken all the same.
func (t *turn) change(about *member, want pat) int64 {
	want["type"], want["member"] = "member", memberID(about.handle)
	return t.tell(want, func(m *member) bool {
		return !about.hidden && !m.hidden && m.handle != about.handle
	})
}

// ok answers the request, which caused the message seq, and remembers the answer.
func (t *turn) ok(m *member, seq int64, missing []string) {
	id := t.op.req.ID
	if id == 0 {
		return
	}
	want := pat{"type": "ok", "id": id, "seq": seqOf(seq), "missing": maybe{setOf(missing)}}
	if len(missing) > 0 {
		want["missing"] = setOf(missing)
	}
	t.outs = append(t.outs, out{conn: t.op.conn, want: want, answer: true, seq: seq})
	if t.r.members[m.handle] != nil {
		t.r.change(m.handle).keep(id, want)
	}
}

// fail answers the request with one of the codes; where m is a member that keeps answers, it
// remembers this one.
func (t *turn) fail(m *member, codes ...string) {
	id := t.op.req.ID
	var code either
	for _, c := range codes {
		code = append(code, c)
	}
	want := pat{"type": "error", "room": maybe{t.r.name}, "code": code, "message": anyText{}}
	if id != 0 {
		want["id"] = id
		if m != nil {
			want["message"] = kept{m.handle, id}
			t.r.change(m.handle).keep(id, want)
		}
	}
	t.outs = append(t.outs, out{conn: t.op.conn, want: want, answer: true})
}

func (t *turn) suspend(handle int) {
	m := t.r.change(handle)
	m.conn = 0
	m.until = t.op.now.Add(t.rules.linger)
	t.change(m, pat{"change": "suspended"})
}

// remove ends a membership and returns the number of the message that says so.
func (t *turn) remove(handle int, reason string) int64 {
	m := t.r.members[handle]
	delete(t.r.members, handle)
	seq := t.change(m, pat{"change": "left", "reason": reason})
	t.succession()
	return seq
}

// succession makes the member with the smallest since moderator where there is none; a hidden
// one only where there are only hidden ones.
func (t *turn) succession() {
	var next *member
	for _, m := range t.r.byAge() {
		if m.moderator {
			return
		}
		if next == nil || next.hidden && !m.hidden {
			next = m
		}
	}
	if next == nil {
		return
	}
	next = t.r.change(next.handle)
	next.moderator = true
	t.tell(pat{"type": "member", "change": "updated", "member": memberID(next.handle), "role": "moderator"},
		func(m *member) bool {
			return m.handle == next.handle || !next.hidden && !m.hidden
		})
}

// end says bye to a connection whose membership is over.
func (t *turn) end(conn, code int, reason, text string) {
	if conn == 0 {
		return
	}
	want := pat{"type": "bye", "room": t.r.name, "code": int64(code), "reason": reason}
	if text != "" {
		want["text"] = text
	}
	t.say(conn, want)
	if t.r.gone = maps.Clone(t.r.gone); t.r.gone == nil {
		t.r.gone = map[int]int{}
	}
	t.r.gone[conn] = t.op.batch
}

// digest shortens a history's mark.
func digest(s string) string {
	h := fnv.New128a()
	h.Write([]byte(s))
	return fmt.Sprintf("%x", h.Sum(nil))
}
