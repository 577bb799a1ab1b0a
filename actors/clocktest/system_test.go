package clocktest_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/clocktest"
	"github.com/parley-signaling/parley/actors/wire"
)

// world is a system that lives by a fake clock.
type world struct {
	t     *testing.T
	sys   *actors.System
	clock *clocktest.Clock
}

func newWorld(t *testing.T, o actors.Options) *world {
	c := clocktest.New()
	o.Logger = slog.New(slog.DiscardHandler)
	sys, err := actors.NewSystem(c.Options(o))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, sys.Close(context.Background())) })
	return &world{t, sys, c}
}

// behave gives the room "r" a behaviour.
func (w *world) behave(b actors.Behavior) { require.NoError(w.t, w.sys.Behavior("r", b)) }

// line is a connection in memory, which the test looks after.
type line struct {
	*world
	conn *actors.Conn
	self wire.Self
	at   string         // epoch of the room
	more []wire.Message // heard after the answer to a join
}

func (*line) Ready() {}

// framed is JSON with its length before it.
type framed struct{}

func (framed) Append(dst []byte, m wire.Message) []byte {
	start := len(dst)
	dst = m.AppendTo(append(dst, 0, 0, 0, 0), wire.JSON)
	binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start-4))
	return dst
}

func (w *world) connect() *line {
	l := &line{world: w}
	l.conn = w.sys.Connect(actors.ConnOptions{Format: framed{}, Transport: l})
	return l
}

func (l *line) say(message string) {
	l.t.Helper()
	q := actors.NewRequest()
	require.NoError(l.t, wire.Decode(wire.JSON, []byte(message), q))
	l.conn.Do(q)
}

// enter joins the room "r".
func (w *world) enter() *line {
	w.t.Helper()
	l := w.connect()
	j := l.join("")
	l.self, l.at = j.Self, j.Epoch
	return l
}

func (l *line) join(more string) *wire.Joined {
	l.t.Helper()
	l.say(`{"type":"join","room":"r"` + more + `}`)
	heard := l.hear()
	require.NotEmpty(l.t, heard)
	j, ok := heard[0].(*wire.Joined)
	require.True(l.t, ok, "%v", heard)
	l.more = heard[1:]
	return j
}

func (l *line) hear() (list []wire.Message) {
	l.t.Helper()
	l.clock.Settle()
	list, l.more = l.more, nil
	for {
		iov := l.conn.Pending(make([][]byte, 0, 16))
		if len(iov) == 0 {
			return list
		}
		for _, b := range iov {
			l.conn.Wrote(len(b))
			for len(b) > 0 {
				n := 4 + binary.BigEndian.Uint32(b)
				m, err := wire.DecodeMessage(wire.JSON, b[4:n])
				require.NoError(l.t, err)
				list, b = append(list, m), b[n:]
			}
		}
	}
}

// events are what the room has said: "name data", in order.
func (l *line) events() string {
	l.t.Helper()
	var list []string
	for _, m := range l.hear() {
		if e, ok := m.(*wire.Event); ok && e.From == "" {
			list = append(list, e.Event+" "+string(e.Data.Bytes))
		}
	}
	return strings.Join(list, ", ")
}

func (w *world) end(lines ...*line) {
	for _, l := range lines {
		l.conn.Ended(true)
	}
	w.clock.Settle()
	require.Zero(w.t, w.sys.Stats().Rooms)
	require.Zero(w.t, w.sys.Stats().Panics)
}

func TestSleep(t *testing.T) {
	w := newWorld(t, actors.Options{})
	w.behave(func(co *actors.Co, room *actors.Room) error {
		begin := room.Now()
		for {
			if err := co.Sleep(time.Minute); err != nil {
				return err
			}
			_ = room.Broadcast("tick", room.Now().Sub(begin)/time.Minute)
		}
	})
	a := w.enter()
	w.clock.Advance(time.Minute - 1)
	require.Empty(t, a.events())
	w.clock.Advance(1)
	require.Equal(t, "tick 1", a.events())
	w.clock.Advance(3 * time.Minute)
	require.Equal(t, "tick 2, tick 3, tick 4", a.events(), "every step at its own time")
	w.end(a)
}

func TestSleepOfNothing(t *testing.T) {
	w := newWorld(t, actors.Options{})
	w.behave(func(co *actors.Co, room *actors.Room) error {
		_ = co.Sleep(0)
		_ = co.Sleep(-time.Hour)
		return room.Broadcast("up", nil)
	})
	a := w.enter()
	require.Equal(t, "up null", a.events(), "without an Advance")
	w.end(a)
}

