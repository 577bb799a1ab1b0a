package actors

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// onStage runs b to its end and expects that it did not fail.
func onStage(t *testing.T, b Behavior) {
	t.Helper()
	ended := false
	s := newStage(t, func(co *Co, room *Room) error {
		co.Defer(func() { ended = true })
		return b(co, room)
	})
	c, _ := s.enter()
	for range 100 {
		synctest.Wait()
		s.settle()
		if ended {
			break
		}
		time.Sleep(time.Second / 2)
	}
	require.True(t, ended)
	s.end(c)
	require.Zero(t, s.sys.Stats().Panics, s.log)
}

func TestChannel(t *testing.T) {
	cases := map[string]Behavior{
		"full: the sender waits, and values keep their order": func(co *Co, _ *Room) error {
			var did steps
			ch := NewChannel[int](co, 2)
			co.Go(func(co *Co) error {
				for i := range 5 {
					require.NoError(t, ch.Send(co, i))
					did.add("sent %d, %d wait", i, ch.Len())
				}
				ch.Close()
				return nil
			})
			require.NoError(t, co.Yield())
			require.Equal(t, []string{"sent 0, 1 wait", "sent 1, 2 wait"}, did.list)
			require.False(t, ch.TrySend(9))
			for i := range 5 {
				v, err := ch.Recv(co)
				require.NoError(t, err)
				require.Equal(t, i, v)
			}
			_, err := ch.Recv(co)
			require.ErrorIs(t, err, ErrChannelClosed)
			require.ErrorIs(t, ch.Send(co, 1), ErrChannelClosed)
			require.False(t, ch.TrySend(1))
			return nil
		},
		"unbuffered: a send waits for its receiver": func(co *Co, _ *Room) error {
			ch := NewChannel[string](co, 0)
			require.False(t, ch.TrySend("nobody there"))
			_, ok := ch.TryRecv()
			require.False(t, ok)
			got := ""
			c := co.Go(func(co *Co) (err error) { got, err = ch.Recv(co); return err })
			require.NoError(t, ch.Send(co, "x"))
			require.NoError(t, c.Wait(co))
			require.Equal(t, "x", got)
			return nil
		},
		"closed: what it holds is still received, who waits is told": func(co *Co, _ *Room) error {
			ch := NewChannel[int](co, 1)
			require.True(t, ch.TrySend(1))
			sender := co.Go(func(co *Co) error { return ch.Send(co, 2) })
			require.NoError(t, co.Yield())
			ch.Close()
			ch.Close()
			require.ErrorIs(t, sender.Wait(co), ErrChannelClosed)
			v, err := ch.Recv(co)
			require.NoError(t, err)
			require.Equal(t, 1, v)
			receivers := NewChannel[int](co, 0)
			c := co.Go(func(co *Co) error { _, err := receivers.Recv(co); return err })
			require.NoError(t, co.Yield())
			receivers.Close()
			require.ErrorIs(t, c.Wait(co), ErrChannelClosed)
			return nil
		},
		"taken, then closed before its sender's turn: that was no failure": func(co *Co, _ *Room) error {
			ch := NewChannel[int](co, 0)
			sender := co.Go(func(co *Co) error { return ch.Send(co, 2) })
			require.NoError(t, co.Yield())
			v, ok := ch.TryRecv()
			require.True(t, ok)
			require.Equal(t, 2, v)
			ch.Close()
			require.NoError(t, sender.Wait(co))
			return nil
		},
		"handed over, then closed before its receiver's turn: it has the value": func(co *Co, _ *Room) error {
			ch := NewChannel[int](co, 0)
			c := co.Go(func(co *Co) error {
				v, err := ch.Recv(co)
				require.Equal(t, 3, v)
				return err
			})
			require.NoError(t, co.Yield())
			require.True(t, ch.TrySend(3))
			ch.Close()
			return c.Wait(co)
		},
		"a receiver whose wait has ended otherwise takes nothing": func(co *Co, _ *Room) error {
			ch, stop := NewChannel[int](co, 1), NewChannel[int](co, 0)
			co.Go(func(co *Co) error {
				var v int
				i, err := Select(co, RecvFrom(ch, &v), RecvFrom(stop, &v))
				require.Equal(t, 1, i)
				return err
			})
			require.NoError(t, co.Yield())
			require.True(t, stop.TrySend(0)) // it is woken, but has not had its turn
			require.True(t, ch.TrySend(5))
			require.Equal(t, 1, ch.Len(), "the value waits for somebody else")
			require.NoError(t, co.Yield())
			v, err := ch.Recv(co)
			require.Equal(t, 5, v)
			return err
		},
		"a sender whose wait has ended otherwise sends nothing": func(co *Co, _ *Room) error {
			ch := NewChannel[int](co, 0)
			co.Go(func(co *Co) error {
				i, err := Select(co, SendTo(ch, 1), After(time.Second))
				require.Equal(t, 1, i)
				return err
			})
			require.NoError(t, co.Sleep(2*time.Second))
			_, ok := ch.TryRecv()
			require.False(t, ok)
			return nil
		},
	}
	for name, b := range cases {
		t.Run(name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { onStage(t, b) }) })
	}
}

