package gateway_test

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/roomtest"
	"github.com/parley-signaling/parley/gateway"
	"github.com/parley-signaling/parley/gateway/gatewaytest"
)

func heapInUse() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// TestNeverReads: a member that never reads again costs the others neither time nor memory,
// is given up (which the others hear at once, though its socket takes its time), and comes back with what it missed or a fresh roster.
func TestNeverReads(t *testing.T) {
	both(t, func(t *testing.T, portable bool) {
		tg := targetOf(t, gateway.Options{Portable: portable, CloseTimeout: time.Hour}, 1,
			actors.Options{Linger: 30 * time.Second, RoomCapacity: 10})
		w := &roomtest.World{TB: t, Target: tg}
		a, b, c := w.Peer(), w.Peer(), w.Peer()
		a.Join("r")
		jb := b.Join("r")
		a.Expect("member")
		c.Join("r")
		a.Expect("member")
		b.Expect("member")

		big := strings.Repeat("x", 32<<10)
		id := 0
		var suspended, last int64
		relay := func(n int) time.Duration {
			begin := time.Now()
			for range n {
				id++
				a.Do("send", "room", "r", "event", "e", "data", big, "id", id)
				for _, p := range []*roomtest.Peer{a, c} {
					m := p.Next()
					if m.Type() == "member" {
						require.Equal(t, "suspended", m["change"])
						suspended = m.Seq()
						m = p.Next()
					}
					last = m.Seq()
				}
			}
			return time.Since(begin)
		}
		const n = 200 // of 32 KiB: 6.5 MB, of which the kernel holds 4
		before := relay(n)
		for range n { // b keeps up
			b.Expect("event")
		}
		heapBefore := heapInUse()
		b.Line().(*gatewaytest.Line).Stall(true)
		during := relay(n)
		require.Less(t, during, 4*before+time.Second, "the others are slowed: %s before, %s with one that does not read", before, during)
		grown := heapInUse() - heapBefore
		require.Less(t, grown, 8<<20, "%d bytes of %d are kept", grown, n*len(big))
		if suspended == 0 {
			suspended = a.Expect("member", "change", "suspended", "member", jb.Member()).Seq()
			c.Expect("member", "change", "suspended")
		}
		t.Logf("%d messages of 32 KiB: %s, with one that does not read %s; heap grown by %d KiB", n, before, during, grown>>10)

		back := w.Peer()
		j := back.Join("r", "resume", jb.Resume(jb.Seq()+1+n))
		require.Equal(t, jb.Member(), j.Member())
		require.Equal(t, false, j["recovered"], "6.5 MB were missed, 1 MiB is kept")
		a.Expect("member", "change", "resumed")
		a.Do("send", "room", "r", "event", "live")
		require.Greater(t, back.Expect("event", "event", "live").Seq(), last)
	})
}

// TestBurst: a reader is not taken for slow because much comes at once, if it fits its queue.
func TestBurst(t *testing.T) {
	both(t, func(t *testing.T, portable bool) {
		tg := target(t, portable, 1, actors.Options{Linger: 30 * time.Second, RoomCapacity: 10})
		w := &roomtest.World{TB: t, Target: tg}
		a := w.Peer()
		a.Join("r")
		var readers []*roomtest.Peer
		for range 4 {
			p := w.Peer()
			p.Join("r", "presence", false)
			readers = append(readers, p)
		}
		const n = 15 // of 60 KiB: less than the 1 MiB that a queue holds
		big := strings.Repeat("x", 60<<10)
		for i := range n {
			a.Do("send", "room", "r", "event", "e", "data", big, "id", i+1)
		}
		for i := range n {
			a.Expect("ok", "id", i+1)
			for _, p := range readers {
				p.Expect("event")
			}
		}
	})
}
