package actors

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestCoroutinesTakeTurnsInOrder(t *testing.T) {
	var did steps
	s := newStage(t, func(co *Co, _ *Room) error {
		for i := range 3 {
			co.Go(func(co *Co) error {
				for k := range 3 {
					did.add("%d.%d", i, k)
					if err := co.Yield(); err != nil {
						return err
					}
				}
				return nil
			})
		}
		did.add("main")
		return nil
	})
	c, _ := s.enter()
	require.Equal(t, "main 0.0 1.0 2.0 0.1 1.1 2.1 0.2 1.2 2.2", strings.Join(did.list, " "))
	s.end(c)
}

func TestSleepersWakeInOrderOfTheirTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var did steps
		begin := time.Now()
		s := newStageWith(t, Options{}, func(co *Co, room *Room) error {
			for i, d := range []int{3, 1, 2, 1, 0, -1} {
				co.Go(func(co *Co) error {
					require.NoError(t, co.Sleep(time.Duration(d)*time.Second))
					did.add("%d@%v", i, time.Since(begin))
					return nil
				})
			}
			return co.Sleep(4 * time.Second)
		})
		c, _ := s.enter()
		for range 4 {
			time.Sleep(time.Second)
			synctest.Wait()
			s.settle()
		}
		require.Equal(t, "5@0s 4@0s 1@1s 3@1s 2@2s 0@3s", strings.Join(did.list, " "))
		s.end(c)
	})
}

func TestDeferredRunsHoweverTheCoroutineEnds(t *testing.T) {
	for name, end := range map[string]func(co *Co) error{
		"returns": func(*Co) error { return nil },
		"fails":   func(*Co) error { return errors.New("so it is") },
		"panics":  func(*Co) error { panic("so it is") },
		"goexits": func(*Co) error { runtime.Goexit(); return nil },
		"stopped": func(co *Co) error { return co.Sleep(time.Hour) },
		"unwound": func(co *Co) error {
			for {
				_ = co.Sleep(time.Hour)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			var did steps
			s := newStage(t, func(co *Co, _ *Room) error {
				co.Defer(func() { did.add("first") })
				co.Defer(func() { panic("in Defer") })
				co.Defer(func() { runtime.Goexit() })
				co.Defer(func() { _ = co.Sleep(time.Hour); _ = co.Sleep(time.Hour); did.add("not reached") })
				co.Defer(func() { did.add("last") })
				_, _ = co.Recv()
				return end(co)
			})
			c := s.connect()
			onGoroutine(func() {
				c.say(`{"type":"join","room":"stage"}`)
				s.settle()
			})
			onGoroutine(func() { c.conn.Ended(true); s.settle() })
			s.end()
			require.Equal(t, []string{"last", "first"}, did.list)
			require.NotZero(t, s.sys.Stats().Panics)
		})
	}
}

// onGoroutine calls f where Goexit ends nothing else.
func onGoroutine(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	<-done
}

func TestCancel(t *testing.T) {
	var did steps
	s := newStage(t, func(co *Co, _ *Room) error {
		c := co.Go(func(co *Co) error {
			ctx := co.Context()
			err := co.Sleep(time.Hour)
			did.add("sleep: %v, context: %v", err, ctx.Err())
			return err
		})
		never := co.Go(func(*Co) error { did.add("began"); return nil })
		never.Cancel()
		if err := co.Yield(); err != nil {
			return err
		}
		c.Cancel()
		c.Cancel()
		did.add("cancelled")
		did.add("wait: %v", c.Wait(co))
		did.add("never: %v", never.Wait(co))
		deaf := co.Go(func(co *Co) error {
			_ = co.Sleep(time.Hour)
			_ = co.Sleep(time.Hour)
			did.add("not reached")
			return nil
		})
		if err := co.Yield(); err != nil {
			return err
		}
		deaf.Cancel()
		did.add("deaf: %v", deaf.Wait(co))
		fine := co.Go(func(co *Co) error { return errors.New("its own error") })
		did.add("fine: %v", fine.Wait(co))
		return nil
	})
	c, _ := s.enter()
	require.Equal(t, []string{
		"cancelled", "sleep: the coroutine was stopped, context: context canceled",
		"wait: the coroutine was cancelled", "never: the coroutine was cancelled",
		"deaf: the coroutine was cancelled", "fine: its own error",
	}, did.list)
	s.end(c)
	require.Zero(t, s.sys.Stats().Panics)
}

