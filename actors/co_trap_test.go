package actors

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
)

// Traps of iter.Pull and of what people write in a behaviour; see co.go.

func TestPanicIsReportedWithTheCulpritsStack(t *testing.T) {
	s := newStage(t, func(co *Co, room *Room) error {
		if _, err := co.Recv(Named("boom")); err != nil {
			return err
		}
		theCulprit(nil)
		return nil
	})
	c, _ := s.enter()
	other := s.connect()
	other.join("elsewhere", "")
	c.shout("boom", "1")
	heard := c.hear()
	require.Equal(t, object{"type": "bye", "code": 1011.0, "reason": "internal", "room": "stage"}, heard[len(heard)-1])
	require.Contains(t, s.log.String(), "theCulprit(")
	require.Contains(t, s.log.String(), "assignment to entry in nil map")
	require.EqualValues(t, 1, s.sys.Stats().Panics)
	other.say(`{"type":"send","id":2,"room":"elsewhere","event":"e"}`)
	require.Equal(t, "ok", other.hearOne()["type"])
	other.conn.Ended(true)
	s.end(c)
}

//go:noinline
func theCulprit(m map[string]int) { m["x"] = 1 }

func TestErrorOfABehaviourEndsItsRoom(t *testing.T) {
	s := newStage(t, func(co *Co, room *Room) error {
		_, _ = co.Recv(Named("boom"))
		return errors.New("the quiz is off")
	})
	c, _ := s.enter()
	c.shout("boom", "1")
	require.Equal(t, "bye", c.hearOne()["type"])
	require.Contains(t, s.log.String(), `error="the quiz is off"`)
	require.NotContains(t, s.log.String(), "stack=")
	s.end(c)
}

// t.FailNow is a Goexit, and passes through iter.Pull to whoever resumed the coroutine.
func TestGoexitEndsItsRoomOnly(t *testing.T) {
	hook := func(room *Room) {
		room.Hook(Hooks{Send: func(*Event) error { theQuitter(); return nil }})
	}
	for name, b := range map[string]Behavior{
		"in the behaviour": func(co *Co, _ *Room) error {
			_, _ = co.Recv(Named("boom"))
			theQuitter()
			return nil
		},
		"in a coroutine of it": func(co *Co, _ *Room) error {
			co.Go(func(co *Co) error {
				_, _ = co.Recv(Named("boom"))
				theQuitter()
				return nil
			})
			return co.Sleep(time.Hour)
		},
		"in a hook": func(co *Co, room *Room) error { hook(room); return co.Sleep(time.Hour) },
		"while it is unwound, too": func(co *Co, _ *Room) error {
			for range 3 {
				co.Go(func(co *Co) error {
					defer runtime.Goexit()
					return co.Sleep(time.Hour)
				})
			}
			_, _ = co.Recv(Named("boom"))
			theQuitter()
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			log := newStage(t, nil)
			sys, err := NewSystem(Options{Logger: log.sys.log})
			require.NoError(t, err)
			require.NoError(t, sys.Behavior("stage", b))
			r := &rig{t: t, sys: sys} // on real goroutines: one of them ends
			c, other := r.connect(), r.connect()
			c.say(`{"type":"join","room":"stage"}`)
			other.say(`{"type":"join","room":"elsewhere"}`)
			other.until("joined")
			c.until("joined")
			c.say(`{"type":"send","room":"stage","event":"boom"}`)
			require.Equal(t, "internal", c.until("bye")["reason"])
			other.say(`{"type":"send","id":2,"room":"elsewhere","event":"e"}`)
			other.until("ok")
			c.conn.Ended(true)
			other.conn.Ended(true)
			require.NoError(t, sys.Close(context.Background()))
			require.NotZero(t, sys.Stats().Panics)
			require.Contains(t, log.log.String(), "theQuitter(", "the culprit's own stack")
		})
	}
}

//go:noinline
func theQuitter() { runtime.Goexit() }

// A connection's scheduler may be a shard: what runs there must neither block nor end.
func TestBehavioursRunOnTheSystemsScheduler(t *testing.T) {
	s := newStage(t, func(co *Co, _ *Room) error { return co.Sleep(time.Hour) })
	shard := &rig{t: t}
	a := s.connectAs(ConnOptions{Format: prefixed{wire.JSON}, Scheduler: shard})
	a.join("stage", "")
	require.Empty(t, shard.run)
	a.say(`{"type":"join","room":"plain"}`)
	require.Len(t, shard.run, 1, "a plain room does")
	shard.settle()
	a.conn.Ended(true)
	shard.settle()
	s.end()
}

