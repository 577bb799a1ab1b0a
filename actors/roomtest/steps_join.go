package roomtest

import "fmt"

// join enters the room, or, where the answer to an earlier join was lost, tries again.
func (d *Driver) join(s *seat) {
	again := s.dangling && s.member == "" && s.nonce != ""
	if !again {
		s.nonce, s.hidden = "", d.chance(12)
		if d.chance(70) {
			s.nonce = d.nonce()
		}
		if len(d.nonces) > 0 && d.chance(8) && s.client.free(d.nonces[0], d.clients) {
			s.nonce = d.nonces[0]
		}
	}
	if again {
		d.counts["lost answer"]++
	}
	d.enter(s, d.lineFor(s), nil)
	if d.chance(10) { // a request on the heels of the join
		d.talk(s)
	}
}

// free reports whether nobody else goes by the nonce: to use another's is to be that other.
func (c *client) free(nonce string, all []*client) bool {
	for _, other := range all {
		for _, s := range other.seats {
			if s.nonce == nonce {
				return false
			}
		}
	}
	return true
}

func (d *Driver) nonce() string {
	return fmt.Sprintf("nonce-%016x", d.rng.Uint64())
}

// enter sends a join.
func (d *Driver) enter(s *seat, c *conn, resume *Resume) {
	req := &Req{Type: "join", Nonce: s.nonce, Hidden: s.hidden, Resume: resume}
	if d.chance(85) {
		req.ID = d.newID(s)
	}
	if req.HasProfile = d.chance(70); req.HasProfile {
		req.Profile = d.value(s, 2)
	}
	s.conn, s.dangling, s.asked = c, false, ""
	if resume != nil {
		s.asked, s.cursor = resume.Member, min(s.cursor, resume.Seq)
	}
	d.request(c, s, req)
}

// resume comes back on line c.
func (d *Driver) resume(s *seat, c *conn, r Resume) {
	d.counts["resume"]++
	if r.Member != s.member { // taken for a newcomer, unless the nonce tells
		s.retire()
	}
	d.enter(s, c, &r)
}

func (d *Driver) rejoinByNonce(s *seat) {
	if s.nonce == "" {
		return
	}
	d.counts["resume by nonce"]++
	s.cursor = 0 // the room counts from the own join
	d.enter(s, d.lineFor(s), nil)
}

// comeBackAsPast resumes a membership that is over.
func (d *Driver) comeBackAsPast(s *seat) {
	if len(s.past) == 0 {
		return
	}
	d.counts["resume of the past"]++
	p := s.past[d.rng.IntN(len(s.past))]
	s.hidden, s.cursor = d.chance(12), p.Seq
	d.enter(s, d.lineFor(s), &p)
}

func (d *Driver) resumeWrongKey(s *seat, c *conn) {
	if s.member == "" {
		return
	}
	d.counts["wrong key"]++
	req := &Req{Type: "join", ID: d.newID(s), Resume: &Resume{s.member, s.key + "x", s.epoch, s.cursor}}
	d.request(c, s, req)
}

// takeOver resumes on a second line while the first is open.
func (d *Driver) takeOver(s *seat) {
	old := s.conn
	if s.member == "" || d.joining(old) {
		return
	}
	d.counts["take over"]++
	fresh := d.lineFor(s)
	if fresh == old {
		return
	}
	if d.chance(30) {
		d.talk(s)
	}
	d.busy[old.no] = true
	if s.nonce != "" && d.chance(20) {
		s.cursor = 0
		d.enter(s, fresh, nil)
	} else {
		d.enter(s, fresh, &Resume{s.member, s.key, s.epoch, s.cursor})
	}
	if d.chance(30) { // input that the engine may not read any more
		d.request(old, s, &Req{Type: "send", Event: "unread", ID: d.maybeID(s)})
	}
	if d.chance(30) {
		d.endLine(old, opKind(1+d.rng.IntN(2)))
	}
}

// joinAgain joins a room that the line is in.
func (d *Driver) joinAgain(s *seat) {
	d.counts["join again"]++
	req := &Req{Type: "join", ID: d.maybeID(s)}
	switch d.rng.IntN(5) {
	case 0:
		req.Nonce = s.nonce
	case 1:
		if s.member != "" {
			req.Resume = &Resume{s.member, s.key, s.epoch, s.cursor}
		}
	case 2:
		if s.member != "" {
			req.Resume = &Resume{s.member, "wrong", s.epoch, s.cursor}
		}
	case 3:
		req.Nonce = d.nonce()
	}
	d.request(s.conn, s, req)
}

// leaveByKey ends a membership from a line that is not in the room.
func (d *Driver) leaveByKey(s *seat, c *conn) {
	d.counts["leave by key"]++
	key := s.key
	if d.chance(20) {
		key += "x"
	}
	d.request(c, s, &Req{Type: "leave", ID: d.maybeID(s), Resume: &Resume{s.member, key, s.epoch, s.cursor}})
}

func (d *Driver) leaveFromElsewhere(s *seat) {
	if s.member == "" || d.joining(s.conn) {
		return
	}
	d.busy[s.conn.no] = true
	d.leaveByKey(s, d.lineFor(s))
}

func (d *Driver) leavePast(s *seat) {
	if len(s.past) == 0 {
		return
	}
	p := s.past[d.rng.IntN(len(s.past))]
	d.request(d.lineFor(s), s, &Req{Type: "leave", ID: d.newID(s), Resume: &p})
}
