package roomtest

import (
	"maps"
	"time"
)

// historyKept is how many of a room's last messages it must keep, historyBytes (less what
// the model may be wrong by) how many bytes of them, and historyAge how much longer than linger.
const (
	historyKept  = 1024
	historyBytes = 900 << 10
	historyAge   = 40 * time.Second
)

func (w *ways) join() {
	req := w.op.req
	if req.Resume != nil {
		if m := w.from.named(req.Resume.Member); m != nil {
			if w.from.idents[m.handle].key != req.Resume.Key {
				w.add(func(t *turn) { t.fail(nil, "unauthorized") })
				return
			}
			w.resume(m, req.Resume.Epoch == w.from.epoch, req.Resume.Seq-w.from.base)
			return
		}
	}
	if m := w.withNonce(req.Nonce); m != nil {
		w.resume(m, true, m.joined)
		return
	}
	var refused []string
	refuse := func(code string, applies bool) {
		if applies {
			refused = append(refused, code)
		}
	}
	refuse("forbidden", w.from.barred[req.Nonce] || req.Resume != nil && w.from.barred[req.Resume.Member])
	refuse("room_locked", w.from.locked)
	refuse("room_full", len(w.from.members) >= w.rules.capacity)
	if refused != nil {
		w.add(func(t *turn) { t.fail(nil, refused...) })
		return
	}
	w.add(func(t *turn) { t.enter() })
}

func (w *ways) withNonce(nonce string) *member {
	for _, m := range w.from.members {
		if nonce != "" && m.nonce == nonce {
			return m
		}
	}
	return nil
}

// enter makes a new member.
func (t *turn) enter() {
	r, req := t.r, t.op.req
	if r.life == 0 {
		r.life = t.op.n
		r.members = map[int]*member{}
	}
	m := &member{handle: t.op.n, conn: t.op.conn, hidden: req.Hidden, profile: req.Profile,
		nonce: req.Nonce, came: req, joined: r.seq + 1, moderator: len(r.members) == 0}
	r.setIdent(m.handle, ident{order: m.joined})
	r.members[m.handle] = m
	delete(r.gone, m.conn)
	t.change(m, pat{"change": "joined", "profile": payload{m.profile},
		"since": sinceOf(m.handle), "role": m.role()})
	m.welcome = t.joined(m, seqOf(r.seq), false)
	t.say(m.conn, m.welcome)
}

// joined is the answer to a join of m.
func (t *turn) joined(m *member, seq, recovered any) pat {
	want := pat{"type": "joined", "room": t.r.name, "epoch": epochOf{}, "seq": seq,
		"lastId": m.lastID(), "count": int64(len(t.r.members)), "locked": t.r.locked,
		"recovered": recovered, "linger": int64(t.rules.linger / time.Second),
		"ice": []any{}, "iceTTL": int64(0),
		"self": pat{"member": memberID(m.handle), "key": keyOf(m.handle), "role": m.role(),
			"since": sinceOf(m.handle), "profile": payload{m.profile}}}
	if t.op.req.ID != 0 {
		want["id"] = t.op.req.ID
	}
	if m.hidden {
		return want
	}
	roster := []any{}
	for _, o := range t.r.byAge() {
		if o.hidden || o.handle == m.handle {
			continue
		}
		line := pat{"member": memberID(o.handle), "profile": payload{o.profile},
			"since": sinceOf(o.handle), "role": o.role()}
		if o.conn == 0 {
			line["suspended"] = true
		}
		roster = append(roster, line)
	}
	want["members"] = roster
	return want
}

// resume brings a member back to this connection; from is the last number it has seen.
func (w *ways) resume(m *member, sameEpoch bool, from int64) {
	if m.conn != 0 && w.op.req.isBefore(m.came) {
		w.add(func(t *turn) { t.fail(nil, "already_joined") })
		return
	}
	can := sameEpoch && from <= w.from.seq
	must := can && w.reaches(from) && from >= m.joined
	for _, recovered := range []bool{true, false} {
		if recovered && !can || !recovered && must {
			continue
		}
		w.add(func(t *turn) { t.comeBack(m.handle, recovered, from) })
	}
}

// isBefore tells whether a client has made a join before another one of its own, as far as anybody knows.
func (r *Req) isBefore(later *Req) bool {
	return r.Nonce != "" && r.Nonce == later.Nonce && r.ID != 0 && r.ID < later.ID
}

// reaches reports whether the room must still have every message after from.
func (w *ways) reaches(from int64) bool {
	r := w.from
	if r.seq-from > historyKept {
		return false
	}
	oldest := w.op.now.Add(-w.rules.linger - historyAge + w.rules.slack)
	bytes := 0
	for e := r.history; e != nil && e.seq > from; e = e.older {
		if bytes += e.size; bytes > historyBytes || !e.at.After(oldest) {
			return false
		}
	}
	return true
}

func (t *turn) comeBack(handle int, recovered bool, from int64) {
	r := t.r
	m := r.change(handle)
	t.end(m.conn, 4409, "replaced", "")
	delete(r.gone, t.op.conn)
	before := r.seq
	m.conn, m.until, m.came = t.op.conn, time.Time{}, t.op.req
	t.change(m, pat{"change": "resumed"})
	t.say(m.conn, t.joined(m, either{seqOf(r.seq), seqOf(before)}, recovered))
	if recovered {
		for _, want := range r.missed(handle, from) {
			t.say(m.conn, want)
		}
	}
}

// missed returns what the member could see after from, in order.
func (r *room) missed(handle int, from int64) []pat {
	var newestFirst []pat
	for e := r.history; e != nil && e.seq > from; e = e.older {
		if e.sees[handle] {
			newestFirst = append(newestFirst, e.want)
		}
	}
	var out []pat
	for i := len(newestFirst) - 1; i >= 0; i-- {
		out = append(out, newestFirst[i])
	}
	return out
}

// joinAgain is a join on a connection that is in the room already.
func (w *ways) joinAgain(m *member) {
	req, own := w.op.req, w.from.idents[m.handle]
	if req.Resume != nil && req.Resume.Member == own.id && req.Resume.Key == own.key ||
		req.Nonce != "" && req.Nonce == m.nonce {
		w.add(func(t *turn) { t.say(t.op.conn, t.joined(m, seqOf(t.r.seq), either{true, false})) })
		w.add(func(t *turn) { t.say(t.op.conn, again(m.welcome, req.ID)) })
		return
	}
	codes := []string{"already_joined"}
	if req.Resume != nil && req.Resume.Member == own.id {
		codes = append(codes, "unauthorized")
	}
	w.add(func(t *turn) { t.fail(nil, codes...) })
}

// again is the same joined as the answer to another request.
func again(joined pat, id int64) pat {
	same := maps.Clone(joined)
	delete(same, "id")
	if id != 0 {
		same["id"] = id
	}
	return same
}