func TestRecvTimeout(t *testing.T) {
	w := newWorld(t, actors.Options{})
	w.behave(func(co *actors.Co, room *actors.Room) error {
		for {
			e, err := co.RecvTimeout(10*time.Second, actors.Named("answer"))
			switch {
			case errors.Is(err, actors.ErrTimeout):
				_ = room.Broadcast("late", nil)
			case err != nil:
				return err
			default:
				_ = room.Broadcast("heard", e.Data)
			}
		}
	})
	a := w.enter()
	w.clock.Advance(9 * time.Second)
	a.say(`{"type":"send","room":"r","event":"answer","data":42}`)
	w.clock.Advance(9 * time.Second) // settles first: the time begins anew with the answer
	require.Equal(t, "heard 42", a.events())
	w.clock.Advance(time.Second)
	require.Equal(t, "late null", a.events())
	w.end(a)
}

func TestLinger(t *testing.T) {
	w := newWorld(t, actors.Options{Linger: 20 * time.Second})
	a, b := w.enter(), w.enter()
	a.hear()
	b.conn.Ended(false)
	w.clock.Advance(20*time.Second - 1)
	heard := a.hear()
	require.Len(t, heard, 1)
	require.Equal(t, wire.ChangeSuspended, heard[0].(*wire.MemberChange).Change)
	w.clock.Advance(1)
	heard = a.hear()
	require.Len(t, heard, 1)
	require.Equal(t, wire.ChangeLeft, heard[0].(*wire.MemberChange).Change)
	require.Equal(t, "timeout", heard[0].(*wire.MemberChange).Reason)
	w.end(a)
}

// What was said is kept for linger + 40 s. A socket that hangs may be resumed so late.
func TestHistoryAge(t *testing.T) {
	for _, age := range []struct {
		d         time.Duration
		recovered bool
	}{{59 * time.Second, true}, {60 * time.Second, false}} {
		w := newWorld(t, actors.Options{Linger: 20 * time.Second})
		a, b := w.enter(), w.enter()
		b.say(`{"type":"send","room":"r","event":"e"}`)
		w.clock.Advance(age.d)
		next := w.connect()
		j := next.join(fmt.Sprintf(`,"resume":{"member":%q,"key":%q,"epoch":%q,"seq":1}`, a.self.Member, a.self.Key, a.at))
		require.Equal(t, age.recovered, j.Recovered, "after %v", age.d)
		require.Equal(t, a.self.Member, j.Self.Member)
		w.end(a, b, next)
	}
}

// A client may send 32 bad frames within a minute.
func TestBadFramesOfAMinute(t *testing.T) {
	for _, pause := range []time.Duration{time.Minute, time.Minute - 1} {
		w := newWorld(t, actors.Options{})
		l := w.connect()
		for range 32 {
			l.conn.Refuse(&wire.Error{Code: wire.BadFrame})
		}
		w.clock.Advance(pause)
		l.conn.Refuse(&wire.Error{Code: wire.BadFrame})
		_, closing := l.conn.Closing()
		require.Equal(t, pause < time.Minute, closing, "after %v", pause)
		w.end(l)
	}
}

// A behaviour that works in turn with what blocks has done all that is due by each step.
func TestAwait(t *testing.T) {
	w := newWorld(t, actors.Options{})
	w.behave(func(co *actors.Co, room *actors.Room) error {
		begin := room.Now()
		for {
			if err := co.Sleep(time.Minute); err != nil {
				return err
			}
			_, err := actors.Await(co, func(ctx context.Context) (int, error) {
				return 0, w.clock.Sleep(ctx, time.Second) // a slow service's stand-in
			})
			if err != nil {
				return err
			}
			_ = room.Broadcast("saved", room.Now().Sub(begin)/time.Second)
		}
	})
	a := w.enter()
	w.clock.Advance(61*time.Second - 1)
	require.Empty(t, a.events())
	w.clock.Advance(5 * time.Minute)
	require.Equal(t, "saved 61, saved 122, saved 183, saved 244, saved 305", a.events())
	w.end(a)
}

func TestRequestAndTimers(t *testing.T) {
	w := newWorld(t, actors.Options{})
	w.behave(func(co *actors.Co, room *actors.Room) error {
		e, err := co.Recv(actors.OfKind(actors.Joined))
		if err != nil {
			return err
		}
		room.AfterFunc(15*time.Second, func(*actors.Co) error { return room.Broadcast("timer", nil) })
		_, err = room.Request(co, e.Member.ID, "password", nil, 30*time.Second)
		return room.Broadcast("over", fmt.Sprint(err))
	})
	a := w.enter()
	w.clock.Advance(30 * time.Second)
	require.Equal(t, `password null, timer null, over "timed out"`, a.events())
	w.end(a)
}
