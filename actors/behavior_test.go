package actors

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
)

func TestBehaviourHearsWhatHappens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var did steps
		s := newStageWith(t, Options{Linger: time.Second}, func(co *Co, room *Room) error {
			for {
				e, err := co.Recv()
				if err != nil {
					return err
				}
				did.add("%v %d %s%s%s", e.Kind, e.Member.Since, e.Name, e.Data.Bytes, e.Reason)
			}
		})
		a, _ := s.enter()
		b := s.connect()
		member, key := b.selfOf(b.join("stage", ""))
		b.shout("hello", `{"x":1}`)
		b.say(`{"type":"update","room":"stage","profile":3}`)
		b.hear()
		b.conn.Ended(false)
		s.settle()
		c := s.connect()
		c.join("stage", `,"resume":{"member":"`+member+`","key":"`+key+`","epoch":"x","seq":0}`)
		c.conn.Ended(false)
		s.settle()
		time.Sleep(time.Second)
		synctest.Wait()
		s.settle()
		require.Equal(t, []string{
			"joined 1 ", "joined 2 ", `sent 2 hello{"x":1}`, "updated 2 ", "suspended 2 ",
			"resumed 2 ", "suspended 2 ", "left 2 timeout",
		}, did.list)
		s.end(a)
	})
}

func TestRecvTakesWhatItsFiltersLike(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var did steps
		s := newStage(t, func(co *Co, _ *Room) error {
			co.Go(func(co *Co) error {
				e, err := co.Recv(Named("b"), OfKind(Left))
				did.add("filter: %s", e.Name)
				return err
			})
			e, err := co.RecvTimeout(time.Second, Named("c"))
			did.add("%s %v", e.Name, err)
			for range 3 {
				e, err := co.Recv()
				if err != nil {
					return err
				}
				did.add("%v %s", e.Kind, e.Name)
			}
			return nil
		})
		c, _ := s.enter()
		c.shout("a", "1")
		c.shout("b", "1")
		s.settle()
		time.Sleep(time.Second)
		synctest.Wait()
		s.settle()
		c.shout("c", "1")
		s.settle()
		require.Equal(t, []string{"filter: b", " timed out", "joined ", "sent a", "sent c"}, did.list)
		s.end(c)
	})
}

func TestUnheardEventsAreDroppedAndCounted(t *testing.T) {
	var room *Room
	s := newStage(t, func(co *Co, r *Room) error {
		room = r
		return co.Sleep(time.Hour)
	})
	c, _ := s.enter()
	for range maxEvents + 9 {
		c.shout("e", "1")
		s.settle()
	}
	c.discard()
	require.Equal(t, maxEvents, room.loop.events.len())
	require.EqualValues(t, 10, s.sys.Stats().Dropped[DropUnheard])
	big := fmt.Sprintf("%q", make([]byte, 10<<10))
	for range 30 {
		c.shout("e", big)
		s.settle()
		c.discard()
	}
	require.LessOrEqual(t, room.loop.eventData, maxEventData)
	sum := 0
	for i := range room.loop.events.len() {
		sum += len(room.loop.events.at(i).Data.Bytes)
	}
	require.Equal(t, sum, room.loop.eventData)
	s.do(func(r *Room) { r.Listen(OfKind(Left)) })
	before := room.loop.events.len()
	c.shout("e", "1")
	s.settle()
	require.Equal(t, before, room.loop.events.len())
	s.end(c)
}

func TestBehaviourThatReturnsLeavesItsRoom(t *testing.T) {
	s := newStage(t, func(co *Co, room *Room) error {
		room.Hook(Hooks{Send: func(e *Event) error { e.Name = "hooked"; return nil }})
		return nil
	})
	a, _ := s.enter()
	b, _ := s.enter()
	a.hear()
	b.shout("e", "1")
	require.Equal(t, "hooked", a.hearOne()["event"])
	require.Zero(t, s.sys.room(roomKey{name: "stage"}).loop.events.len(), "nobody will ask for them")
	s.end(a, b)
}