// A coroutine that was handed a value, and is cancelled before it has its turn, still gets it.
func TestCancelDoesNotLoseWhatWasHandedOver(t *testing.T) {
	var did steps
	s := newStage(t, func(co *Co, _ *Room) error {
		ch := NewChannel[int](co, 0)
		c := co.Go(func(co *Co) error {
			v, err := ch.Recv(co)
			did.add("%d %v", v, err)
			_, err = ch.Recv(co)
			did.add("%v", err)
			return err
		})
		if err := co.Yield(); err != nil {
			return err
		}
		did.add("%v", ch.TrySend(7))
		c.Cancel()
		require.ErrorIs(t, c.Wait(co), ErrCanceled)
		return nil
	})
	c, _ := s.enter()
	require.Equal(t, []string{"true", "7 <nil>", "the coroutine was stopped"}, did.list)
	s.end(c)
}

func TestContextOutlivesTheParentCoroutine(t *testing.T) {
	var child context.Context
	s := newStage(t, func(co *Co, _ *Room) error {
		co.Go(func(co *Co) error {
			child = co.Context()
			return co.Sleep(time.Hour)
		})
		return nil
	})
	c, _ := s.enter()
	require.NoError(t, child.Err())
	s.end(c)
	require.Error(t, child.Err())
}

func TestWaitGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var did steps
		begin := time.Now()
		s := newStage(t, func(co *Co, _ *Room) error {
			var g WaitGroup
			if err := g.Wait(co); err != nil {
				return err
			}
			for i := range 3 {
				g.Go(co, func(co *Co) error { return co.Sleep(time.Duration(i) * time.Second) })
			}
			g.Go(co, func(*Co) error { did.add("began"); return nil }).Cancel()
			err := g.Wait(co)
			did.add("%v after %v", err, time.Since(begin))
			return nil
		})
		c, _ := s.enter()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		s.settle()
		require.Equal(t, []string{"<nil> after 2s"}, did.list)
		s.end(c)
	})
}

func TestWaitersAreTakenBack(t *testing.T) {
	s := newStage(t, func(co *Co, _ *Room) error {
		var g WaitGroup
		g.Add(1)
		long := co.Go(func(co *Co) error { return co.Sleep(time.Hour) })
		ch := NewChannel[int](co, 0)
		for _, wait := range []func(*Co) error{
			g.Wait, long.Wait,
			func(co *Co) error { _, err := ch.Recv(co); return err },
			func(co *Co) error { return ch.Send(co, 1) },
			func(co *Co) error { _, err := co.Recv(OfKind(Told)); return err },
			func(co *Co) error {
				_, err := co.Room().Request(co, co.Room().Members()[0].ID, "q", nil, time.Hour)
				return err
			},
		} {
			if _, err := co.Recv(Named("next")); err != nil {
				return err
			}
			c := co.Go(wait)
			if err := co.Yield(); err != nil {
				return err
			}
			c.Cancel()
			require.ErrorIs(t, c.Wait(co), ErrCanceled)
		}
		require.Empty(t, g.waiters)
		require.Empty(t, long.co.waiters)
		require.Zero(t, ch.recvs.len()+ch.sends.len()+co.loop.recvs.len()+len(co.loop.asked))
		require.Equal(t, 1, co.loop.timers.Len(), "the long sleep")
		co.Room().Broadcast("done", nil)
		return nil
	})
	c, _ := s.enter()
	for range 6 {
		c.shout("next", "0")
	}
	require.Contains(t, c.events(), "done <nil>")
	s.end(c)
}

func TestCoroutinesOfARoomAreBounded(t *testing.T) {
	s := newStage(t, func(co *Co, _ *Room) error {
		co.loop.count = maxRoomCos
		co.Go(func(*Co) error { return nil })
		return nil
	})
	s.sys.behaviors[0].run = func(b Behavior) Behavior {
		return func(co *Co, r *Room) error {
			defer func() { co.loop.count = 1 }()
			return b(co, r)
		}
	}(s.sys.behaviors[0].run)
	c := s.connect()
	require.Equal(t, "internal", c.join("stage", "")["code"])
	require.Contains(t, s.log.String(), "more than 65,536 coroutines")
	s.end(c)
}

// What creates or resumes a coroutine on a locked thread ends the process, unrecoverably.
func TestNothingHereLocksItsThread(t *testing.T) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	call := regexp.MustCompile(`\bLockOSThread\(`)
	for _, name := range files {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		if !strings.HasSuffix(name, "_test.go") {
			require.NotRegexp(t, call, string(text), name)
		}
	}
}
