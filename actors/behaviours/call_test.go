package behaviours

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// ringing has a call b, and expects both to be told.
func ringing(t *testing.T, a, b *person) {
	t.Helper()
	a.send("call", nil, b.id)
	require.Equal(t, b.id, a.heard("calling")["peer"])
	require.Equal(t, a.id, b.heard("ring")["peer"])
}

func TestCall(t *testing.T) {
	inHouse(t, Call(CallOptions{}), func(h *house) {
		a, b, c := h.enter(), h.enter(), h.enter()

		ringing(t, a, b)
		b.send("accept", nil)
		room := a.heard("accepted")["room"]
		require.Equal(t, map[string]string{"peer": a.id, "room": room}, b.heard("accepted"))
		require.Regexp(t, `^call-[A-Z2-7]{26}$`, room)

		for _, busy := range []*person{a, b} { // who is in a call is busy
			c.send("call", nil, busy.id)
			require.Equal(t, ended(busy.id, "busy"), c.hear())
			require.Empty(t, busy.hear())
		}
		h.pass(time.Hour) // a call that was accepted lasts
		b.send("decline", nil)
		b.send("accept", nil)
		require.Empty(t, a.hear())
		b.send("hangup", nil)
		require.Equal(t, ended(b.id, "hangup"), a.hear())
		require.Equal(t, ended(a.id, "hangup"), b.hear())

		ringing(t, c, a) // and then is not any more
		a.send("decline", nil)
		require.Equal(t, ended(a.id, "declined"), c.hear())
		require.Equal(t, ended(c.id, "declined"), a.hear())
		h.goes(true, a, b, c)
	})
}

func TestCallIsNotAnswered(t *testing.T) {
	inHouse(t, Call(CallOptions{}), func(h *house) {
		a, b := h.enter(), h.enter()
		ringing(t, a, b)
		h.pass(30*time.Second - 1)
		require.Empty(t, a.hear())
		h.pass(time.Nanosecond)
		require.Equal(t, ended(b.id, "no_answer"), a.hear())
		require.Equal(t, ended(a.id, "no_answer"), b.hear())
		b.send("accept", nil) // too late
		require.Empty(t, a.hear())
		require.Empty(t, b.hear())
		h.goes(true, a, b)
	})
}

func TestCallIsTakenBack(t *testing.T) {
	inHouse(t, Call(CallOptions{Ring: -1}), func(h *house) {
		a, b := h.enter(), h.enter()
		ringing(t, a, b)
		h.pass(24 * time.Hour)
		a.send("accept", nil) // one cannot accept one's own
		b.send("hangup", nil) // nor hang up what one has not taken
		require.Empty(t, a.hear())
		require.Empty(t, b.hear())
		a.send("hangup", nil)
		require.Equal(t, ended(a.id, "hangup"), b.hear())
		a.hear()

		ringing(t, a, b) // whoever leaves has ended its call
		h.goes(true, b)
		require.Equal(t, ended(b.id, "left"), a.hear())
		a.send("call", nil, b.id)
		require.Equal(t, ended(b.id, "left"), a.hear())
		a.send("call", nil, a.id)
		require.Equal(t, ended(a.id, "busy"), a.hear())
		h.goes(true, a)
	})
}

func TestCallFromALostLine(t *testing.T) {
	inHouse(t, Call(CallOptions{}), func(h *house) {
		a, b := h.enter(), h.enter()
		ringing(t, a, b)
		h.goes(false, a)
		require.Empty(t, b.hear(), "it may come back")
		b.send("accept", nil)
		b.heard("accepted")
		h.pass(30 * time.Second)
		require.Equal(t, ended(a.id, "left"), b.hear())
		h.goes(true, b)
	})
}

func TestCallPassesTheRest(t *testing.T) {
	inHouse(t, Call(CallOptions{}), func(h *house) {
		a, b := h.enter(), h.enter()
		a.send("chat", "hello")
		require.Equal(t, []string{`chat! "hello"`}, b.hear())
		for _, to := range [][]string{nil, {a.id, b.id}} {
			b.send("call", nil, to...)
			require.Equal(t, []string{"error bad_request"}, b.hear())
		}
		for range 100 { // signals of a call that nobody has begun
			b.send("hangup", nil)
		}
		ringing(t, a, b)
		for range 100 {
			b.send("hangup", nil)
		}
		b.send("accept", nil)
		a.heard("accepted")
		h.goes(true, a, b)
	})
}
