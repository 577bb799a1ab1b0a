package actors

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// now runs what should go beside the rooms at once, on the test's goroutine.
func now(f func()) { f() }

// keptByAll is what the system's rooms keep in fact.
func (r *rig) keptByAll() (n int) {
	for _, room := range r.sys.rooms {
		n += room.keeps()
	}
	return n
}

// comeBack joins, with a resume, and returns the answer and what follows it.
func (c *client) comeBack(room, member, key, epoch string, seq uint64) (joined object, missed []object) {
	c.t.Helper()
	c.say(fmt.Sprintf(`{"type":"join","id":1,"room":%q,"resume":{"member":%q,"key":%q,"epoch":%q,"seq":%d}}`, room, member, key, epoch, seq))
	heard := c.hear()
	require.NotEmpty(c.t, heard)
	return heard[0], heard[1:]
}

// One connection that fills the histories of as many rooms as it may be in takes no more memory
// than there is for all; a small room keeps what it has, and one of the attacker's says that it
// does not.
func TestHistoriesOfAllRoomsHaveABound(t *testing.T) {
	const budget = 8 << 20
	r := newRig(t, Options{HistoryBytes: budget, Go: now})
	a, b := r.connect(), r.connect()
	joined := a.join("small", "")
	id, key := a.selfOf(joined)
	b.join("small", "")
	a.hear()
	a.conn.Ended(false)
	for i := range 20 {
		b.say(fmt.Sprintf(`{"type":"send","room":"small","event":"e","data":%d}`, i))
	}
	r.settle()

	attacker := r.connect()
	var member, secret, epoch string
	pad := strings.Repeat("x", 60<<10)
	requireHeap(t, budget+(3<<20), func() { // less than a tenth of what the rooms could keep
		for round := range 4 {
			for i := range MaxRooms {
				room := fmt.Sprint("room-", i)
				if round == 0 {
					j := attacker.join(room, "")
					if i == 0 {
						member, secret = attacker.selfOf(j)
						epoch = j["epoch"].(string)
					}
				}
				attacker.say(fmt.Sprintf(`{"type":"send","room":%q,"event":"e","data":"%s"}`, room, pad))
				attacker.hear()
				require.LessOrEqual(t, r.keptByAll(), budget)
			}
		}
	})
	st := r.sys.Stats()
	require.Positive(t, st.HistoryShed)
	require.InDelta(t, r.keptByAll(), st.HistoryBytes, float64(r.keptByAll()/8+MaxRooms*retentionSlack))

	back := r.connect()
	j, missed := back.comeBack("small", id, key, joined["epoch"].(string), 2)
	require.Equal(t, true, j["recovered"])
	require.Len(t, missed, 20)
	other := r.connect()
	j, missed = other.comeBack("room-0", member, secret, epoch, 1)
	require.Equal(t, false, j["recovered"], "never a silent gap")
	require.Empty(t, missed)

	for _, c := range []*client{attacker, other, back, b} {
		c.conn.Ended(true)
	}
	r.settle()
	require.Zero(t, r.sys.Stats().Rooms)
	require.Zero(t, r.sys.Stats().HistoryBytes)
	require.EqualValues(t, unleveled, r.sys.retention.level.Load(), "there is room again")
	r.sys.retention.each(func(*Room) { t.Error("a room that has ended is still listed") })
}

// The level reaches a room that nothing is said in, too.
func TestQuietRoomsLetGoToo(t *testing.T) {
	r := newRig(t, Options{HistoryBytes: 1 << 20, Go: now})
	fill := func(room string) *client {
		c := r.connect()
		c.join(room, "")
		for range 12 {
			c.say(`{"type":"send","room":"` + room + `","event":"e","data":"` + strings.Repeat("x", 60<<10) + `"}`)
		}
		r.settle()
		return c
	}
	quiet := fill("quiet")
	before := r.sys.room(roomKey{name: "quiet"}).keeps()
	require.Greater(t, before, 12*60<<10)
	loud := fill("loud")
	require.Less(t, r.sys.room(roomKey{name: "quiet"}).keeps(), before)
	require.LessOrEqual(t, r.keptByAll(), 1<<20)
	quiet.end()
	loud.end()
}

// A room that fails, and one that is closed, give back what they have entered.
func TestFailedRoomsKeepNothing(t *testing.T) {
	r := newRig(t, Options{Go: now})
	c := r.connect()
	for _, room := range []string{"failing", "closed"} {
		c.join(room, "")
		for range 3 {
			c.say(`{"type":"send","room":"` + room + `","event":"e","data":"` + strings.Repeat("x", 60<<10) + `"}`)
		}
	}
	r.settle()
	require.Greater(t, r.sys.Stats().HistoryBytes, 6*60<<10)
	require.NoError(t, r.sys.Do("failing", func(*Room) { panic("on purpose") }))
	require.NoError(t, r.sys.Do("closed", func(room *Room) { room.Close("") }))
	r.settle()
	require.Zero(t, r.sys.Stats().HistoryBytes)
	c.end()
}

