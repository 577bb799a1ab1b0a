package actors_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/anthdm/hollywood/actor"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

// A behaviour reads as if it blocked: it waits for what members send, one event after another.
func ExampleSystem_Behavior() {
	sys := newSystem()
	defer shut(sys)
	_ = sys.Behavior("count-*", func(co *actors.Co, room *actors.Room) error {
		for n := 1; ; n++ {
			e, err := co.Recv(actors.Named("next"))
			if err != nil {
				return err // everybody has left
			}
			_ = room.Send(e.Member.ID, "number", n)
		}
	})
	a := visit(sys, "count-1")
	a.send("next", nil)
	a.send("next", nil)
	a.print(2)
	// Output:
	// number 1
	// number 2
}

// The quiz of the project's README: it waits for two, asks, and takes the first answer.
func Example_quiz() {
	sys := newSystem()
	defer shut(sys)
	_ = sys.Behavior("quiz-*", func(co *actors.Co, room *actors.Room) error {
		for room.Len() < 2 {
			if _, err := co.Recv(); err != nil { // parks the coroutine, not a thread
				return err
			}
		}
		if err := room.Broadcast("question", "6 × 7?"); err != nil {
			return err
		}
		answer, err := co.RecvTimeout(10*time.Second, actors.Named("answer"))
		if err != nil {
			return room.Broadcast("over", "nobody knew")
		}
		return room.Broadcast("over", answer.Data)
	})
	visit(sys, "quiz-1")
	b := visit(sys, "quiz-1")
	b.send("answer", 42)
	b.print(2)
	// Output:
	// question "6 × 7?"
	// over 42
}

// Recv takes filters, and RecvTimeout waits only so long.
func ExampleCo_RecvTimeout() {
	sys := newSystem()
	defer shut(sys)
	_ = sys.Behavior("quiz", func(co *actors.Co, room *actors.Room) error {
		if _, err := co.Recv(actors.Named("ready")); err != nil {
			return err
		}
		_ = room.Broadcast("question", "6 times 7?")
		for {
			e, err := co.RecvTimeout(10*time.Millisecond, actors.Named("answer"))
			switch {
			case errors.Is(err, actors.ErrTimeout):
				return room.Broadcast("over", "too slow")
			case err != nil:
				return err
			}
			var n int
			_ = room.Broadcast("right", e.Data.Unmarshal(&n) == nil && n == 42)
		}
	})
	a := visit(sys, "quiz")
	a.send("ready", nil)
	a.print(2)
	// Output:
	// question "6 times 7?"
	// over "too slow"
}

func ExampleCo_Sleep() {
	sys := newSystem()
	defer shut(sys)
	_ = sys.Behavior("clock", func(co *actors.Co, room *actors.Room) error {
		for n := range 3 {
			if err := co.Sleep(time.Millisecond); err != nil {
				return err
			}
			_ = room.Broadcast("tick", n)
		}
		return nil
	})
	visit(sys, "clock").print(3)
	// Output:
	// tick 0
	// tick 1
	// tick 2
}

// Go starts a coroutine beside the others; Cancel ends it, Wait waits for its end.
func ExampleCo_Go() {
	sys := newSystem()
	defer shut(sys)
	_ = sys.Behavior("race", func(co *actors.Co, room *actors.Room) error {
		slow := co.Go(func(co *actors.Co) error { return co.Sleep(time.Hour) })
		if _, err := co.Recv(actors.Named("stop")); err != nil {
			return err
		}
		slow.Cancel()
		return room.Broadcast("slow", fmt.Sprint(slow.Wait(co)))
	})
	a := visit(sys, "race")
	a.send("stop", nil)
	a.print(1)
	// Output: slow "the coroutine was cancelled"
}

