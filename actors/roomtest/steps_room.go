package roomtest

import (
	"fmt"
	"slices"
)

// request sends a request of the seat's client on a line, with the room filled in.
func (d *Driver) request(c *conn, s *seat, req *Req) {
	req.Room = s.room
	d.send(c, req)
	if req.ID != 0 && req.Type != "join" {
		s.sent = append(s.sent, req)
		if len(s.sent) > 120 {
			s.sent = s.sent[1:]
		}
	}
}

// newID counts on, sometimes leaving a gap.
func (d *Driver) newID(s *seat) int64 {
	s.client.ids++
	for d.chance(5) {
		s.gaps = append(s.gaps, s.client.ids)
		s.client.ids++
	}
	return s.client.ids
}

// maybeID is a new id, or 0: fire and forget.
func (d *Driver) maybeID(s *seat) int64 {
	if d.chance(25) {
		return 0
	}
	return d.newID(s)
}

// anything is a request that needs no knowledge of the room.
func (d *Driver) anything(s *seat) *Req {
	req := &Req{ID: d.maybeID(s)}
	switch d.rng.IntN(6) {
	case 0:
		req.Type, req.Profile, req.HasProfile = "update", d.value(s, 3), true
	case 1:
		req.Type, req.Locked = "lock", d.chance(40)
	case 2:
		req.Type, req.Member = "kick", d.memberID(s)
	case 3:
		req.Type = "leave"
	default:
		req.Type, req.Event, req.To = "send", d.event(), d.to(s)
		if req.HasData = d.chance(85); req.HasData {
			req.Data = d.value(s, 3)
		}
	}
	return req
}

// talk sends, updates or locks.
func (d *Driver) talk(s *seat) {
	req := d.anything(s)
	for req.Type == "leave" || req.Type == "kick" {
		req = d.anything(s)
	}
	if s.conn != nil {
		d.request(s.conn, s, req)
	}
}

// repeat sends a request a second time, as a client does that has had no answer.
func (d *Driver) repeat(s *seat) {
	if len(s.sent) == 0 {
		return
	}
	back := min(len(s.sent), 1+d.rng.IntN(8))
	if d.chance(20) {
		back = 1 + d.rng.IntN(len(s.sent))
	}
	req := *s.sent[len(s.sent)-back]
	if req.Type == "kick" && !d.aim(s, req.Member) {
		return
	}
	if d.chance(10) { // the id counts, whatever else it says
		req = Req{Type: "send", Room: s.room, ID: req.ID, Event: "other"}
	}
	d.counts["repeat"]++
	d.send(s.conn, &req)
}

// oldID uses an id that was passed over.
func (d *Driver) oldID(s *seat) {
	if len(s.gaps) == 0 {
		return
	}
	i := len(s.gaps) - 1
	if d.chance(50) {
		i = d.rng.IntN(len(s.gaps))
	}
	id := s.gaps[i]
	s.gaps = slices.Delete(s.gaps, i, i+1)
	d.counts["gap"]++
	d.request(s.conn, s, &Req{Type: "send", ID: id, Event: "late"})
}

func (d *Driver) leave(s *seat) {
	d.request(s.conn, s, &Req{Type: "leave", ID: d.maybeID(s)})
	if d.chance(20) { // a request on the heels of the leave
		d.request(s.conn, s, &Req{Type: "send", ID: d.maybeID(s), Event: "after"})
	}
}

// kick ends somebody's membership, where the seat is moderator.
func (d *Driver) kick(s *seat) {
	target := d.memberID(s)
	if target == s.member || !d.aim(s, target) {
		return
	}
	for _, c := range d.clients {
		if t := c.seats[s.room]; t.member == target && t.nonce != "" {
			d.nonces = append(d.nonces, t.nonce)
		}
	}
	req := &Req{Type: "kick", ID: d.maybeID(s), Member: target}
	if d.chance(60) {
		req.Reason = d.text(1 + d.rng.IntN(256))
	}
	d.request(s.conn, s, req)
}

// aim marks the connection of somebody who may be kicked. It is false where that would be
// hard to judge: while that connection is entering another room.
func (d *Driver) aim(s *seat, target string) bool {
	for _, c := range d.clients {
		if t := c.seats[s.room]; t.member == target && t.conn != nil {
			if d.joining(t.conn) {
				return false
			}
			d.busy[t.conn.no] = true
		}
	}
	return true
}

// many sends so many messages that the resume of somebody who is away may no longer reach back.
func (d *Driver) many(s *seat) {
	if len(d.cur.ops) > 0 || d.target.Advance == nil {
		return
	}
	for _, c := range d.clients {
		if t := c.seats[s.room]; t.dangling && t.conn == nil && t.member != "" {
			d.next = t
		}
	}
	if d.next == nil && d.chance(80) {
		return
	}
	d.counts["many"]++
	d.alone = true
	n := 600 + d.rng.IntN(600)
	for i := range n {
		d.request(s.conn, s, &Req{Type: "send", Event: "many", Data: int64(i), HasData: true})
	}
	d.steps -= n - 1 // one step
}

// chatter makes more requests than the room keeps answers.
func (d *Driver) chatter(s *seat) {
	if len(d.cur.ops) > 0 {
		return
	}
	d.counts["chatter"]++
	d.alone = true
	for range 62 + d.rng.IntN(8) {
		d.request(s.conn, s, &Req{Type: "send", Event: "chatter", ID: d.newID(s)})
	}
	for i := 62; i < 68 && i <= len(s.sent); i++ { // some of the oldest again
		d.send(s.conn, s.sent[len(s.sent)-i])
	}
	d.steps -= 60 // a few steps
}

// memberID is the id of somebody who is, was or never will be in the room.
func (d *Driver) memberID(s *seat) string {
	t := d.clients[d.rng.IntN(len(d.clients))].seats[s.room]
	switch p := d.rng.IntN(100); {
	case p < 6:
		return fmt.Sprintf("nobody-%d", d.rng.IntN(3))
	case p < 18 && len(t.past) > 0:
		return t.past[d.rng.IntN(len(t.past))].Member
	case t.member == "":
		return "nobody"
	}
	return t.member
}

// to is a send's receivers: mostly everybody, else one, or a list, in which ids may be twice.
func (d *Driver) to(s *seat) any {
	switch p := d.rng.IntN(100); {
	case p < 45:
		return nil
	case p < 70:
		return d.memberID(s)
	}
	list := []string{}
	for range 1 + d.rng.IntN(6) {
		list = append(list, d.memberID(s))
	}
	return list
}