// The last member's leaving and the next one's coming may fall into one turn: the behaviour
// starts anew, once, and the newcomer finds nothing of the old one.
func TestRoomThatIsEmptiedAndEnteredInOneTurn(t *testing.T) {
	var did steps
	s := newStage(t, func(co *Co, room *Room) error {
		did.add("start")
		co.Defer(func() { did.add("stop"); _ = room.Broadcast("from the old one", nil) })
		room.SetCapacity(1)
		_, err := co.Recv(Named("lift"))
		room.Hook(Hooks{Send: func(*Event) error { return ErrDrop }})
		if err == nil {
			_, err = co.Recv(Named("never"))
		}
		return err
	})
	a, _ := s.enter()
	a.shout("lift", "1")
	a.hear()
	a.say(`{"type":"leave","room":"stage"}`)
	a.say(`{"type":"join","id":3,"room":"stage"}`)
	j := a.hearOne()
	require.Equal(t, []any{"joined", 1.0, 1.0}, []any{j["type"], j["seq"], j["count"]})
	require.Equal(t, []string{"start", "stop", "start"}, did.list)

	// Or into two turns, with the room not yet gone in between.
	a.say(`{"type":"leave","room":"stage"}`)
	room := s.sys.room(roomKey{name: "stage"})
	for range turnLetters - 1 {
		require.Equal(t, taken, room.box.push(roomLetter{op: opCall, call: func() {}}))
	}
	a.say(`{"type":"join","id":4,"room":"stage"}`)
	require.Equal(t, 1.0, a.hearOne()["seq"])
	require.Equal(t, []string{"start", "stop", "start", "stop", "start"}, did.list)

	// What comes too late for the old life begins no new one.
	a.say(`{"type":"leave","room":"stage"}`)
	for range turnLetters - 1 {
		require.Equal(t, taken, room.box.push(roomLetter{op: opCall, call: func() {}}))
	}
	room.box.force(roomLetter{op: opTick})
	room.box.force(roomLetter{op: opStop})
	s.settle()
	require.Equal(t, []string{"start", "stop", "start", "stop", "start", "stop"}, did.list)
	s.end(a)
	require.Zero(t, s.sys.Stats().Panics, s.log)
}

func TestBehaviourThatFailsAtItsStart(t *testing.T) {
	for name, b := range map[string]Behavior{
		"panics": func(*Co, *Room) error { panic("no") },
		"fails":  func(*Co, *Room) error { return fmt.Errorf("no") },
		"closes": func(_ *Co, room *Room) error { room.Close("never open"); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, b)
			c := s.connect()
			require.Equal(t, "error", c.join("stage", "")["type"])
			s.end(c)
		})
	}
}

func TestStopDuringTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sys, err := NewSystem(Options{Watchdog: -1})
		require.NoError(t, err)
		begun := make(chan struct{})
		require.NoError(t, sys.Behavior("stage", func(co *Co, _ *Room) error {
			close(begun)
			time.Sleep(time.Second) // a behaviour should not, but this one does
			return co.Sleep(time.Hour)
		}))
		r := &rig{t: t, sys: sys}
		c := r.connect()
		c.say(`{"type":"join","id":1,"room":"stage"}`)
		<-begun
		require.NoError(t, sys.Close(context.Background()))
		heard := c.hear()
		require.Equal(t, []any{"joined", "bye"}, []any{heard[0]["type"], heard[1]["type"]})
		c.conn.Ended(true)
	})
}

func TestRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var did steps
		s := newStage(t, func(co *Co, room *Room) error {
			ask := func(id string) func(co *Co) error {
				return func(co *Co) error {
					e, err := room.Request(co, id, "question", 6*7, time.Second)
					did.add("%s %v", e.Data.Bytes, err)
					return nil
				}
			}
			if _, err := co.Recv(Named("begin")); err != nil {
				return err
			}
			a, b := room.Members()[0].ID, room.Members()[1].ID
			co.Go(ask(a))
			co.Go(ask(a))
			co.Go(ask(b))
			co.Go(ask("who"))
			if _, err := co.Recv(Named("again")); err != nil {
				return err
			}
			return ask(a)(co)
		})
		a, _ := s.enter()
		b, _ := s.enter()
		a.shout("begin", "1")
		require.Equal(t, []string{"question 42", "question 42"}, a.events())
		require.Equal(t, []string{"question 42"}, b.events())
		require.Equal(t, []string{" no such member in this room"}, did.list)
		did.list = nil
		a.say(`{"type":"send","id":2,"room":"stage","event":"question","data":"first"}`)
		a.say(`{"type":"send","id":3,"room":"stage","event":"question","data":"second"}`)
		heard := a.hear()
		require.Equal(t, []any{"ok", "ok"}, []any{heard[0]["type"], heard[1]["type"]})
		require.Empty(t, b.hear(), "a reply is nobody else's business")
		b.say(`{"type":"leave","room":"stage"}`)
		b.hear()
		a.shout("again", "1")
		a.hear()
		time.Sleep(time.Second)
		synctest.Wait()
		s.settle()
		a.shout("question", `"late"`)
		s.settle()
		require.Equal(t, []string{`"first" <nil>`, `"second" <nil>`, " no such member in this room", " timed out"}, did.list)
		s.end(a, b)
	})
}

