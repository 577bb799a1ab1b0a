package roomtest

// request carries out one request of a client.
func (w *ways) request() {
	r, req := w.from, w.op.req
	m := r.at(w.op.conn)
	if m == nil && (w.op.unread || r.gone[w.op.conn] == w.op.batch) {
		w.add(func(*turn) {}) // unread input of a connection that has been told bye
	}
	switch {
	case req.Type == "join" && m != nil:
		w.joinAgain(m)
		return
	case req.Type == "join":
		w.join()
		return
	case req.Type == "leave" && req.Resume != nil:
		w.leaveByKey(m)
		return
	case m == nil:
		w.add(func(t *turn) { t.fail(nil, "not_joined") })
		return
	}
	if req.ID != 0 {
		if want, ok := m.known(req.ID); ok {
			w.add(func(t *turn) {
				t.outs = append(t.outs, out{conn: t.op.conn, want: want, answer: true})
			})
			return
		}
		if len(m.answers) == 64 && req.ID < m.answers[0].id {
			w.add(func(t *turn) { t.fail(nil, "bad_request") })
			return
		}
	}
	switch req.Type {
	case "send":
		w.send(m)
	case "update":
		w.update(m)
	case "leave":
		w.add(func(t *turn) { t.ok(m, t.remove(m.handle, "leave"), nil) })
	case "kick":
		w.kick(m)
	case "lock":
		w.lock(m)
	}
}

func (w *ways) send(from *member) {
	req := w.op.req
	want := pat{"type": "event", "from": memberID(from.handle), "event": req.Event, "data": payload{req.Data}}
	if req.To == nil {
		w.add(func(t *turn) {
			seq := t.tell(want, func(m *member) bool { return m.handle != from.handle })
			t.ok(from, seq, nil)
		})
		return
	}
	want["to"] = given(req.To)
	to := map[int]bool{}
	var missing []string
	for _, id := range req.receivers() {
		if m := w.from.named(id); m != nil {
			to[m.handle] = true
		} else {
			missing = append(missing, id)
		}
	}
	if len(to) == 0 {
		w.add(func(t *turn) { t.fail(from, "no_such_member") })
		return
	}
	w.add(func(t *turn) {
		seq := t.tell(want, func(m *member) bool { return to[m.handle] })
		t.ok(from, seq, missing)
	})
}

// given is a to as it comes back: what the sender gave.
func given(to any) any {
	list, ok := to.([]string)
	if !ok {
		return to
	}
	var v []any
	for _, id := range list {
		v = append(v, id)
	}
	return v
}

func (w *ways) update(m *member) {
	w.add(func(t *turn) {
		m := t.r.change(m.handle)
		m.profile = w.op.req.Profile
		seq := t.change(m, pat{"change": "updated", "profile": payload{m.profile}})
		t.ok(m, seq, nil)
	})
}

func (w *ways) kick(m *member) {
	target := w.from.named(w.op.req.Member)
	switch {
	case !m.moderator && target == nil:
		w.add(func(t *turn) { t.fail(m, "forbidden", "no_such_member") })
	case !m.moderator:
		w.add(func(t *turn) { t.fail(m, "forbidden") })
	case target == nil:
		w.add(func(t *turn) { t.fail(m, "no_such_member") })
	default:
		w.add(func(t *turn) {
			if t.r.barred == nil {
				t.r.barred = map[string]bool{}
			}
			t.r.barred[t.op.req.Member] = true
			if target.nonce != "" {
				t.r.barred[target.nonce] = true
			}
			t.end(target.conn, 4410, "kicked", t.op.req.Reason)
			t.ok(m, t.remove(target.handle, "kicked"), nil)
		})
	}
}

func (w *ways) lock(m *member) {
	if !m.moderator {
		w.add(func(t *turn) { t.fail(m, "forbidden") })
		return
	}
	w.add(func(t *turn) {
		t.r.locked = t.op.req.Locked
		seq := t.tell(pat{"type": "room", "locked": t.r.locked}, func(*member) bool { return true })
		t.ok(m, seq, nil)
	})
}

// leaveByKey is a leave with resume: the end of a suspended membership, or of one that lives
// on a connection that its client has lost sight of.
func (w *ways) leaveByKey(own *member) {
	target := w.from.named(w.op.req.Resume.Member)
	switch {
	case target == nil:
		w.add(func(t *turn) { t.fail(nil, "no_such_member") })
	case w.from.idents[target.handle].key != w.op.req.Resume.Key:
		w.add(func(t *turn) { t.fail(nil, "unauthorized") })
	default:
		leave := func(code int, reason string) {
			w.add(func(t *turn) {
				if target.conn != t.op.conn {
					t.end(target.conn, code, reason, "")
				}
				t.ok(target, t.remove(target.handle, "leave"), nil)
			})
		}
		leave(4409, "replaced")
		if target.conn != 0 {
			leave(1000, "closed") // the protocol leaves open what the other connection is told
		}
	}
}
