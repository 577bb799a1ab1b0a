package actors

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
)

// crowd puts n hidden members into each of some rooms; every output is thrown away.
func crowd(tb testing.TB, rooms, n int, more string) (*rig, []*client) {
	r := newRig(tb, Options{})
	var all []*client
	for i := range rooms {
		for range n {
			c := r.connect()
			c.say(fmt.Sprintf(`{"type":"join","room":"room-%d"%s}`, i, more))
			all = append(all, c)
			r.settle()
		}
	}
	for _, c := range all {
		c.discard()
	}
	tb.Cleanup(func() {
		for _, c := range all {
			c.conn.Ended(true)
		}
		r.settle()
	})
	return r, all
}

var discarded = make([][]byte, 0, 64)

// discard writes what is pending to nobody, and returns how many bytes it was.
func (c *client) discard() (n int) {
	for {
		iov := c.conn.Pending(discarded)
		if len(iov) == 0 {
			return n
		}
		k := 0
		for _, b := range iov {
			k += len(b)
		}
		c.conn.Wrote(k)
		n += k
	}
}

// relay sends one message, as a gateway does it, and moves it to those who hear it.
func (c *client) relay(frame []byte, to []*client) (n int) {
	q := NewRequest()
	owned := append(make([]byte, 0, len(frame)), frame...)
	if err := wire.Decode(wire.JSON, owned, q); err != nil {
		panic(err)
	}
	c.conn.Do(q)
	c.settle()
	for _, d := range to {
		n += d.discard()
	}
	return n
}

func broadcastFrame(room string, size int) []byte {
	head := `{"type":"send","room":"` + room + `","event":"e","data":"`
	return []byte(head + strings.Repeat("x", size-len(head)-2) + `"}`)
}

// A broadcast among 1,000 costs no allocation per recipient: what it costs is the same as in
// a room of two.
func TestBroadcastAllocatesNothingPerRecipient(t *testing.T) {
	if raced {
		t.Skip("allocations are not counted under the race detector: it makes pools forget")
	}
	_, few := crowd(t, 1, 2, `,"presence":false`)
	_, many := crowd(t, 1, 1000, `,"presence":false`)
	frame := broadcastFrame("room-0", 256)
	allocs := func(all []*client) float64 {
		all[0].relay(frame, all)
		return testing.AllocsPerRun(100, func() {
			require.Positive(t, all[0].relay(frame, all))
		})
	}
	two, thousand := allocs(few), allocs(many)
	t.Logf("allocations: %.1f in a room of two, %.1f among 1,000", two, thousand)
	require.LessOrEqual(t, two, 6.0) // one of them is the check's own
	require.LessOrEqual(t, thousand, two+2)
}

func BenchmarkRelayInRoomOfTwo(b *testing.B) {
	_, all := crowd(b, 1, 2, "")
	frame := broadcastFrame("room-0", 256)
	b.ReportAllocs()
	for b.Loop() {
		all[0].relay(frame, all)
	}
}

func BenchmarkBroadcast(b *testing.B) {
	for _, n := range []int{10, 1000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			_, all := crowd(b, 1, n, `,"presence":false`)
			frame := broadcastFrame("room-0", 256)
			b.ReportAllocs()
			for b.Loop() {
				all[0].relay(frame, all)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*(n-1)), "ns/recipient")
		})
	}
}

func BenchmarkMailbox(b *testing.B) {
	var m mailbox[delivery]
	m.init(deaf{}, nil, 1024, 1<<20)
	var got delivery
	d := delivery{burst: &burst{}, end: 256}
	b.ReportAllocs()
	for b.Loop() {
		m.push(d)
		m.take(&got)
		m.rest(false, true)
	}
}

type deaf struct{ host }

func (deaf) wake() {}

// BenchmarkIdleMembers reports the heap of a connection that has joined, without its socket.
func BenchmarkIdleMembers(b *testing.B) {
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		_, all := crowd(b, 1500, 10, "")
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(len(all)), "B/member")
		runtime.KeepAlive(all)
	}
}