// Channels carry values between the coroutines of a room.
func ExampleChannel() {
	sys := newSystem()
	defer shut(sys)
	_ = sys.Behavior("pipe", func(co *actors.Co, room *actors.Room) error {
		words := actors.NewChannel[string](co, 2)
		co.Go(func(co *actors.Co) error {
			defer words.Close()
			for {
				e, err := co.Recv(actors.Named("word", "end"))
				if err != nil || e.Name == "end" {
					return err
				}
				var word string
				if e.Data.Unmarshal(&word) == nil {
					if err := words.Send(co, word); err != nil {
						return err
					}
				}
			}
		})
		for {
			word, err := words.Recv(co)
			if errors.Is(err, actors.ErrChannelClosed) {
				return room.Broadcast("end", nil)
			} else if err != nil {
				return err
			}
			_ = room.Broadcast("heard", word)
		}
	})
	a := visit(sys, "pipe")
	a.send("word", "to")
	a.send("word", "whom")
	a.send("end", nil)
	a.print(3)
	// Output:
	// heard "to"
	// heard "whom"
	// end null
}

// Select waits for the first of several things.
func ExampleSelect() {
	sys := newSystem()
	defer shut(sys)
	_ = sys.Behavior("bell", func(co *actors.Co, room *actors.Room) error {
		stops := actors.NewChannel[string](co, 0)
		co.Go(func(co *actors.Co) error {
			if err := co.Sleep(time.Hour); err != nil {
				return err
			}
			return stops.Send(co, "evening")
		})
		for {
			var e actors.Event
			var why string
			switch i, err := actors.Select(co,
				actors.OnEvent(&e, actors.Named("ring")),
				actors.RecvFrom(stops, &why),
				actors.After(24*time.Hour)); {
			case err != nil:
				return err
			case i == 0:
				_ = room.Broadcast("ding", nil)
			default:
				room.Close(why)
			}
		}
	})
	a := visit(sys, "bell")
	a.send("ring", nil)
	a.print(1)
	// Output: ding null
}

// A WaitGroup waits for several coroutines.
func ExampleWaitGroup() {
	sys := newSystem()
	defer shut(sys)
	_ = sys.Behavior("start", func(co *actors.Co, room *actors.Room) error {
		var all actors.WaitGroup
		for _, d := range []time.Duration{3, 1, 2} {
			all.Go(co, func(co *actors.Co) error { return co.Sleep(d * time.Millisecond) })
		}
		if err := all.Wait(co); err != nil {
			return err
		}
		return room.Broadcast("ready", nil)
	})
	visit(sys, "start").print(1)
	// Output: ready null
}

// A timer starts a coroutine when its time has come, and nobody waits for it meanwhile.
func ExampleRoom_AfterFunc() {
	sys := newSystem()
	defer shut(sys)
	_ = sys.Behavior("exam", func(co *actors.Co, room *actors.Room) error {
		room.AfterFunc(time.Millisecond, func(co *actors.Co) error { return room.Broadcast("time", "half of it") })
		bell := room.AfterFunc(time.Hour, func(co *actors.Co) error { return room.Broadcast("time", "over") })
		if _, err := co.Recv(actors.Named("finished")); err != nil {
			return err
		}
		return room.Broadcast("bell", bell.Stop())
	})
	a := visit(sys, "exam")
	a.print(1)
	a.send("finished", nil)
	a.print(1)
	// Output:
	// time "half of it"
	// bell true
}

// What was deferred runs however the coroutine ends: here, because everybody has left.
func ExampleCo_Defer() {
	sys := newSystem()
	defer shut(sys)
	closed := make(chan struct{})
	_ = sys.Behavior("diary", func(co *actors.Co, room *actors.Room) error {
		co.Defer(func() { fmt.Println("the diary is closed"); close(closed) })
		_, err := co.Recv(actors.Named("never"))
		return err
	})
	visit(sys, "diary").leave()
	<-closed
	// Output: the diary is closed
}

