package actors

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// stalled joins a room where a looks on, and is cut because it does not read. What it has to write
// is left in its queue, so its socket would not end for a while.
func stalled(t *testing.T, o Options) (r *rig, a, slow *client, self, key string) {
	r = newRig(t, o)
	a, slow = r.connect(), r.connect()
	a.join("r", "")
	self, key = slow.selfOf(slow.join("r", ""))
	a.hear()
	data := strings.Repeat("x", 60<<10)
	for range 20 {
		a.say(`{"type":"send","room":"r","event":"e","data":"` + data + `"}`)
	}
	r.settle()
	require.NotEmpty(t, slow.conn.Pending(make([][]byte, 0, 8)), "its shard looks at it")
	end, closing := slow.conn.Closing()
	require.True(t, closing)
	require.Equal(t, CloseTooSlow, end.Code)
	return r, a, slow, self, key
}

// A member that is too slow is suspended at once, not when its socket is gone.
func TestTooSlowIsToldAtOnce(t *testing.T) {
	r, a, slow, self, key := stalled(t, Options{})
	told := a.hearOne()
	require.Equal(t, "suspended", told["change"])
	require.Equal(t, self, told["member"])
	room := r.sys.room(roomKey{name: "r"})

	back := r.connect() // while the old socket still says its goodbye
	joined, missed := back.comeBack("r", self, key, room.epoch, 2)
	require.Equal(t, false, joined["recovered"], "20 × 60 KiB are more than are kept")
	require.Empty(t, missed)
	require.Equal(t, "resumed", a.hearOne()["change"])
	require.Len(t, room.parted, 1)
	slow.conn.Ended(true)
	require.Empty(t, a.hear(), "the member is elsewhere")
	require.Nil(t, room.parted)
	back.end()
	require.Equal(t, "leave", a.hearOne()["reason"])
	a.end()
}

// Whoever closes in good order while it is being cut leaves, as it has said; others linger.
func TestTooSlowMayStillLeave(t *testing.T) {
	for _, clean := range []bool{true, false} {
		r, a, slow, self, _ := stalled(t, Options{})
		require.Equal(t, "suspended", a.hearOne()["change"])
		slow.conn.Ended(clean)
		if heard := a.hear(); clean {
			require.Len(t, heard, 1)
			require.Equal(t, []any{"left", self, "leave"}, []any{heard[0]["change"], heard[0]["member"], heard[0]["reason"]})
		} else {
			require.Empty(t, heard)
			require.Len(t, r.sys.room(roomKey{name: "r"}).lingering, 1)
		}
		require.Nil(t, r.sys.room(roomKey{name: "r"}).parted)
		a.end()
	}
}

// Who cannot come back has left, once.
func TestTooSlowWithoutLinger(t *testing.T) {
	_, a, slow, _, _ := stalled(t, Options{Linger: -1})
	require.Equal(t, "left", a.hearOne()["change"])
	slow.conn.Ended(true)
	require.Empty(t, a.hear())
	a.end()
}
