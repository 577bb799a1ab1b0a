package webhook

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/gatewaytest"
)

// A receiver that is slow, fails half of the time in every way, and answers late: each room's
// events are taken in order, and all of them.
func TestARoomsEventsArriveInOrder(t *testing.T) {
	bubble(t, func(t *testing.T, r *receiver) {
		var mu sync.Mutex
		rng := rand.New(rand.NewPCG(1, 2))
		r.reply = func(Body) (int, error) {
			mu.Lock()
			fate, late := rng.IntN(10), time.Duration(rng.Int64N(int64(3*time.Second)))
			mu.Unlock()
			time.Sleep(late)
			switch fate {
			case 0:
				return 0, errLine
			case 1:
				time.Sleep(attemptTime)
				return 200, nil // too late
			case 2, 3:
				return []int{500, 503, 429, 408}[fate%4], nil
			}
			return 204, nil
		}
		h := r.hub(Options{})
		const rooms, each = 40, 30
		for range each {
			for i := range rooms {
				h.Observe(joined(i))
			}
			time.Sleep(time.Duration(rand.IntN(100)) * time.Millisecond)
		}
		require.NoError(t, h.Close(t.Context()))
		of := map[string][]uint64{}
		for _, b := range r.bodies() {
			require.Zero(t, b.Missing)
			of[b.Data.Room] = append(of[b.Data.Room], b.Sequence)
		}
		require.Len(t, of, rooms)
		for room, list := range of {
			require.True(t, slices.IsSorted(list), room)
			require.Len(t, slices.Compact(list), each, room)
		}
		s := h.Stats()
		require.EqualValues(t, rooms*each, s.Sent)
		require.Positive(t, s.Failed)
		require.Zero(t, s.Dropped+uint64(s.Queued)+uint64(s.QueuedBytes))
	})
}

func TestRoomsAreToldSideBySide(t *testing.T) {
	bubble(t, func(t *testing.T, r *receiver) {
		var now, most atomic.Int64
		r.reply = func(Body) (int, error) {
			most.Store(max(most.Load(), now.Add(1)))
			time.Sleep(time.Second)
			now.Add(-1)
			return 200, nil
		}
		h := r.hub(Options{})
		for i := range 500 {
			h.Observe(joined(i))
		}
		require.NoError(t, h.Close(t.Context()))
		require.EqualValues(t, 16, most.Load())
	})
}

func TestMemoryIsBoundedWhereTheReceiverIsDead(t *testing.T) {
	bubble(t, func(t *testing.T, r *receiver) {
		var alive atomic.Bool
		r.reply = func(Body) (int, error) {
			if !alive.Load() {
				return 0, errLine
			}
			return 200, nil
		}
		out := new(gatewaytest.Log)
		h := r.hub(Options{MaxEvents: 100, Logger: slog.New(slog.NewTextHandler(out, nil))})
		for i := range 10_000 {
			h.Observe(joined(i))
			require.LessOrEqual(t, h.Stats().Queued, 100)
		}
		time.Sleep(time.Minute)
		s := h.Stats()
		require.Equal(t, 100, s.Queued)
		require.EqualValues(t, 9900, s.Dropped)
		require.Empty(t, r.bodies())

		alive.Store(true)
		time.Sleep(time.Minute)
		require.Len(t, r.bodies(), 100)
		for _, b := range r.bodies() {
			require.EqualValues(t, 9900, b.Missing, "the first that goes through says so, and all after it")
			require.LessOrEqual(t, b.Sequence, uint64(100), "the oldest are kept")
		}
		h.Observe(joined(1))
		require.NoError(t, h.Close(t.Context()))
		require.EqualValues(t, 10_001, r.bodies()[100].Sequence)
		require.Equal(t, Stats{Sent: 101, Failed: h.Stats().Failed, Dropped: 9900}, h.Stats())
		require.Contains(t, out.String(), "does not take events")
		require.Contains(t, out.String(), "takes events again")
		require.NotContains(t, out.String(), "hidden")
		require.NotContains(t, out.String(), secret)
		require.Equal(t, 2, strings.Count(out.String(), "\n"), "one line for each, whatever number of events")
	})
}

func TestMemoryIsBoundedInBytes(t *testing.T) {
	bubble(t, func(t *testing.T, r *receiver) {
		r.reply = func(Body) (int, error) { return 503, nil }
		h := r.hub(Options{MaxBytes: 100 << 10})
		n := joined(1)
		n.Member.Profile = wire.Value{Codec: wire.JSON, Bytes: []byte(`"` + strings.Repeat("p", 4<<10) + `"`)}
		for range 100 {
			h.Observe(n)
		}
		s := h.Stats()
		require.LessOrEqual(t, s.QueuedBytes, 100<<10)
		require.Equal(t, 22, s.Queued)
		require.EqualValues(t, 78, s.Dropped)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, h.Close(ctx), context.DeadlineExceeded)
		require.Zero(t, h.Stats().QueuedBytes)
		require.EqualValues(t, 100, h.Stats().Dropped)
	})
}