func TestRoomMethods(t *testing.T) {
	s := newStage(t, func(co *Co, room *Room) error { return co.Sleep(time.Hour) })
	a, ida := s.enter()
	b, idb := s.enter()
	a.hear()
	s.do(func(r *Room) {
		require.Equal(t, "stage", r.Name())
		require.Equal(t, 2, r.Len())
		require.Equal(t, idb, r.Members()[1].ID)
		m, ok := r.Member(ida)
		require.True(t, ok)
		require.Equal(t, Member{ID: ida, Since: 1, Role: wire.RoleModerator}, m)
		_, ok = r.Member("x")
		require.False(t, ok)
		require.ErrorIs(t, r.Send("x", "e", 1), ErrNoMember)
		require.ErrorIs(t, r.Kick("x", ""), ErrNoMember)
		require.ErrorIs(t, r.SetRole("x", 0), ErrNoMember)
		require.ErrorContains(t, r.Broadcast("", 1), "event: 0 bytes")
		require.ErrorContains(t, r.Broadcast("e", make([]byte, wire.MaxMessage)), "data:")
		require.ErrorContains(t, r.Broadcast("e", func() {}), "data:")
		require.NoError(t, r.Broadcast("all", object{"n": 1}))
		require.NoError(t, r.Send(idb, "one", nil))
		r.SetLocked(true)
		r.SetLocked(true)
		require.True(t, r.Locked())
	})
	kinds := func(c *client) (list []any) {
		for _, o := range c.hear() {
			list = append(list, o["type"], o["seq"])
		}
		return list
	}
	require.Equal(t, []any{"event", 3.0, "room", 5.0}, kinds(a))
	require.Equal(t, []any{"event", 3.0, "event", 4.0, "room", 5.0}, kinds(b))
	s.do(func(r *Room) { require.NoError(t, r.Kick(idb, "out")) })
	require.Equal(t, "out", b.hearOne()["text"])
	require.ErrorIs(t, s.sys.Do("nowhere", nil), ErrNoRoom)
	s.end(a, b)
}

func TestSetProfile(t *testing.T) {
	s := newStage(t, func(co *Co, room *Room) error { return co.Sleep(time.Hour) })
	s.sys.options.RosterBytes = 8
	a, ida := s.enter()
	b, idb := s.enter()
	a.hear()
	value := func(text string) wire.Value { return wire.Value{Codec: wire.JSON, Bytes: []byte(text)} }
	s.do(func(r *Room) {
		require.ErrorIs(t, r.SetProfile("x", value("1")), ErrNoMember)
		require.EqualError(t, r.SetProfile(ida, value(strings.Repeat("1", wire.MaxProfile+1))), "profile: 4097 bytes, at most 4096")
		require.ErrorContains(t, r.SetProfile(ida, value("{")), "profile: ")
		require.NoError(t, r.SetProfile(ida, value(" [1,2] ")))
		require.EqualError(t, r.SetProfile(idb, value("1234")), "profile: those of the room have 5 bytes, at most 8")
		m, _ := r.Member(ida)
		require.Equal(t, value("[1,2]"), m.Profile)
	})
	for _, c := range []*client{a, b} { // the member itself, too
		told := c.hearOne()
		require.Equal(t, []any{"member", "updated", ida, []any{1.0, 2.0}}, []any{told["type"], told["change"], told["member"], told["profile"]})
	}
	s.end(a, b)
}

// Whatever a behaviour does with the roles, a room whose last moderator leaves gets one.
func TestRolesUnderABehaviour(t *testing.T) {
	s := newStage(t, func(co *Co, room *Room) error { return co.Sleep(time.Hour) })
	var clients []*client
	var ids []string
	for range 4 {
		c, id := s.enter()
		clients, ids = append(clients, c), append(ids, id)
	}
	role := func(i int) (role wire.Role) {
		s.do(func(r *Room) {
			m, ok := r.Member(ids[i])
			require.True(t, ok)
			role = m.Role
		})
		return role
	}
	s.do(func(r *Room) {
		require.NoError(t, r.SetRole(ids[2], wire.RoleModerator))
		require.NoError(t, r.SetRole(ids[0], wire.RoleMember))
	})
	clients[0].conn.Ended(true)
	s.settle()
	require.Equal(t, wire.RoleMember, role(1))
	require.Equal(t, wire.RoleModerator, role(2))
	clients[2].conn.Ended(true)
	s.settle()
	require.Equal(t, wire.RoleModerator, role(1), "the smallest since")
	s.do(func(r *Room) { require.NoError(t, r.SetRole(ids[1], wire.RoleMember)) })
	clients[1].conn.Ended(true)
	s.settle()
	require.Equal(t, wire.RoleMember, role(3), "a room without moderators stays without")
	s.end(clients[3])
}

