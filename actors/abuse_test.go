package actors

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// What a client could grow, or hold, beyond what is counted against it.

func heapInUse() int {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// requireHeap fails where f leaves more than that many bytes behind.
func requireHeap(t *testing.T, most int, f func()) {
	t.Helper()
	before := heapInUse()
	f()
	require.Less(t, heapInUse()-before, most)
}

func (c *client) end() {
	c.conn.Ended(true)
	c.settle()
}

func TestKeptAnswersHoldNoFrames(t *testing.T) {
	r := newRig(t, Options{})
	a := r.connect()
	id, _ := a.selfOf(a.join("r", ""))
	pad := strings.Repeat("x", 60<<10)
	requireHeap(t, 1<<20, func() {
		for i := range keptAnswers {
			a.say(fmt.Sprintf(`{"type":"send","id":%d,"room":"r","event":"e","data":"%s","to":["%s","x"]}`, i+2, pad, id))
			a.hear()
		}
		for i := range 1100 { // out of the history with them
			a.say(fmt.Sprintf(`{"type":"send","room":"r","event":"e","data":%d}`, i))
			a.hear()
		}
	})
	a.end()
}

func TestPaddingIsNotKept(t *testing.T) {
	r := newRig(t, Options{})
	slow, w := r.connect(), r.connect()
	slow.join("r", `,"presence":false`)
	w.join("r", "")
	slow.hear()
	pad := strings.Repeat("x", 60<<10)
	requireHeap(t, 4<<20, func() {
		for range 2000 {
			w.say(`{"type":"send","room":"r","event":"e","unknown":"` + pad + `"}`)
			r.settle()
		}
	})
	require.Equal(t, 2000, slow.conn.box.len())
	slow.end()
	w.end()
}

func TestSmallPiecesHoldNoLargeBursts(t *testing.T) {
	r := newRig(t, Options{})
	slow, w, x := r.connect(), r.connect(), r.connect()
	ids, _ := slow.selfOf(slow.join("r", `,"presence":false`))
	w.join("r", "")
	idx, _ := x.selfOf(x.join("r", ""))
	slow.hear()
	pad := strings.Repeat("x", 3800)
	requireHeap(t, 6<<20, func() {
		for i := range 2000 {
			w.say(`{"type":"send","room":"r","event":"e","to":"` + ids + `"}`)
			w.say(fmt.Sprintf(`{"type":"send","room":"r","event":"e","to":"%s","data":"%d%s"}`, idx, i, pad))
			w.hear()
			x.hear()
		}
	})
	for _, c := range []*client{slow, w, x} {
		c.end()
	}
}

func TestHistoryCountsReceivers(t *testing.T) {
	r := newRig(t, Options{})
	w := r.connect()
	id, _ := w.selfOf(w.join("r", ""))
	frame := `{"type":"send","room":"r","event":"e","to":["` + id + `"` + strings.Repeat(`,""`, 255) + `]}`
	requireHeap(t, 3<<20, func() {
		for range 1024 {
			w.say(frame)
			w.hear()
		}
	})
	w.end()
}

func TestABlockedConnectionWaitsOnce(t *testing.T) {
	r := newRig(t, Options{})
	a := r.connect()
	a.join("r", "")
	for !a.conn.Blocked() {
		a.say(`{"type":"send","room":"r","event":"e"}`)
	}
	for range 1000 {
		a.conn.Pending(nil)
	}
	require.Len(t, r.sys.room(roomKey{name: "r"}).box.waiting, 1)
	a.hear()
	a.end()
}

// A room that drains between a connection's two looks still wakes it.
func TestNoWakeIsLostWhileBlocked(t *testing.T) {
	r := newRig(t, Options{})
	a := r.connect()
	a.join("r", "")
	for !a.conn.Blocked() {
		a.say(`{"type":"send","room":"r","event":"e"}`)
	}
	a.conn.box.nudge()   // any wake: the owner is asked to call Pending
	a.conn.box.look(nil) // Pending, first step
	a.conn.retry()       // and second: the room is still full
	before := a.ready.Load()
	r.settle() // it drains
	require.Greater(t, a.ready.Load(), before)
	a.hear()
	require.False(t, a.conn.Blocked())
	a.end()
}

func TestManyRoomsResumeAtOnce(t *testing.T) {
	r := newRig(t, Options{})
	w, a := r.connect(), r.connect()
	const rooms, each = 40, 15
	var resumes []string
	for i := range rooms {
		name := fmt.Sprintf("r%d", i)
		w.join(name, "")
		j := a.join(name, "")
		w.hear()
		m, k := a.selfOf(j)
		resumes = append(resumes, fmt.Sprintf(
			`{"type":"join","id":1,"room":"%s","resume":{"member":"%s","key":"%s","epoch":"%s","seq":2}}`, name, m, k, j["epoch"]))
	}
	a.conn.Ended(false)
	r.settle()
	w.hear()
	pad := strings.Repeat("x", 60<<10)
	for i := range rooms {
		for range each {
			w.say(fmt.Sprintf(`{"type":"send","room":"r%d","event":"e","data":"%s"}`, i, pad))
		}
		w.hear()
	}
	b := r.connect()
	for _, s := range resumes {
		b.say(s)
	}
	count := map[string]int{}
	for b.conn.Blocked() || count["joined"] < rooms {
		heard := b.hear()
		require.NotEmpty(t, heard)
		for _, m := range heard {
			count[m["type"].(string)]++
		}
	}
	require.Equal(t, rooms*each, count["event"], "a replay does not count against the slow reader's queue")
	_, closing := b.conn.Closing()
	require.False(t, closing)
	b.end()
	w.end()
}

func TestBadFramesWithinAnyMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Options{})
		a := r.connect()
		bad := func(n int) (closing bool) {
			for range n {
				a.say(`x`)
			}
			_, closing = a.conn.Closing()
			return closing
		}
		require.False(t, bad(1))
		time.Sleep(59 * time.Second)
		require.False(t, bad(31))
		time.Sleep(2 * time.Second)
		require.False(t, bad(1), "the first is more than a minute ago")
		require.True(t, bad(1))
		a.end()
	})
}

func TestQueueBytesHaveABound(t *testing.T) {
	_, err := NewSystem(Options{QueueBytes: 1<<30 + 1})
	require.ErrorContains(t, err, "QueueBytes")
}