// A member's profile is told as it comes in. What waits about others holds on to none, or 10,000
// of them would be 40 MB beside what is reckoned with.
func TestProfilesThatAreNotToldAreNotKept(t *testing.T) {
	bubble(t, func(t *testing.T, r *receiver) {
		r.reply = func(Body) (int, error) { return 503, nil }
		h := r.hub(Options{Events: Names})
		n := joined(1)
		n.Member.Profile = wire.Value{Codec: wire.JSON, Bytes: []byte(`"` + strings.Repeat("p", 4<<10) + `"`)}
		for kind := range Names {
			for range 2 { // the first is on its way
				n.Kind = actors.NoticeKind(kind)
				h.Observe(n)
			}
		}
		synctest.Wait()
		e := h.endpoints[0]
		e.mu.Lock()
		kept, with := 0, 0
		for _, l := range e.lanes {
			for _, ev := range l.queue[l.head:] {
				kept++
				with += len(ev.Member.Profile.Bytes)
			}
		}
		e.mu.Unlock()
		require.Equal(t, 2*len(Names)-1, kept)
		require.Less(t, with, 3*4<<10, "those of the members that have come in")
		require.Positive(t, with)
		h.endpoints[0].end()
	})
}

// Whoever writes the log may be slow: rooms do not wait for that.
func TestASlowLogHoldsUpNoRoom(t *testing.T) {
	out := &stuck{began: make(chan struct{}), end: make(chan struct{})}
	r := &receiver{t: t, reply: func(Body) (int, error) { return 500, nil }}
	h := r.hub(Options{Logger: slog.New(slog.NewTextHandler(out, nil))})
	h.Observe(joined(1))
	<-out.began
	told := make(chan struct{})
	go func() {
		defer close(told)
		h.Observe(joined(2))
		h.Observe(joined(1))
	}()
	select {
	case <-told:
	case <-time.After(10 * time.Second):
		t.Error("a room waits for the log")
	}
	close(out.end)
	<-told
	h.endpoints[0].end()
}

// stuck is a log that takes its time over the first line.
type stuck struct {
	once       sync.Once
	began, end chan struct{}
}

func (s *stuck) Write(p []byte) (int, error) {
	s.once.Do(func() { close(s.began) })
	<-s.end
	return len(p), nil
}

// A receiver that has said 200 and then goes on talking holds its lane up for no more than a second.
func TestAnAnswerThatNeverEndsIsAnAnswer(t *testing.T) {
	bubble(t, func(t *testing.T, r *receiver) {
		r.endless = true
		h := r.hub(Options{})
		for range 5 {
			h.Observe(joined(1))
		}
		began := time.Now()
		require.NoError(t, h.Close(t.Context()))
		require.Equal(t, 5*replyTime, time.Since(began))
		require.Equal(t, []uint64{1, 2, 3, 4, 5}, r.sequences())
	})
}

func TestWhatIsRefusedIsGivenUp(t *testing.T) {
	for _, status := range []int{301, 307, 400, 401, 404, 410, 422} {
		bubble(t, func(t *testing.T, r *receiver) {
			r.reply = func(b Body) (int, error) {
				if b.Sequence == 1 {
					return status, nil
				}
				return 200, nil
			}
			h := r.hub(Options{})
			h.Observe(joined(1))
			h.Observe(joined(1))
			require.NoError(t, h.Close(t.Context()))
			require.Equal(t, 2, r.attempts())
			require.Equal(t, []uint64{2}, r.sequences())
			require.EqualValues(t, 1, r.bodies()[0].Missing)
			require.Equal(t, Stats{Sent: 1, Failed: 1, Dropped: 1}, h.Stats())
		})
	}
}

func TestAnEventThatIsNeverTakenIsGivenUp(t *testing.T) {
	bubble(t, func(t *testing.T, r *receiver) {
		r.reply = func(b Body) (int, error) {
			if b.Sequence == 1 {
				return 500, nil
			}
			return 200, nil
		}
		h := r.hub(Options{})
		began := time.Now()
		h.Observe(joined(1))
		h.Observe(joined(1))
		synctest.Wait()
		for len(r.sequences()) == 0 {
			time.Sleep(time.Second)
		}
		require.InDelta(t, giveUp, time.Since(began), float64(2*lastPause))
		require.EqualValues(t, 1, r.bodies()[0].Missing)
		require.Greater(t, r.attempts(), 20)
		require.NoError(t, h.Close(t.Context()))
	})
}

