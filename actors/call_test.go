package actors

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// calling starts a Call of room r, which has not run since, and returns what waits for its
// outcome, once its letter is the n-th that waits.
func (r *rig) calling(ctx context.Context, n int, f func(*Room)) (outcome func() error) {
	done := make(chan error, 1)
	go func() { done <- r.sys.Call(ctx, RoomName{Name: "r"}, f) }()
	require.Eventually(r.t, func() bool {
		waiting, _ := r.sys.RoomNow(RoomName{Name: "r"})
		return waiting == n
	}, 20*time.Second, time.Millisecond)
	return func() error { return <-done }
}

func TestCall(t *testing.T) {
	r := newRig(t, Options{})
	c := r.connect()
	c.join("r", "")
	require.ErrorIs(t, r.sys.Call(t.Context(), RoomName{Name: "none"}, nil), ErrNoRoom)
	require.ErrorIs(t, r.sys.Call(t.Context(), RoomName{"swoole", "r"}, nil), ErrNoRoom)

	members := 0
	outcome := r.calling(t.Context(), 1, func(room *Room) { members = room.Len() })
	r.settle()
	require.NoError(t, outcome())
	require.Equal(t, 1, members)

	// Given up before the room came to it: it is not called at all.
	ctx, cancel := context.WithCancel(t.Context())
	outcome = r.calling(ctx, 1, func(*Room) { t.Error("called") })
	cancel()
	require.ErrorIs(t, outcome(), context.Canceled)
	r.settle()

	outcome = r.calling(t.Context(), 1, func(*Room) { panic("a bug") })
	r.settle()
	require.ErrorIs(t, outcome(), ErrFailed)
}

func TestACallOfARoomThatFailsFirst(t *testing.T) {
	r := newRig(t, Options{})
	c := r.connect()
	c.join("r", "")
	require.NoError(t, r.sys.Do("r", func(*Room) { panic("a bug") }))
	outcome := r.calling(t.Context(), 2, func(*Room) { t.Error("called") })
	r.settle()
	require.ErrorIs(t, outcome(), ErrFailed)
}

func TestACallOfARoomThatEndsFirst(t *testing.T) {
	r := newRig(t, Options{})
	c := r.connect()
	c.join("r", "")
	c.say(`{"type":"leave","room":"r"}`)
	outcome := r.calling(t.Context(), 2, func(*Room) { t.Error("called") })
	r.settle()
	require.ErrorIs(t, outcome(), ErrNoRoom)
}

func TestACallOfAFullRoom(t *testing.T) {
	r := newRig(t, Options{})
	r.connect().join("r", "")
	for range maxRoomLetters {
		require.NoError(t, r.sys.Do("r", func(*Room) {}))
	}
	require.ErrorIs(t, r.sys.Call(t.Context(), RoomName{Name: "r"}, nil), ErrBusy)
	waiting, ok := r.sys.RoomNow(RoomName{Name: "r"})
	require.True(t, ok)
	require.Equal(t, maxRoomLetters, waiting)
	r.settle()
}

func TestDisconnect(t *testing.T) {
	r := newRig(t, Options{})
	c := r.connect()
	c.join("r", "")
	end := Close{Code: CloseDrain, Reason: "moving"}
	for _, id := range []string{"", "1", "conn/none", "room/1", "conn/"} {
		require.False(t, r.sys.Disconnect(id, end), id)
	}
	require.True(t, r.sys.Disconnect(c.conn.PID().ID, end))
	require.Equal(t, "bye", c.hearOne()["type"])
	closing, ok := c.conn.Closing()
	require.True(t, ok)
	require.Equal(t, end, closing)
}
