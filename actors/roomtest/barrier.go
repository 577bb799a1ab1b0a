package roomtest

import (
	"fmt"
	"slices"
)

// barrier waits, where Settle alone cannot know, until everything that the batch has caused
// has arrived: the engine has noticed every end; each room has answered a request made after
// that; each line has answered a ping made after that.
func (d *Driver) barrier() error {
	if d.target.Connections == nil {
		return nil
	}
	if err := d.target.Settle(d.endsKnown); err != nil {
		return err
	}
	d.barring = true
	defer func() { d.barring = false }()
	var asked []question
	for _, name := range d.rooms {
		if s := d.anyone(name); s != nil {
			id := d.newID(s)
			d.request(s.conn, s, &Req{Type: "send", Event: "barrier", To: "nobody-at-all", ID: id})
			asked = append(asked, question{s.conn, id})
		}
	}
	if err := d.answered(asked); err != nil {
		return err
	}
	asked = nil
	for _, c := range d.conns {
		if c.open() {
			c.client.ids++
			d.send(c, &Req{Type: "ping", ID: c.client.ids})
			asked = append(asked, question{c, c.client.ids})
		}
	}
	return d.answered(asked)
}

// endsKnown checks that the engine has noticed the end of every line that has ended.
func (d *Driver) endsKnown() error {
	open := 0
	for _, c := range d.conns {
		if c.open() {
			open++
		}
	}
	if n := d.target.Connections(); n != open {
		return fmt.Errorf("the engine has %d connections, the clients %d", n, open)
	}
	return nil
}

// anyone is a member of the room whose line is not about to end.
func (d *Driver) anyone(name string) *seat {
	for _, c := range d.clients {
		s := c.seats[name]
		if s.conn != nil && s.conn.open() && !d.busy[s.conn.no] && d.check.rooms[name][0].at(s.conn.no) != nil {
			return s
		}
	}
	return nil
}

type question struct {
	conn *conn
	id   int64
}

// answered waits for the answers, or the ends of the lines.
func (d *Driver) answered(asked []question) error {
	return d.target.Settle(func() error {
		for _, q := range asked {
			msgs, _, ended, _ := q.conn.heard()
			if !ended && !slices.ContainsFunc(msgs, func(m Msg) bool { return m.num("id") == q.id }) {
				return fmt.Errorf("%v: request %d is not answered", q.conn, q.id)
			}
		}
		return nil
	})
}
