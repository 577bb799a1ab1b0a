package roomtest

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/parley-signaling/parley/actors/wire"
)

// Driver takes random steps against a Target and checks what comes of them.
type Driver struct {
	target  Target
	rng     *rand.Rand
	check   *checker
	rooms   []string
	clients []*client

	conns    []*conn // open, or ended in this batch
	made     int     // conns so far
	ops      int     // so far
	steps    int     // of them, those that the test wanted
	batches  int
	cur      *batch
	busy     map[int]bool // connections that may end in this batch, whatever their client does
	nonces   []string     // barred, perhaps
	next     *seat        // comes back in the next batch
	barring  bool         // the requests are the barrier's
	nextWait int          // the step after which lingers are waited for
	alone    bool         // the batch is long enough
	counts   map[string]int
}

// NewDriver returns a driver whose steps follow from seed.
func NewDriver(t Target, seed uint64) *Driver {
	if t.Now == nil {
		t.Now = time.Now
	}
	d := &Driver{target: t, rng: rand.New(rand.NewPCG(seed, 1)), counts: map[string]int{},
		nextWait: 300, rooms: []string{"a", "b", "Zimmer № 3 \"✓\" / <c>"}}
	for i := range 8 {
		c := &client{name: fmt.Sprintf("client %d", i), seats: map[string]*seat{}}
		for _, name := range d.rooms {
			c.seats[name] = &seat{client: c, room: name}
		}
		d.clients = append(d.clients, c)
	}
	d.check = newChecker(t, d.rooms)
	return d
}

// Run takes at least this many steps and then closes all lines. Where so much has happened
// unseen that too many states are possible, it starts afresh in other rooms: "new rooms" of Steps.
func (d *Driver) Run(steps int) error {
	for d.steps < steps {
		err := d.Batch()
		if errors.Is(err, errAmbiguous) {
			d.moveOn()
			continue
		}
		if err != nil {
			return err
		}
	}
	return d.closeAll()
}

// closeAll closes the lines one by one: at once, nobody would see the order.
func (d *Driver) closeAll() error {
	for _, c := range slices.Clone(d.conns) {
		d.begin()
		if c.open() {
			d.endLine(c, opClean)
		}
		if err := d.finish(); errors.Is(err, errAmbiguous) {
			return nil
		} else if err != nil {
			return err
		}
	}
	return nil
}

// moveOn drops all lines and goes to rooms that nobody has been in.
func (d *Driver) moveOn() {
	d.counts["new rooms"]++
	d.Close()
	d.pause()
	d.conns, d.next = nil, nil
	for i := range d.rooms {
		d.rooms[i] = fmt.Sprintf("%d of %s", d.counts["new rooms"], d.rooms[i])
	}
	d.check = newChecker(d.target, d.rooms)
	for _, c := range d.clients {
		c.seats = map[string]*seat{}
		for _, name := range d.rooms {
			c.seats[name] = &seat{client: c, room: name}
		}
	}
}

// Close drops every line that is left, without checking anything.
func (d *Driver) Close() {
	for _, c := range d.conns {
		c.line.Drop()
	}
}

// Steps is how many steps of each kind have been taken.
func (d *Driver) Steps() map[string]int { return d.counts }

// Batch does one thing, or several at once, and checks what comes of it.
func (d *Driver) Batch() error {
	d.begin()
	d.tidy()
	n := 1
	if d.chance(40) && d.check.clear() {
		n = 2 + d.rng.IntN(5)
	}
	var stalled *conn
	if d.chance(3) {
		stalled = d.stall()
	}
	if s := d.next; s != nil && s.dangling && s.conn == nil {
		d.resume(s, d.lineFor(s), Resume{s.member, s.key, s.epoch, s.cursor})
	}
	d.next = nil
	for i := 0; i < n && !d.alone; i++ {
		d.act()
	}
	if stalled != nil {
		d.pour(stalled)
		d.pause()
		stalled.line.(Staller).Stall(false)
	}
	if err := d.finish(); err != nil {
		return err
	}
	return d.wait()
}

// pause lets everything that is under way arrive.
func (d *Driver) pause() {
	_ = d.target.Settle(func() error { return nil })
}

func (d *Driver) begin() {
	d.batches++
	d.cur = &batch{no: d.batches, now: d.target.Now(), clock: d.target.Now}
	d.busy, d.alone = map[int]bool{}, false
}

// finish waits until the batch is explained, and lets the clients learn from it.
func (d *Driver) finish() error {
	conns := slices.Clone(d.conns)
	err := d.barrier()
	if err == nil {
		var unclear error // not to be tried again
		err = d.target.Settle(func() error {
			err := d.check.check(d.cur, conns)
			if errors.Is(err, errAmbiguous) {
				unclear, err = err, nil
			}
			return err
		})
		err = cmp.Or(err, unclear)
	}
	for _, c := range conns {
		if err == nil {
			err = d.learn(c)
		}
	}
	if err == nil {
		err = d.agree()
	}
	if err != nil {
		return fmt.Errorf("batch %d of step %d:\n%s\n%w", d.batches, d.steps, d.story(), err)
	}
	d.conns = slices.DeleteFunc(d.conns, func(c *conn) bool {
		return c.forget()
	})
	return nil
}