// Full jitter: a pause is a random part of a time that doubles.
func TestPausesAreRandomAndDouble(t *testing.T) {
	var firsts, longest []time.Duration
	for range 50 {
		bubble(t, func(t *testing.T, r *receiver) {
			r.reply = func(Body) (int, error) { return 500, nil }
			h := r.hub(Options{})
			h.Observe(joined(1))
			time.Sleep(5 * time.Minute)
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			require.Error(t, h.Close(ctx))
			mean := firstPause
			for i := range len(r.times()) - 2 {
				pause := r.times()[i+1].Sub(r.times()[i])
				require.LessOrEqual(t, pause, 2*mean+time.Nanosecond)
				mean = min(2*mean, lastPause)
			}
			firsts = append(firsts, r.times()[1].Sub(r.times()[0]))
			longest = append(longest, slices.MaxFunc(pausesOf(r.times()), func(a, b time.Duration) int { return int(a - b) }))
		})
	}
	require.Less(t, slices.Min(firsts), firstPause/4)
	require.Greater(t, slices.Max(firsts), firstPause*7/4)
	require.Greater(t, slices.Max(longest), lastPause*3/2)
}

func pausesOf(at []time.Time) (list []time.Duration) {
	for i := range len(at) - 1 {
		list = append(list, at[i+1].Sub(at[i]))
	}
	return list
}

func TestRetryAfterIsHeeded(t *testing.T) {
	for after, want := range map[string]time.Duration{"20": 20 * time.Second, "86400": maxPause, "date": 30 * time.Second} {
		bubble(t, func(t *testing.T, r *receiver) {
			if r.after = after; after == "date" {
				r.after = time.Now().Add(want).UTC().Format(http.TimeFormat)
			}
			r.reply = func(Body) (int, error) {
				if r.attempts() == 1 {
					return 429, nil
				}
				return 200, nil
			}
			h := r.hub(Options{})
			h.Observe(joined(1))
			time.Sleep(2 * maxPause)
			require.Equal(t, []time.Duration{want}, pausesOf(r.times()))
			require.NoError(t, h.Close(t.Context()))
		})
	}
}

func TestCloseSendsWhatWaits(t *testing.T) {
	bubble(t, func(t *testing.T, r *receiver) {
		var alive atomic.Bool
		r.reply = func(Body) (int, error) {
			if !alive.Load() {
				return 502, nil
			}
			return 200, nil
		}
		h := r.hub(Options{})
		for i := range 200 {
			h.Observe(joined(i))
		}
		time.Sleep(2 * time.Minute) // pauses are long by now
		time.AfterFunc(time.Second, func() { alive.Store(true) })
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		require.NoError(t, h.Close(ctx))
		require.Less(t, time.Since(began), 2*time.Second)
		require.Len(t, r.bodies(), 200)
		h.Observe(joined(1))
		require.EqualValues(t, 1, h.Stats().Dropped, "it is closed")
	})
}

func TestCloseCutsWhatHangs(t *testing.T) {
	bubble(t, func(t *testing.T, r *receiver) {
		r.reply = func(Body) (int, error) {
			time.Sleep(attemptTime)
			return 200, nil
		}
		h := r.hub(Options{})
		for i := range 50 {
			h.Observe(joined(i))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, h.Close(ctx), context.DeadlineExceeded)
		require.Equal(t, Stats{Failed: h.Stats().Failed, Dropped: 50}, h.Stats())
		require.NoError(t, h.Close(t.Context()), "again")
	})
}

// Rooms go on telling while it closes.
func TestAnythingMayBeToldDuringTheEnd(t *testing.T) {
	for range 20 {
		r := &receiver{t: t, reply: func(Body) (int, error) { return []int{200, 500}[rand.IntN(2)], nil }}
		h := r.hub(Options{MaxEvents: 50})
		var rooms sync.WaitGroup
		var told atomic.Uint64
		for g := range 4 {
			rooms.Go(func() {
				for i := range 300 {
					n := joined(i)
					n.Namespace = string(rune('a' + g))
					n.Kind = []actors.NoticeKind{actors.MemberJoined, actors.MemberLeft}[i%2]
					h.Observe(n)
					told.Add(1)
				}
			})
		}
		for told.Load() < 100 {
			runtime.Gosched()
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		_ = h.Close(ctx) // nil, or the time is over
		cancel()
		rooms.Wait()
		s := h.Stats()
		require.EqualValues(t, 1200, s.Sent+s.Dropped)
		require.Zero(t, s.Queued)
		require.Zero(t, s.QueuedBytes)
	}
}
