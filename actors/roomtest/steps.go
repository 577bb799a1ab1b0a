package roomtest

import (
	"slices"
)

// act lets one client do one thing in one room.
func (d *Driver) act() {
	s := d.seat()
	switch {
	case s.conn == nil && s.dangling:
		d.actDangling(s)
	case s.conn == nil:
		d.actOutside(s)
	case !s.conn.open() || d.busy[s.conn.no]:
		if s.conn.open() && d.chance(50) { // input that the engine may not read any more
			d.talk(s)
		}
	default:
		d.actInside(s)
	}
}

func (d *Driver) seat() *seat {
	c := d.clients[d.rng.IntN(len(d.clients))]
	return c.seats[d.rooms[[]int{0, 0, 0, 0, 1, 1, 2}[d.rng.IntN(7)]]]
}

// pick calls one of the actions with a probability in proportion to its weight.
func (d *Driver) pick(actions ...action) {
	sum := 0
	for _, a := range actions {
		sum += a.weight
	}
	n := d.rng.IntN(sum)
	for _, a := range actions {
		if n -= a.weight; n < 0 {
			a.do()
			return
		}
	}
}

type action struct {
	weight int
	do     func()
}

func (d *Driver) actOutside(s *seat) {
	d.pick(
		action{70, func() { d.join(s) }},
		action{8, func() { d.join(s); d.loseLine(s) }},
		action{6, func() { d.comeBackAsPast(s) }},
		action{6, func() { d.request(d.lineFor(s), s, d.anything(s)) }},
		action{4, func() { d.leavePast(s) }},
	)
}

func (d *Driver) actDangling(s *seat) {
	if s.member == "" { // the answer to the join was lost
		d.pick(action{8, func() { d.join(s) }}, action{1, func() { s.empty() }})
		return
	}
	exact := Resume{s.member, s.key, s.epoch, s.cursor}
	with := func(change func(*Resume)) func() {
		return func() {
			r := exact
			change(&r)
			d.resume(s, d.lineFor(s), r)
		}
	}
	d.pick(
		action{40, with(func(*Resume) {})},
		action{6, with(func(r *Resume) { r.Seq += 1 + int64(d.rng.IntN(2000)) })},
		action{6, with(func(r *Resume) { r.Seq = max(0, r.Seq-int64(d.rng.IntN(40))) })},
		action{2, with(func(r *Resume) { r.Seq = 0 })},
		action{5, with(func(r *Resume) { r.Epoch = "another-epoch" })},
		action{4, with(func(r *Resume) { r.Member = "somebody-else" })},
		action{6, func() { d.resumeWrongKey(s, d.lineFor(s)) }},
		action{6, func() { d.rejoinByNonce(s) }},
		action{8, func() { d.resume(s, d.lineFor(s), exact); d.loseLine(s) }},
		action{5, func() { d.leaveByKey(s, d.lineFor(s)); s.empty() }},
		action{2, func() { s.empty() }}, // closed its browser
		action{20, func() {}},
	)
}

func (d *Driver) actInside(s *seat) {
	d.pick(
		action{60, func() { d.talk(s) }},
		action{7, func() { d.repeat(s) }},
		action{3, func() { d.oldID(s) }},
		action{8, func() { d.loseLine(s) }},
		action{2, func() { d.cleanLine(s.conn) }},
		action{5, func() { d.leave(s) }},
		action{5, func() { d.kick(s) }},
		action{4, func() { d.joinAgain(s) }},
		action{6, func() { d.takeOver(s) }},
		action{2, func() { d.resumeWrongKey(s, d.lineFor(s)) }},
		action{1, func() { d.leaveFromElsewhere(s) }},
		action{2, func() { d.send(s.conn, &Req{Type: "ping", ID: d.maybeID(s)}) }},
		action{2, func() { d.many(s) }},
		action{3, func() { d.chatter(s) }},
	)
}

// lineFor returns a line of the seat's client to enter the room on: one it has, or a new one.
func (d *Driver) lineFor(s *seat) *conn {
	for _, c := range d.conns {
		if c.client == s.client && c.open() && !d.busy[c.no] && !d.joining(c) && !d.inside(c, s.room) && d.chance(60) {
			return c
		}
	}
	return d.dial(s.client)
}

// inside reports whether the line is, or may be, in the room already.
func (d *Driver) inside(c *conn, name string) bool {
	return c == c.client.seats[name].conn || slices.ContainsFunc(d.check.rooms[name], func(r *room) bool { return r.at(c.no) != nil })
}

// joining reports whether the line has a join of this batch under way.
func (d *Driver) joining(c *conn) bool {
	return slices.ContainsFunc(d.cur.ops, func(o *op) bool {
		return o.conn == c.no && o.kind == opRequest && o.req.Type == "join"
	})
}

// tidy gives up lines that are in no room, before the engine does.
func (d *Driver) tidy() {
	for _, c := range slices.Clone(d.conns) {
		in := slices.ContainsFunc(d.rooms, func(name string) bool { return c.client.seats[name].conn == c })
		if !in && c.open() && (d.target.Advance == nil || d.chance(30)) {
			d.endLine(c, opKind(1+d.rng.IntN(2)))
		}
	}
}

// loseLine cuts the seat's line.
func (d *Driver) loseLine(s *seat) {
	if a, ok := s.conn.line.(Armer); ok && s.member != "" && d.chance(60) {
		a.Arm(d.rng.IntN(600), d.rng.IntN(1500))
		for range 1 + d.rng.IntN(3) {
			d.talk(s)
		}
	}
	d.endLine(s.conn, opDrop)
}

// cleanLine closes a line with 1000: its client has left all its rooms.
func (d *Driver) cleanLine(c *conn) { d.endLine(c, opClean) }

// stall stops the reader of somebody's line.
func (d *Driver) stall() *conn {
	if d.target.Queue == 0 {
		return nil
	}
	for _, c := range d.conns {
		if _, ok := c.line.(Staller); ok && c.open() && d.chance(30) {
			c.stalled = true
			d.busy[c.no] = true
			c.line.(Staller).Stall(true)
			d.counts["stall"]++
			return c
		}
	}
	return nil
}

// pour sends a stalled reader more than it may have waiting, sometimes.
func (d *Driver) pour(to *conn) {
	if d.target.Queue == 0 || d.chance(50) {
		return
	}
	for _, name := range d.rooms {
		if to.client.seats[name].conn != to {
			continue
		}
		for _, c := range d.clients {
			from := c.seats[name]
			if from.conn == nil || from.conn == to || !from.conn.open() || from.member == "" || d.busy[from.conn.no] {
				continue
			}
			for sent := 0; sent < 2*d.target.Queue; sent += d.target.Queue / 8 {
				d.request(from.conn, from, &Req{Type: "send", Event: "pour", Data: d.text(d.target.Queue / 8), HasData: true})
				d.pause() // the others keep up
			}
			return
		}
	}
}