func TestSelect(t *testing.T) {
	cases := map[string]Behavior{
		"the first that can be done is": func(co *Co, _ *Room) error {
			a, b := NewChannel[int](co, 1), NewChannel[int](co, 1)
			a.TrySend(1)
			b.TrySend(2)
			var v int
			i, err := Select(co, nil, RecvFrom(a, &v), RecvFrom(b, &v))
			require.Equal(t, []int{1, 1}, []int{i, v})
			return err
		},
		"default where nothing can": func(co *Co, _ *Room) error {
			var e Event
			i, err := Select(co, OnEvent(&e), Default())
			require.Equal(t, 1, i)
			return err
		},
		"time-out": func(co *Co, _ *Room) error {
			begin := time.Now()
			var e Event
			i, err := Select(co, OnEvent(&e, OfKind(Told)), After(3*time.Second))
			require.Equal(t, 1, i)
			require.Equal(t, 3*time.Second, time.Since(begin))
			_, err2 := co.RecvTimeout(time.Second, OfKind(Told))
			require.ErrorIs(t, err2, ErrTimeout)
			return err
		},
		"a closed channel's error comes with its index": func(co *Co, _ *Room) error {
			ch := NewChannel[int](co, 0)
			ch.Close()
			i, err := Select(co, After(time.Second), SendTo(ch, 1))
			require.Equal(t, 1, i)
			require.ErrorIs(t, err, ErrChannelClosed)
			return nil
		},
		"both ends of one channel: it does not meet itself": func(co *Co, _ *Room) error {
			ch := NewChannel[int](co, 0)
			var v int
			i, err := Select(co, SendTo(ch, 1), RecvFrom(ch, &v), After(time.Second))
			require.Equal(t, 2, i)
			return err
		},
	}
	for name, b := range cases {
		t.Run(name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { onStage(t, b) }) })
	}
}

func TestFifo(t *testing.T) {
	var q fifo[int]
	next, oldest := 0, 0
	for range 1000 {
		for range 3 {
			q.push(next)
			next++
		}
		for range 2 {
			require.Equal(t, oldest, q.pop())
			oldest++
		}
		require.LessOrEqual(t, len(q.items), 2*q.len()+2*smallFifo+3)
	}
	require.Equal(t, oldest+5, q.cut(5))
	require.Equal(t, oldest+6, *q.at(5))
	q.remove(func(v int) bool { return v == oldest+6 })
	require.Equal(t, oldest+7, *q.at(5))
	for q.len() > 0 {
		q.pop()
	}
	require.Nil(t, q.items)
}
