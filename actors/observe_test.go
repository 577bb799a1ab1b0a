package actors

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// diary writes down what an observer is told.
type diary struct {
	mu    sync.Mutex
	lines []string
	last  Notice
}

func (d *diary) Observe(n Notice) {
	d.mu.Lock()
	defer d.mu.Unlock()
	kinds := [...]string{"started", "ended", "joined", "suspended", "resumed", "left"}
	line := fmt.Sprintf("%s %s %d of %d", n.Name, kinds[n.Kind], n.Member.Since, n.Members)
	if n.Reason != "" {
		line += " " + n.Reason
	}
	d.lines = append(d.lines, line)
	d.last = n
}

// read takes what was written since it was last read.
func (d *diary) read() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	lines := d.lines
	d.lines = nil
	return lines
}

func TestTheObserverIsTold(t *testing.T) {
	d := new(diary)
	r := newRig(t, Options{Observer: d, Linger: time.Minute})
	a, b := r.connect(), r.connect()
	joined := a.join("r", `,"profile":"A"`)
	require.Equal(t, []string{"r started 0 of 1", "r joined 1 of 1"}, d.read())
	require.Equal(t, joined["epoch"], d.last.Epoch)
	require.EqualValues(t, 1, d.last.Seq)
	require.Equal(t, `"A"`, string(d.last.Member.Profile.Bytes))
	require.Equal(t, a.conn.PID().ID, d.last.Member.Connection)

	bs := b.join("r", "")
	member, key := b.selfOf(bs)
	b.conn.Ended(false)
	r.settle()
	require.Equal(t, []string{"r joined 2 of 2", "r suspended 2 of 2"}, d.read())
	b = r.connect()
	b.join("r", fmt.Sprintf(`,"resume":{"member":%q,"key":%q,"epoch":%q,"seq":2}`, member, key, bs["epoch"]))
	require.Equal(t, []string{"r resumed 2 of 2"}, d.read())
	b.say(`{"type":"leave","room":"r"}`)
	r.settle()
	require.Equal(t, []string{"r left 2 of 1 leave"}, d.read())
	b.join("r", "")
	require.NoError(t, r.sys.Do("r", func(room *Room) { _ = room.Kick(room.Members()[1].ID, "") }))
	r.settle()
	require.Equal(t, []string{"r joined 3 of 2", "r left 3 of 1 kicked"}, d.read())
	a.conn.Ended(true)
	r.settle()
	require.Equal(t, []string{"r left 1 of 0 leave", "r ended 0 of 0"}, d.read())
	require.Equal(t, joined["epoch"], d.last.Epoch)
}

func TestTheObserverIsToldHowRoomsEnd(t *testing.T) {
	for reason, end := range map[string]func(*Room){
		"closed": func(room *Room) { room.Close("") },
		"error":  func(*Room) { panic("a bug") },
	} {
		d := new(diary)
		r := newRig(t, Options{Observer: d})
		a, b := r.connect(), r.connect()
		a.join("r", "")
		b.join("r", "")
		d.read()
		require.NoError(t, r.sys.Do("r", end))
		r.settle()
		lines := d.read()
		require.Len(t, lines, 3)
		require.Contains(t, lines[0], reason)
		require.Equal(t, "r ended 0 of 0", lines[2])
	}
}

func TestNobodyIsToldOfARoomThatNobodyGotInto(t *testing.T) {
	d := new(diary)
	r := newRig(t, Options{Observer: d, RoomCapacity: 1})
	keep(t, r.sys, "", "kept")
	r.settle()
	require.Empty(t, d.read())
	a, b := r.connect(), r.connect()
	a.join("kept", "")
	b.join("kept", "") // full
	require.Equal(t, []string{"kept started 0 of 1", "kept joined 1 of 1"}, d.read())
	a.say(`{"type":"leave","room":"kept"}`)
	r.settle()
	require.Equal(t, []string{"kept left 1 of 0 leave"}, d.read(), "it lives on")
	b.join("kept", "")
	require.Equal(t, []string{"kept joined 2 of 1"}, d.read())
}

// The last one leaves and another one comes before the room has ended: a new epoch, told in order.
func TestARoomThatBeginsAnewInTheSameTurn(t *testing.T) {
	d := new(diary)
	r := newRig(t, Options{Observer: d})
	a, b := r.connect(), r.connect()
	first := a.join("r", "")
	d.read()
	a.say(`{"type":"leave","room":"r"}`)
	b.say(`{"type":"join","room":"r"}`)
	r.settle()
	require.Equal(t, []string{"r left 1 of 0 leave", "r ended 0 of 0", "r started 0 of 1", "r joined 1 of 1"}, d.read())
	require.NotEqual(t, first["epoch"], d.last.Epoch)
}

// A room's end is told before the start of the next one of its name, whoever runs them.
func TestEndsAndStartsOfANameAreInOrder(t *testing.T) {
	d := new(diary)
	sys, err := NewSystem(Options{Observer: d})
	require.NoError(t, err)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			r := &rig{t: t, sys: sys}
			for range 300 {
				c := r.connect()
				c.say(`{"type":"join","room":"r"}`)
				c.conn.Ended(true)
			}
		})
	}
	all.Wait()
	require.NoError(t, sys.Close(t.Context()))
	lives := false
	for _, line := range d.read() {
		var name, what string
		_, err := fmt.Sscan(line, &name, &what)
		require.NoError(t, err)
		switch what {
		case "started":
			require.False(t, lives)
			lives = true
		case "ended":
			require.True(t, lives)
			lives = false
		default:
			require.True(t, lives)
		}
	}
	require.False(t, lives)
}

// silent takes notices, and does nothing with them.
type silent struct{}

func (silent) Observe(Notice) {}

// BenchmarkObserved is a join and a leave in a room of two, and an event, with nobody who
// is told, and with somebody.
func BenchmarkObserved(b *testing.B) {
	for name, o := range map[string]Observer{"nobody": nil, "somebody": silent{}} {
		r := newRig(b, Options{Observer: o})
		a, c := r.connect(), r.connect()
		a.join("r", "")
		iov := make([][]byte, 0, 64)
		drain := func(c *client) {
			r.settle()
			for out := c.conn.Pending(iov); len(out) > 0; out = c.conn.Pending(iov) {
				n := 0
				for _, b := range out {
					n += len(b)
				}
				c.conn.Wrote(n)
			}
		}
		b.Run("join and leave/"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.say(`{"type":"join","room":"r"}`)
				drain(c)
				c.say(`{"type":"leave","room":"r"}`)
				drain(c)
				drain(a)
			}
		})
		c.say(`{"type":"join","room":"r"}`)
		drain(c)
		b.Run("event/"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.say(`{"type":"send","room":"r","event":"e"}`)
				drain(c)
				drain(a)
			}
		})
	}
}