// until waits for a message of a type.
func (c *client) until(kind string) object {
	c.t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); runtime.Gosched() {
		for _, o := range c.hear() {
			if o["type"] == kind {
				return o
			}
		}
	}
	c.t.Fatalf("no %s within 10 s", kind)
	return nil
}

func TestStoppedCoroutinesAreUnwound(t *testing.T) {
	for name, b := range map[string]Behavior{
		"one that returns the error": func(co *Co, _ *Room) error { return co.Sleep(time.Hour) },
		"one that ignores it": func(co *Co, _ *Room) error {
			for {
				_ = co.Sleep(time.Second)
			}
		},
		"one that ignores it in every call": func(co *Co, room *Room) error {
			ch, g := NewChannel[int](co, 0), WaitGroup{}
			g.Add(1)
			for i := 0; ; i++ {
				switch i % 6 {
				case 0:
					_ = ch.Send(co, 1)
				case 1:
					_, _ = ch.Recv(co)
				case 2:
					_ = g.Wait(co)
				case 3:
					_ = co.Yield()
				case 4:
					_, _ = Await(co, func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, nil })
				case 5:
					_, _ = Select(co, Default())
				}
			}
		},
		"one that swallows the panic": func(co *Co, _ *Room) error {
			for {
				func() {
					defer func() { _ = recover() }()
					_ = co.Sleep(time.Hour)
				}()
			}
		},
		"one that swallows it while it ends": func(co *Co, _ *Room) error {
			deaf := func() {
				for {
					func() {
						defer func() { _ = recover() }()
						_ = co.Sleep(time.Hour)
					}()
				}
			}
			defer deaf()
			co.Defer(deaf)
			deaf()
			return nil
		},
		"one that starts others": func(co *Co, _ *Room) error {
			var start func(co *Co) error
			start = func(co *Co) error {
				co.Defer(func() { co.Go(start) })
				return co.Sleep(time.Hour)
			}
			return start(co)
		},
		"many": func(co *Co, _ *Room) error {
			for range 1000 {
				co.Go(func(co *Co) error { return co.Sleep(time.Hour) })
			}
			return co.Sleep(time.Hour)
		},
	} {
		t.Run(name, func(t *testing.T) {
			ended := 0
			s := newStage(t, func(co *Co, room *Room) error {
				co.Defer(func() { ended++ })
				return b(co, room)
			})
			c, _ := s.enter()
			s.end(c)
			require.Equal(t, 1, ended)
			// It does the same where the room ends for another reason.
			c, _ = s.enter()
			require.NoError(t, s.sys.Do("stage", func(*Room) { panic("the end") }))
			s.settle()
			require.Equal(t, 2, ended)
			s.end(c)
		})
	}
}

func TestSwallowedUnwindingIsReported(t *testing.T) {
	s := newStage(t, func(co *Co, _ *Room) error {
		for {
			func() {
				defer func() { _ = recover() }()
				_ = co.Sleep(time.Hour)
			}()
		}
	})
	c, _ := s.enter()
	s.end(c)
	require.Contains(t, s.log.String(), "a stopped coroutine went on")
}

