package actors

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
)

// member joins a room of its own.
func (r *rig) member(room string) *client {
	c := r.connect()
	c.join(room, "")
	return c
}

func (c *client) send(id int) {
	c.say(fmt.Sprintf(`{"type":"send","id":%d,"room":"r","event":"e"}`, id))
}

// codes are the codes of the errors in what was heard, and the number of the rest.
func codes(heard []object) (codes []string, rest int) {
	for _, o := range heard {
		if o["type"] == "error" {
			codes = append(codes, o["code"].(string))
		} else {
			rest++
		}
	}
	return codes, rest
}

func TestMessagesAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Options{MessageRate: 100})
		a := r.member("r")
		for i := range 510 { // with the join, 511
			a.send(i + 2)
		}
		refused, ok := codes(a.hear())
		require.InDelta(t, 500, ok, tallyOf, "what is due in five seconds")
		require.Len(t, refused, 510-ok)
		require.Equal(t, len(refused), r.refused(wire.RateLimited))

		a.send(1000)
		e := a.hearOne()
		require.Equal(t, object{"type": "error", "id": 1000.0, "room": "r", "code": "rate_limited",
			"message": "more than 100 messages a second", "retryAfter": 1000.0}, e)
		time.Sleep(time.Second)
		a.send(1000) // it was not kept as the answer
		require.Equal(t, "ok", a.hearOne()["type"])
		for i := range 99 {
			a.send(1001 + i)
		}
		refused, ok = codes(a.hear())
		require.Empty(t, refused)
		require.Equal(t, 99, ok)
		a.end()
	})
}

// TestWhoSendsAtItsRateIsLeftAlone, for ever, and has no bucket in the end.
func TestWhoSendsAtItsRateIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Options{MessageRate: 100})
		a := r.member("r")
		id := 1
		for range 100 { // at once, of a hundred messages each
			for range 100 {
				id++
				a.send(id)
			}
			refused, ok := codes(a.hear())
			require.Empty(t, refused)
			require.Equal(t, 100, ok)
			time.Sleep(time.Second)
		}
		for range 2 * tallyOf {
			time.Sleep(time.Second)
			id++
			a.send(id)
			a.hear()
		}
		require.Nil(t, a.conn.trouble.flood)
		a.end()
	})
}

func TestSlowRates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Options{MessageRate: 1})
		a := r.member("r")
		for i := range 10 {
			a.send(i + 2)
		}
		refused, ok := codes(a.hear())
		require.InDelta(t, 5, ok, 1)
		require.Len(t, refused, 10-ok)
		a.end()
	})
}

// TestAFloodIsClosed: as many again as may come at once, and it is over. Rubbish counts too.
func TestAFloodIsClosed(t *testing.T) {
	for name, say := range map[string]string{
		"messages": `{"type":"send","room":"r","event":"e"}`,
		"pings":    `{"type":"ping"}`,
		"refused":  `{"type":"send","room":"r"}`,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, Options{MessageRate: 20})
				a := r.member("r")
				n := 0
				for ; ; n++ {
					require.Less(t, n, 300)
					a.say(say)
					a.hear()
					if _, closing := a.conn.Closing(); closing {
						break
					}
				}
				require.GreaterOrEqual(t, n, 199)
				cl, _ := a.conn.Closing()
				require.Equal(t, Close{Code: ClosePolicy, Reason: "too many messages"}, cl)
				require.Equal(t, [Cuts]uint64{CutFlood: 1}, r.sys.Stats().Cut)
				a.end()
			})
		})
	}
}

func TestABucketIsMadeOnlyForFloods(t *testing.T) {
	r := newRig(t, Options{MessageRate: 1000})
	a := r.connect()
	require.True(t, a.conn.Allow())
	require.Nil(t, a.conn.trouble)
	require.Zero(t, testing.AllocsPerRun(10, func() { a.conn.Allow() }))
	a.end()
}

// opener is a client that may open so many rooms.
type opener struct {
	client
	may int
}

func (o *opener) MayOpenRoom() bool { o.may--; return o.may >= 0 }