func TestPatterns(t *testing.T) {
	s := newStage(t, nil)
	s.sys.behaviors = nil
	which := ""
	for _, p := range []string{"quiz-*", "*", "never"} {
		require.NoError(t, s.sys.Behavior(p, func(*Co, *Room) error { which = p; return nil }))
	}
	require.Error(t, s.sys.Behavior("a[", nil))
	for name, want := range map[string]string{"quiz-1": "quiz-*", "quiz": "*", "never": "*", "a/b": ""} {
		which = ""
		c := s.connect()
		c.join(name, "")
		require.Equal(t, want, which, name)
		c.conn.Ended(true)
		s.settle()
	}
	which = ""
	c := s.connectAs(ConnOptions{Format: prefixed{wire.JSON}, Namespace: "article"})
	c.join("quiz-1", "")
	require.Empty(t, which, "dialects know no behaviours")
	s.end(c)
}

func TestHollywoodActorsTalkToBehaviours(t *testing.T) {
	s := newStage(t, func(co *Co, room *Room) error {
		for {
			e, err := co.Recv(OfKind(Told))
			if err != nil {
				return err
			}
			room.Reply(e, fmt.Sprintf("%v, and %d are here", e.Message, room.Len()))
		}
	})
	require.Nil(t, s.sys.PID("stage"))
	c, _ := s.enter()
	pid := s.sys.PID("stage")
	resp := s.sys.Engine().Request(pid, "hello", time.Minute)
	s.settle()
	answer, err := resp.Result()
	require.NoError(t, err)
	require.Equal(t, "hello, and 1 are here", answer)
	s.sys.Engine().Send(pid, "nobody asks")
	s.settle()
	done := s.sys.Engine().Poison(pid)
	s.settle()
	wait(t, done.Done())
	s.end(c)
}

// 1,000 coroutines that are always ready do not keep the room from its letters.
func TestBusyCoroutinesShareTheTurn(t *testing.T) {
	s := newStage(t, func(co *Co, room *Room) error {
		for range 1000 {
			co.Go(func(co *Co) error {
				for {
					if err := co.Yield(); err != nil {
						return err
					}
				}
			})
		}
		return nil
	})
	c := s.connect()
	c.say(`{"type":"join","id":1,"room":"stage"}`)
	heard := func() (list []object) {
		for range 3 {
			s.next().Run()
		}
		iov := c.conn.Pending(make([][]byte, 0, 9))
		for _, b := range iov {
			c.conn.Wrote(len(b))
		}
		return make([]object, len(iov))
	}
	require.NotEmpty(t, heard())
	c.say(`{"type":"send","id":2,"room":"stage","event":"e"}`)
	require.NotEmpty(t, heard())
	c.conn.Ended(true)
	for range 3 {
		if task := s.next(); task != nil {
			task.Run()
		}
	}
	require.Zero(t, s.sys.Stats().Rooms)
}

// Rooms that are always busy take turns with everybody else who wants the processor.
func TestBusyRoomsShareTheProcessor(t *testing.T) {
	const rooms, fair = 8, 8
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	sys, err := NewSystem(Options{})
	require.NoError(t, err)
	var switches atomic.Int64
	require.NoError(t, sys.Behavior("*", func(co *Co, _ *Room) error {
		for co.Yield() == nil {
			switches.Add(1)
		}
		return ErrStopped
	}))
	r := &rig{t: t, sys: sys}
	var clients []*client
	for i := range rooms {
		c := r.connect()
		c.say(fmt.Sprintf(`{"type":"join","room":"%d"}`, i))
		c.until("joined")
		clients = append(clients, c)
	}
	before := switches.Load()
	const waits = 20
	for range waits {
		runtime.Gosched()
	}
	turns := float64(switches.Load()-before) / turnSwitches / rooms / waits
	require.LessOrEqual(t, turns, float64(fair), "turns of each room for one of somebody else's")
	for _, c := range clients {
		c.conn.Ended(true)
	}
	require.NoError(t, sys.Close(patient(t)))
	t.Logf("%.1f turns", turns)
}
