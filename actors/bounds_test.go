package actors

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRoomsOfAConnectionHaveABound(t *testing.T) {
	r := newRig(t, Options{})
	c := r.connect()
	for i := range MaxRooms {
		c.selfOf(c.join(fmt.Sprint("room-", i), ""))
	}
	e := c.join("one-more", "")
	require.Equal(t, "forbidden", e["code"])
	require.Equal(t, "room: at most 256 rooms per connection", e["message"])
	require.Equal(t, MaxRooms, r.sys.Stats().Rooms, "none was brought to life for it")
	c.say(`{"type":"leave","room":"room-7"}`)
	require.Empty(t, c.hear())
	c.selfOf(c.join("one-more", ""))
	c.end()
}

// Answers to joins do not count against the queue, but of those that are not read there is an end.
func TestAnswersToJoinsHaveABound(t *testing.T) {
	r := newRig(t, Options{})
	c := r.connect()
	c.conn.exempt.Store(freeExempt + 1)
	c.say(`{"type":"join","room":"a"}`)
	require.True(t, c.conn.Blocked(), "further joins wait")
	c.conn.exempt.Store(0)
	c.hear()
	require.False(t, c.conn.Blocked())
	c.say(`{"type":"join","room":"b"}`) // it is on its way to its room
	c.conn.exempt.Store(maxExempt + 1)
	r.settle()
	c.conn.Pending(make([][]byte, 0, 1))
	end, closing := c.conn.Closing()
	require.True(t, closing)
	require.Equal(t, CloseTooSlow, end.Code)
	require.Equal(t, [Cuts]uint64{CutAnswers: 1}, r.sys.Stats().Cut)
	c.end()
}

// A kick that is one too many ends the membership, and bars nobody.
func TestBarsHaveABound(t *testing.T) {
	r := newRig(t, Options{})
	a, b := r.connect(), r.connect()
	a.join("r", "")
	id, _ := b.selfOf(b.join("r", `,"nonce":"0123456789abcdef"`))
	a.hear()
	room := r.sys.room(roomKey{name: "r"})
	room.barred = make(map[uint64]struct{})
	for i := range uint64(3 * maxBarred) {
		room.barred[i] = struct{}{}
	}
	a.say(`{"type":"kick","id":2,"room":"r","member":"` + id + `"}`)
	require.Equal(t, "left", a.hear()[0]["change"])
	require.Len(t, room.barred, 3*maxBarred)
	require.Equal(t, "kicked", b.hearOne()["reason"])
	back := r.connect()
	back.selfOf(back.join("r", `,"nonce":"0123456789abcdef"`))
	for _, c := range []*client{a, b, back} {
		c.end()
	}
}