func TestTransportsHaveASayInNewRooms(t *testing.T) {
	r := newRig(t, Options{})
	o := &opener{client{rig: r}, 2}
	o.conn = r.sys.Connect(ConnOptions{Format: prefixed{wire.JSON}, Transport: o})
	other := r.member("there")
	o.join("there", "")
	require.Equal(t, 2, o.may, "a room that is there is not opened")
	other.hear()
	o.join("a", "")
	o.join("b", "")
	e := o.join("c", "")
	require.Equal(t, "rate_limited", e["code"])
	require.Equal(t, 1000.0, e["retryAfter"])
	require.Equal(t, 3, r.sys.Stats().Rooms)
	require.ErrorIs(t, r.sys.VisitFor(o, "", "d", nil), ErrTooManyRooms)
	require.NoError(t, r.sys.VisitFor(o, "", "a", func(*Room) {}))
	o.may = 1
	require.Equal(t, "joined", o.join("c", "")["type"])
	o.end()
	other.end()
}

// TestABoundConnectionWithoutARoomEnds: its client knows no second try.
func TestABoundConnectionWithoutARoomEnds(t *testing.T) {
	r := newRig(t, Options{})
	o := &opener{client: client{rig: r}}
	o.conn = r.sys.Connect(ConnOptions{Format: prefixed{wire.JSON}, Transport: o, Bound: true})
	o.say(`{"type":"join","room":"a"}`)
	_, closing := o.conn.Closing()
	require.True(t, closing)
	o.hear()
	o.end()
}

func TestProfilesOfARoomHaveABound(t *testing.T) {
	r := newRig(t, Options{RosterBytes: 1000})
	profile := func(n int) string { return `,"profile":"` + strings.Repeat("x", n-2) + `"` }
	a, b, c := r.connect(), r.connect(), r.connect()
	require.Equal(t, "joined", a.join("r", profile(400))["type"])
	require.Equal(t, "joined", b.join("r", profile(600))["type"])
	e := c.join("r", profile(2))
	require.Equal(t, "too_large", e["code"])
	require.Equal(t, "profile: those of the room have 1000 bytes, at most 1000", e["message"])
	require.Equal(t, "joined", c.join("r", "")["type"], "none at all has its place")
	a.hear()
	a.say(`{"type":"update","id":5,"room":"r"` + profile(401) + `}`)
	require.Equal(t, "too_large", a.hearOne()["code"])
	a.say(`{"type":"update","id":6,"room":"r"` + profile(300) + `}`)
	require.Equal(t, "ok", a.hearOne()["type"])
	c.hear()
	c.say(`{"type":"update","id":7,"room":"r"` + profile(100) + `}`)
	require.Equal(t, "ok", c.hearOne()["type"])
	b.end()
	a.hear()
	a.say(`{"type":"update","id":8,"room":"r"` + profile(900) + `}`)
	require.Equal(t, "ok", a.hearOne()["type"], "what has left takes no place")
	a.end()
	c.end()
}

// BenchmarkAllow: what it costs a message that there is a rate, and what it costs one that is
// near it.
func BenchmarkAllow(b *testing.B) {
	for _, near := range []bool{false, true} {
		b.Run(map[bool]string{false: "far below the rate", true: "near it"}[near], func(b *testing.B) {
			r := newRig(b, Options{MessageRate: 1 << 30})
			a := r.connect()
			b.ReportAllocs()
			for b.Loop() {
				if !near {
					a.conn.tallied = 1 << 31 // a long time ago
				}
				a.conn.Allow()
			}
			a.conn.Ended(true)
		})
	}
}

func TestNoNewRoomsWhereMemoryIsShort(t *testing.T) {
	short := false
	r := newRig(t, Options{Overloaded: func() bool { return short }})
	a, b := r.member("there"), r.connect()
	short = true
	require.Equal(t, "joined", b.join("there", "")["type"], "who is there goes on")
	e := b.join("new", "")
	require.Equal(t, "overloaded", e["code"])
	require.Equal(t, 10_000.0, e["retryAfter"])
	require.Equal(t, 1, r.refused(wire.Overloaded))
	require.NoError(t, r.sys.Visit("", "the program's own", func(*Room) {}))
	short = false
	require.Equal(t, "joined", b.join("new", "")["type"])
	a.end()
	b.end()
}