// A behaviour that never yields is reported by room, behaviour and stack, and other rooms and
// connections run on.
func TestWatchdog(t *testing.T) {
	for name, spin := range map[string]func(room *Room, release chan struct{}){
		"busy": func(_ *Room, release chan struct{}) {
			for !closed(release) {
			}
		},
		"blocked": func(_ *Room, release chan struct{}) { <-release },
	} {
		for _, where := range []string{"coroutine", "hook"} {
			t.Run(name+" "+where, func(t *testing.T) {
				release, log := make(chan struct{}), newStage(t, nil)
				sys, err := NewSystem(Options{Watchdog: 20 * time.Millisecond, Logger: log.sys.log})
				require.NoError(t, err)
				require.NoError(t, sys.Behavior("stage", func(co *Co, room *Room) error {
					for range 10 { // there are others, parked
						co.Go(func(co *Co) error { return co.Sleep(time.Hour) })
					}
					if where == "hook" {
						room.Hook(Hooks{Send: func(*Event) error { theRunaway(spin, room, release); return nil }})
						return co.Sleep(time.Hour)
					}
					if _, err := co.Recv(Named("boom")); err != nil {
						return err
					}
					theRunaway(spin, room, release)
					return co.Sleep(time.Hour)
				}))
				r := &rig{t: t, sys: sys}
				c, other := r.connect(), r.connect()
				c.say(`{"type":"join","room":"stage"}`)
				c.until("joined")
				c.say(`{"type":"send","room":"stage","event":"boom"}`)
				end := time.Now().Add(10 * time.Second)
				for !strings.Contains(log.log.String(), "theRunaway") { // the first may be about a slow join
					require.True(t, time.Now().Before(end), "not reported within 10 s")
					runtime.Gosched()
				}
				require.NotZero(t, sys.Stats().Stuck)
				require.Contains(t, log.log.String(), "room=stage behavior=stage")
				other.say(`{"type":"join","room":"elsewhere"}`)
				other.until("joined")
				close(release)
				c.conn.Ended(true)
				other.conn.Ended(true)
				require.NoError(t, sys.Close(context.Background()))
			})
		}
	}
}

//go:noinline
func theRunaway(f func(*Room, chan struct{}), room *Room, release chan struct{}) { f(room, release) }

func TestCoElsewherePanics(t *testing.T) {
	const message = "actors: a Co was used outside of its own coroutine"
	s := newStage(t, func(co *Co, room *Room) error {
		_, err := Await(co, func(context.Context) (int, error) {
			for co.loop.running.Load() == co {
				runtime.Gosched() // before it parks, nobody could tell
			}
			return 0, co.Sleep(time.Second)
		})
		require.ErrorContains(t, err, message)
		co.Go(func(other *Co) error {
			for _, f := range []func(){
				func() { _ = co.Sleep(1) }, func() { _, _ = co.Recv() }, func() { co.Context() },
				func() { _ = co.Yield() }, func() { co.Go(nil) }, func() { co.Defer(nil) },
			} {
				require.PanicsWithValue(t, message, f)
			}
			return nil
		})
		room.Hook(Hooks{Send: func(*Event) error {
			require.PanicsWithValue(t, message, func() { _ = co.Sleep(1) })
			return nil
		}})
		require.NoError(t, room.Broadcast("hooked", nil))
		return co.Sleep(time.Hour)
	})
	c := s.connect()
	c.say(`{"type":"join","room":"stage"}`)
	c.until("event")
	c.shout("e", "1")
	c.hear()
	room := s.sys.room(roomKey{name: "stage"})
	require.PanicsWithValue(t, "actors: a Room was used outside of its turn", func() { _ = room.Broadcast("e", 1) })
	s.end(c)
	require.Zero(t, s.sys.Stats().Panics, s.log)
}

func TestAwait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		onStage(t, func(co *Co, _ *Room) error {
			v, err := Await(co, func(context.Context) (int, error) { time.Sleep(time.Second); return 42, nil })
			require.NoError(t, err)
			require.Equal(t, 42, v)
			_, err = Await(co, func(context.Context) (int, error) { return 0, context.DeadlineExceeded })
			require.ErrorIs(t, err, context.DeadlineExceeded)
			_, err = Await(co, func(context.Context) (int, error) { theCulprit(nil); return 0, nil })
			require.ErrorContains(t, err, "theCulprit")
			_, err = Await(co, func(context.Context) (int, error) { runtime.Goexit(); return 0, nil })
			require.ErrorContains(t, err, "Goexit")
			return nil
		})
	})
}

func TestAwaitThatOutlivesItsRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var did steps
		late := make(chan struct{})
		s := newStage(t, func(co *Co, _ *Room) error {
			_, err := Await(co, func(ctx context.Context) (int, error) {
				<-ctx.Done()
				<-late // it does not listen
				return 1, nil
			})
			did.add("%v", err)
			return err
		})
		c, _ := s.enter()
		c.say(`{"type":"leave","room":"stage"}`)
		c.hear()
		require.Equal(t, []string{"the coroutine was stopped"}, did.list)
		c.join("stage", "") // a new life of the name, with an Await of its own
		go func() { time.Sleep(time.Second); close(late) }()
		require.NoError(t, closeRig(s.rig), "waits for both")
		require.Equal(t, 2, len(did.list))
		c.conn.Ended(true)
	})
}

// closed tells whether c was closed, without waiting.
func closed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