func TestTheLevelIsTheSameForAll(t *testing.T) {
	for _, c := range []struct {
		sizes  []int64
		budget int64
		level  int64
	}{
		{nil, 10, unleveled},
		{[]int64{1, 2, 3}, 6, unleveled},
		{[]int64{3, 1, 2}, 5, 2},
		{[]int64{100, 1, 100, 1}, 22, 10},
		{[]int64{5, 5, 5, 5}, 8, 2},
		{[]int64{1000}, 10, 10},
	} {
		sizes := append([]int64(nil), c.sizes...)
		level := levelOf(sizes, c.budget)
		require.Equal(t, c.level, level, "%v", c.sizes)
		var sum int64
		for _, s := range c.sizes {
			sum += min(s, level)
		}
		require.LessOrEqual(t, sum, c.budget)
	}
}

// What a room says that it holds is what it holds, also of the smallest messages, of which the
// bookkeeping is the larger part. What other tests have left may go from the heap meanwhile:
// of several rooms one must be seen to tell the truth.
func TestAHistoryKnowsItsSize(t *testing.T) {
	r := newRig(t, Options{})
	c := r.connect()
	off := 0
	for _, name := range []string{"r1", "r2", "r3", "r4", "r5"} {
		c.join(name, "")
		room := r.sys.room(roomKey{name: name})
		talk := func(messages int) {
			for range messages {
				c.say(`{"type":"send","room":"` + name + `","event":"e","data":1}`)
				r.settle()
			}
		}
		talk(50) // the pools are warm
		size, heap := room.keeps(), heapInUse()
		talk(3000)
		require.Greater(t, room.keeps(), historyMessages*recordBytes)
		if off = heapInUse() - heap - (room.keeps() - size); max(off, -off) < 40<<10 {
			break
		}
	}
	require.Less(t, max(off, -off), 40<<10, "bytes")
	c.end()
}

// A room at the level does not copy its records for each message.
func TestTrimmingIsNotForEachMessage(t *testing.T) {
	r := newRig(t, Options{HistoryBytes: 76 << 10, Go: now})
	c := r.connect()
	c.join("r", "")
	room := r.sys.room(roomKey{name: "r"})
	const level = 64 << 10
	r.sys.retention.level.Store(level)
	trims, last := 0, 0
	for range 5000 {
		c.say(`{"type":"send","room":"r","event":"e","data":1}`)
		r.settle()
		require.LessOrEqual(t, room.keeps(), level)
		n := len(room.history.records) - room.history.head
		if n < last {
			trims++
		}
		last = n
	}
	require.Positive(t, trims)
	require.Less(t, trims, 5000/20)
	c.end()
}

// The names of members who were not there are bounded; a request whose answer was forgotten for
// that is not carried out a second time.
func TestNamesInAnswersHaveABound(t *testing.T) {
	r := newRig(t, Options{})
	c := r.connect()
	id, key := c.selfOf(c.join("r", ""))
	room := r.sys.room(roomKey{name: "r"})
	request := func(i int) string {
		names := `"` + id + `"`
		for k := range 255 {
			names += fmt.Sprintf(`,"%060d"`, 1000*i+k)
		}
		return fmt.Sprintf(`{"type":"send","id":%d,"room":"r","event":"e","to":[%s]}`, i, names)
	}
	requireHeap(t, 2<<20, func() { // the history has the names, too
		for i := 2; i < 2+keptAnswers; i++ {
			c.say(request(i))
			c.hear()
			require.LessOrEqual(t, room.named, keptNames)
		}
	})
	require.Positive(t, room.named)
	seq := room.seq
	for _, i := range []int{2, 40} {
		c.say(request(i))
		e := c.hearOne()
		require.Equal(t, "bad_request", e["code"])
		require.EqualValues(t, i, e["id"])
	}
	c.say(request(1 + keptAnswers))
	again := c.hearOne()
	require.Equal(t, "ok", again["type"])
	require.Len(t, again["missing"], 255)
	require.Equal(t, seq, room.seq, "nothing was carried out")

	room.shed(0) // and under pressure
	require.Zero(t, room.keeps())
	c.say(request(1 + keptAnswers))
	require.Equal(t, "bad_request", c.hearOne()["code"])
	back := r.connect()
	j, _ := back.comeBack("r", id, key, room.epoch, seq)
	require.EqualValues(t, 1+keptAnswers, j["lastId"], "a reloaded page counts on from it")
	back.say(request(2 + keptAnswers))
	heard := back.hear()
	require.Equal(t, "ok", heard[len(heard)-1]["type"])
	c.end()
	back.end()
	require.Zero(t, r.sys.Stats().HistoryBytes)
}
