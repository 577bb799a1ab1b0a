package actors

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
)

// half is a format whose clients are told of events alone.
type half struct{}

func (half) Append(dst []byte, m wire.Message) []byte {
	if _, ok := m.(*wire.Event); ok {
		return prefixed{wire.JSON}.Append(dst, m)
	}
	return dst
}

// What is counted as delivered is, to the message, what all clients have heard: whoever it was
// for, alone or in a pass with others, and in whatever format.
func TestDeliveredIsWhatIsHeard(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	r := newRig(t, Options{})
	var clients []*client
	var ids []string
	heard := 0
	hear := func() {
		for _, c := range clients {
			heard += len(c.hear())
		}
	}
	for i := range 6 {
		c := r.connect()
		more := ""
		switch i {
		case 2:
			more = `,"presence":false`
		case 3:
			c = r.connectAs(ConnOptions{Format: half{}})
		}
		clients = append(clients, c)
		c.say(`{"type":"join","id":1,"room":"r"` + more + `}`)
		for _, m := range c.hear() {
			heard++
			if self, ok := m["self"].(object); ok {
				ids = append(ids, self["member"].(string))
			}
		}
	}
	for i := range 500 {
		c := clients[rng.IntN(len(clients))]
		switch rng.IntN(6) {
		case 0:
			c.say(fmt.Sprintf(`{"type":"send","id":%d,"room":"r","event":"e","to":[%q,%q]}`, i+2, ids[rng.IntN(len(ids))], ids[rng.IntN(len(ids))]))
		case 1:
			c.say(fmt.Sprintf(`{"type":"update","id":%d,"room":"r","profile":%d}`, i+2, i))
		case 2:
			c.say(fmt.Sprintf(`{"type":"kick","id":%d,"room":"r","member":"nobody"}`, i+2))
		case 3:
			c.say(`{"type":"ping"}`)
		default:
			c.say(`{"type":"send","room":"r","event":"e","data":"to all"}`)
		}
		if rng.IntN(5) == 0 {
			hear()
		}
	}
	hear()
	clients[0].say(`{"type":"leave","id":1000,"room":"r"}`)
	hear()
	require.Greater(t, heard, 1000)
	require.EqualValues(t, heard, r.sys.Traffic().Delivered)
	for _, c := range clients {
		c.end()
	}
}

func TestComingsAndGoingsAreCounted(t *testing.T) {
	r := newRig(t, Options{})
	a, b, c := r.connect(), r.connect(), r.connect()
	a.join("r", "")
	jb := b.join("r", "")
	member, _ := c.selfOf(c.join("r", ""))
	b.conn.Ended(false)
	r.settle()
	back := r.connect()
	require.Equal(t, true, back.join("r", ","+resumeOf(jb, 3))["recovered"])
	back.conn.Ended(false)
	r.settle()
	back = r.connect()
	require.Equal(t, false, back.join("r", ","+resumeOf(jb, 3000))["recovered"])
	a.say(fmt.Sprintf(`{"type":"kick","room":"r","member":%q}`, member))
	r.settle()
	back.conn.Ended(true)
	r.settle()
	for _, conn := range []*client{a, c} {
		conn.end()
	}
	f := r.sys.Traffic()
	require.EqualValues(t, 3, f.Joined)
	require.EqualValues(t, 2, f.Suspended)
	require.EqualValues(t, 1, f.Recovered)
	require.EqualValues(t, 1, f.Restarted)
	require.EqualValues(t, 1, f.Left[ExitKicked])
	require.EqualValues(t, 2, f.Left[ExitLeave])
	require.NotZero(t, f.Turns)
}

func TestExitsHaveTheProtocolsNames(t *testing.T) {
	require.Equal(t, []string{"leave", "timeout", "kicked", "closed"}, exitNames[:])
}

func TestWaitsAreMeasured(t *testing.T) {
	clock := &handClock{now: time.Unix(1_000_000, 0)}
	r := newRig(t, Options{Clock: clock})
	a, b := r.connect(), r.connect()
	a.join("r", "")
	b.join("r", "")
	a.hear()
	before := r.sys.Traffic()
	for range sampled {
		a.say(`{"type":"send","room":"r","event":"e"}`)
		clock.now = clock.now.Add(3 * time.Millisecond)
		r.settle()
		clock.now = clock.now.Add(40 * time.Microsecond)
		b.conn.Sample()
		b.hear()
	}
	b.conn.Sample() // nothing waits
	after := r.sys.Traffic()
	require.Equal(t, 3*time.Millisecond, after.RoomWait.Sum-before.RoomWait.Sum, "one of them")
	require.EqualValues(t, 1, after.RoomWait.Counts[12], "up to 4.096 ms")
	require.Equal(t, sampled*40*time.Microsecond, after.ConnectionWait.Sum)
	require.EqualValues(t, sampled, after.ConnectionWait.Counts[6], "up to 64 µs")
	a.end()
	b.end()
}

// handClock is a clock without alarms.
type handClock struct{ now time.Time }

func (c *handClock) Now() time.Time                            { return c.now }
func (c *handClock) AfterFunc(d time.Duration, f func()) Alarm { return time.NewTimer(time.Hour) }

func TestDurationsKeepTheirBounds(t *testing.T) {
	var h durations
	for i := range DurationBuckets {
		h.add(DurationBound(i))
		h.add(DurationBound(i) - 1)
	}
	h.add(DurationBound(DurationBuckets-1) + 1)
	h.add(-1)
	h.add(0)
	d := h.load()
	require.EqualValues(t, 4, d.Counts[0])
	for i := 1; i < DurationBuckets; i++ {
		require.EqualValues(t, 2, d.Counts[i], i)
	}
	require.EqualValues(t, 1, d.Counts[DurationBuckets])
}

func TestPeaksAreThoseOfTheLastWindow(t *testing.T) {
	var p peak
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() { p.see(i) })
	}
	all.Wait()
	require.Equal(t, 99, p.look(time.Second))
	p.see(7)
	require.Equal(t, 99, p.look(2*time.Second), "who asks twice is told twice")
	require.Equal(t, 99, p.look(PeakWindow+time.Second))
	p.see(8)
	require.Equal(t, 8, p.look(3*PeakWindow))
	require.Zero(t, p.look(5*PeakWindow))
}

func TestPeaksOfMailboxes(t *testing.T) {
	r := newRig(t, Options{})
	a, b := r.connect(), r.connect()
	a.join("r", "")
	b.join("r", "")
	for range 500 {
		a.say(`{"type":"send","room":"r","event":"e"}`)
	}
	r.settle()
	require.Equal(t, 500, r.sys.Traffic().RoomPeak)
	require.GreaterOrEqual(t, r.sys.Traffic().ConnectionPeak, 1)
	a.end()
	b.end()
}

func TestMeasuringDoesNotAllocate(t *testing.T) {
	var h durations
	var p peak
	require.Zero(t, testing.AllocsPerRun(100, func() { h.add(time.Millisecond); p.see(3) }))
}