// Await runs what really blocks off the room, which goes on meanwhile.
func ExampleAwait() {
	rank := func(ctx context.Context) (string, error) { // asks a database, say
		select {
		case <-time.After(time.Millisecond):
			return "Ann, Ben, Cay", nil
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	sys := newSystem()
	defer shut(sys)
	_ = sys.Behavior("game", func(co *actors.Co, room *actors.Room) error {
		best, err := actors.Await(co, rank)
		if err != nil {
			return err
		}
		return room.Broadcast("best", best)
	})
	visit(sys, "game").print(1)
	// Output: best "Ann, Ben, Cay"
}

// Request asks one member, and waits for what it sends under the same name.
func ExampleRoom_Request() {
	sys := newSystem()
	defer shut(sys)
	_ = sys.Behavior("doorman", func(co *actors.Co, room *actors.Room) error {
		e, err := co.Recv(actors.OfKind(actors.Joined))
		if err != nil {
			return err
		}
		answer, err := room.Request(co, e.Member.ID, "password", "please", time.Minute)
		if err != nil {
			return err
		}
		return room.Broadcast("heard", answer.Data)
	})
	a := visit(sys, "doorman")
	a.print(1)
	a.send("password", "swordfish")
	a.print(1)
	// Output:
	// password "please"
	// heard "swordfish"
}

// Intercept is for those who want no coroutine, only a say in what happens.
func ExampleSystem_Intercept() {
	sys := newSystem()
	defer shut(sys)
	_ = sys.Intercept("calm-*", func(room *actors.Room) actors.Hooks {
		said := map[string]int{} // the room's own
		return actors.Hooks{
			Join: func(j *actors.Join) error {
				if room.Len() >= 2 {
					return &wire.Error{Code: wire.RoomFull, Message: "two are enough"}
				}
				return nil
			},
			Send: func(e *actors.Event) error {
				if said[e.Member.ID]++; said[e.Member.ID] > 1 {
					return errors.New("you have said it")
				}
				return nil
			},
		}
	})
	a, b := visit(sys, "calm-1"), visit(sys, "calm-1")
	a.send("chat", "hello")
	a.send("chat", "hello?")
	b.print(1)
	a.print(1)
	// Output:
	// chat "hello"
	// forbidden: you have said it
}

// Hook has a say in what is told to whom. The state that it keeps is the behaviour's own.
func ExampleRoom_Hook() {
	sys := newSystem()
	defer shut(sys)
	_ = sys.Behavior("forum", func(co *actors.Co, room *actors.Room) error {
		strikes := map[string]int{}
		room.Hook(actors.Hooks{Send: func(e *actors.Event) error {
			var text string
			switch {
			case e.Name != "chat":
				return actors.ErrDrop // nobody is told
			case e.Data.Unmarshal(&text) != nil:
				return &wire.Error{Code: wire.BadRequest, Message: "data: a string"}
			case !strings.Contains(text, "darn"):
				return nil
			}
			if strikes[e.Member.ID]++; strikes[e.Member.ID] > 1 {
				return room.Kick(e.Member.ID, "mind your language")
			}
			var err error
			e.Data, err = wire.NewValue(wire.JSON, strings.ReplaceAll(text, "darn", "****"))
			return err
		}})
		_, err := co.Recv(actors.OfKind(actors.Left))
		return errors.Join(err, room.Broadcast("gone", room.Len()))
	})
	a, b := visit(sys, "forum"), visit(sys, "forum")
	b.send("spam", "buy!")
	b.send("chat", "darn it")
	a.print(1)
	b.send("chat", "darn, darn")
	a.print(1)
	// Output:
	// chat "**** it"
	// gone 1
}

// A join can be held, and be let in later.
func ExampleJoin_Admit() {
	sys := newSystem()
	defer shut(sys)
	_ = sys.Behavior("class", func(co *actors.Co, room *actors.Room) error {
		room.Hook(actors.Hooks{Join: func(j *actors.Join) error {
			if room.Len() == 0 {
				return nil // the teacher
			}
			return actors.ErrHold
		}})
		for {
			e, err := co.Recv(actors.OfKind(actors.Knocked))
			if err != nil {
				return err
			}
			teacher := room.Members()[0].ID
			answer, err := room.Request(co, teacher, "admit?", e.Join.Profile, time.Minute)
			switch {
			case err == nil && string(answer.Data.Bytes) == "true":
				e.Join.Admit()
			default:
				e.Join.Refuse(wire.Forbidden, "not today")
			}
		}
	})
	teacher := visit(sys, "class")
	name, _ := wire.NewValue(wire.JSON, "Ann")
	ann := connect(sys, "class")
	ann.ask(&wire.Request{Kind: wire.KindJoin, Room: "class", Profile: name})
	teacher.print(1)
	teacher.send("admit?", true)
	joined := (<-ann.heard).(*wire.Joined)
	fmt.Println("members:", joined.Count)
	// Output:
	// admit? "Ann"
	// members: 2
}

// A room's settings are the behaviour's to change.
func ExampleRoom_SetCapacity() {
	sys := newSystem()
	defer shut(sys)
	_ = sys.Behavior("duel", func(co *actors.Co, room *actors.Room) error {
		room.SetCapacity(3)
		for room.Len() < 2 {
			if _, err := co.Recv(actors.OfKind(actors.Joined)); err != nil {
				return err
			}
		}
		room.SetLocked(true) // no more, whatever the capacity is
		second := room.Members()[1]
		if err := room.SetRole(second.ID, wire.RoleModerator); err != nil {
			return err
		}
		if _, err := co.Recv(actors.Named("over")); err != nil {
			return err
		}
		room.Close("until next time")
		return nil
	})
	a, _ := visit(sys, "duel"), visit(sys, "duel")
	late := connect(sys, "duel")
	late.ask(&wire.Request{Kind: wire.KindJoin, Room: "duel"})
	late.print(1)
	a.send("over", nil)
	for m := range a.heard {
		if bye, over := m.(*wire.Bye); over {
			fmt.Println(bye.Reason+":", bye.Text)
			break
		}
	}
	// Output:
	// room_locked: room: locked
	// closed: until next time
}

// A Hollywood actor asks a room as it asks any other actor.
func ExampleRoom_Reply() {
	sys := newSystem()
	defer shut(sys)
	_ = sys.Behavior("oracle", func(co *actors.Co, room *actors.Room) error {
		for {
			e, err := co.Recv(actors.OfKind(actors.Told))
			if err != nil {
				return err
			}
			room.Reply(e, fmt.Sprintf("%v: ask the %d who are here", e.Message, room.Len()))
		}
	})
	visit(sys, "oracle")
	answer, err := sys.Engine().Request(sys.PID("oracle"), "who am I?", time.Minute).Result()
	fmt.Println(answer, err)
	// Output: who am I?: ask the 1 who are here <nil>
}

// echo is a bot: it says back to everybody what is said.
type echo struct {
	sys  *actors.System
	conn *actor.PID
}

func (b *echo) Receive(c *actor.Context) {
	switch m := c.Message().(type) {
	case actor.Started:
		b.conn, _ = b.sys.ConnectActor(c.PID(), "")
		c.Send(b.conn, &wire.Request{Kind: wire.KindJoin, Room: "cave"})
	case *wire.Joined:
		c.Send(b.conn, &wire.Request{Kind: wire.KindSend, Room: m.Room, Event: "ready"})
	case *wire.Event:
		c.Send(b.conn, &wire.Request{Kind: wire.KindSend, Room: m.Room, Event: m.Event, Data: m.Data})
	}
}

// Any Hollywood actor can be a member.
func ExampleSystem_ConnectActor() {
	sys := newSystem()
	defer shut(sys)
	a := visit(sys, "cave")
	sys.Engine().Spawn(func() actor.Receiver { return &echo{sys: sys} }, "echo")
	a.print(1)
	a.send("shout", "hello")
	a.print(1)
	// Output:
	// ready null
	// shout "hello"
}

// Code outside of a room reaches into it with Do.
func ExampleSystem_Do() {
	sys := newSystem()
	defer shut(sys)
	a := visit(sys, "news")
	err := sys.Do("news", func(room *actors.Room) { _ = room.Broadcast("headline", room.Len()) })
	a.print(1)
	fmt.Println(err, sys.Do("nowhere", nil))
	// Output:
	// headline 1
	// <nil> no such room
}