// learn gives a line's messages to the seats of its client.
func (d *Driver) learn(c *conn) error {
	for _, m := range c.checked {
		s := c.client.seats[m.str("room")]
		if s == nil {
			continue
		}
		if s.conn != c && m.Type() == "joined" && d.check.rooms[s.room][0].at(c.no) != nil {
			s.empty() // a join that was meant to fail has found nobody, and made a member
			s.conn = c
		}
		if s.conn != c {
			continue
		}
		if err := s.absorb(m); err != nil {
			return err
		}
	}
	return nil
}

// agree brings the seats into line with the room, and compares what their rosters show.
func (d *Driver) agree() error {
	for _, name := range d.rooms {
		for _, c := range d.clients {
			if err := d.agreeSeat(c.seats[name], d.check.rooms[name]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *Driver) agreeSeat(s *seat, states []*room) error {
	if s.conn == nil {
		return nil
	}
	_, _, ended, _ := s.conn.heard()
	if s.conn.left || ended && !d.saidBye(s, states) {
		s.conn, s.dangling = nil, true
		if s.member == "" && s.nonce == "" {
			s.empty()
		}
		return nil
	}
	if states[0].at(s.conn.no) == nil {
		s.empty()
		return nil
	}
	var why error
	for _, r := range states {
		if why = s.sameRoster(r); why == nil {
			return nil
		}
	}
	return why
}

// saidBye reports whether the line has ended because its membership was over before.
func (d *Driver) saidBye(s *seat, states []*room) bool {
	_, ok := states[0].gone[s.conn.no]
	return ok
}

// wait lets time pass, mostly none.
func (d *Driver) wait() error {
	if d.target.Advance == nil {
		return d.outwait()
	}
	var jump time.Duration
	switch p := d.rng.IntN(100); {
	case p < 12:
		jump = time.Duration(d.rng.IntN(3000)) * time.Millisecond
	case p < 18:
		jump = time.Duration(5+d.rng.IntN(20)) * time.Second
	case p < 22:
		jump = d.target.Linger + time.Duration(d.rng.IntN(5000))*time.Millisecond
	case p < 23:
		jump = 3 * d.target.Linger
	default:
		return nil
	}
	d.target.Advance(jump)
	d.counts["advance"]++
	d.begin()
	return d.finish()
}

// outwait waits, where time is real, until every linger has ended, now and then.
func (d *Driver) outwait() error {
	if d.steps < d.nextWait {
		return nil
	}
	d.nextWait = d.steps + 600
	d.counts["outwait"]++
	d.begin()
	d.cur.until = d.cur.now.Add(d.target.Linger + d.target.Slack)
	return d.finish()
}

// dial opens a line for a client, in either codec.
func (d *Driver) dial(c *client) *conn {
	codec := wire.Codec(d.rng.IntN(2))
	line, err := d.target.Dial(codec)
	if err != nil {
		panic(fmt.Sprintf("roomtest: dial: %v", err))
	}
	d.made++
	k := &conn{no: d.made, codec: codec, line: line, client: c}
	d.conns = append(d.conns, k)
	go k.read()
	return k
}

// send makes a request one of the batch's steps.
func (d *Driver) send(c *conn, req *Req) {
	d.ops++
	if !d.barring {
		d.steps++
		d.counts[req.Type]++
	}
	frame := Encode(c.codec, req.Map())
	d.cur.ops = append(d.cur.ops, &op{n: d.ops, batch: d.cur.no, kind: opRequest, conn: c.no,
		req: req, size: len(frame), now: d.cur.now})
	c.line.Send(frame)
}

// endLine drops or closes a line.
func (d *Driver) endLine(c *conn, kind opKind) {
	d.ops++
	d.steps++
	d.counts[map[opKind]string{opDrop: "drop", opClean: "clean close"}[kind]]++
	d.cur.ops = append(d.cur.ops, &op{n: d.ops, batch: d.cur.no, kind: kind, conn: c.no, now: d.cur.now,
		lossy: d.target.Lossy && kind == opDrop})
	c.left = true
	if kind == opDrop {
		c.line.Drop()
	} else {
		c.line.CloseClean()
	}
}

// story prints the batch.
func (d *Driver) story() string {
	var b strings.Builder
	for i, o := range d.cur.ops {
		if few(i, len(d.cur.ops)) {
			fmt.Fprintf(&b, "  did   %v\n", o)
		}
	}
	for _, c := range d.conns {
		msgs, code, ended, _ := c.heard()
		for i, m := range msgs {
			if !few(i, len(msgs)) {
				continue
			}
			fmt.Fprintf(&b, "  heard %v: %v\n", c, show(pat(m)))
		}
		if ended {
			fmt.Fprintf(&b, "  ended %v: %d\n", c, code)
		}
	}
	return b.String()
}

// few leaves out the middle of long lists.
func few(i, n int) bool { return n < 24 || i < 10 || i >= n-10 }

func (d *Driver) chance(percent int) bool { return d.rng.IntN(100) < percent }
