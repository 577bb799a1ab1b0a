package actors

import (
	"testing"
	"time"

	"github.com/anthdm/hollywood/actor"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
)

// Each of these is a trap of Hollywood v1.0.5 that took down, or blocked, what was built on it.

// A Hollywood actor that panics more often than MaxRestarts ends the process. Ours do not
// rely on its restarts: the same poison, many times over, ends one room at a time.
func TestPoisonousMessagesDoNotEndTheProcess(t *testing.T) {
	r := newRig(t, Options{})
	for range 10 {
		bad := r.connectAs(ConnOptions{Format: poisonous{}})
		bad.say(`{"type":"join","room":"r"}`)
		r.settle()
		bad.conn.Ended(false)
		r.settle()
	}
	require.EqualValues(t, 10, r.sys.Stats().Panics)
	require.Zero(t, r.sys.Stats().Rooms)
}

// Poison and Stop of a custom Processer never complete by themselves.
func TestPoisonAndStopComplete(t *testing.T) {
	r := newRig(t, Options{})
	e := r.sys.Engine()
	a, b := r.connect(), r.connect()
	a.join("r", "")
	b.join("r", "")
	room := r.sys.room(roomKey{name: "r"})

	done := e.Poison(room.box.PID()).Done()
	a.hear()
	wait(t, done)
	_, closing := a.conn.Closing()
	require.True(t, closing)
	require.Nil(t, r.sys.room(roomKey{name: "r"}))
	// A room that has ended is not there to be stopped, and saying so does not block either.
	wait(t, e.Stop(room.box.PID()).Done())
	room.box.Send(nil, stopActor{}, nil)

	c := r.connect()
	done = e.Stop(c.conn.PID()).Done()
	wait(t, done)
	require.Equal(t, object{"type": "bye", "code": 1000.0, "reason": "closed"}, c.hearOne())
	cl, closing := c.conn.Closing()
	require.True(t, closing)
	require.Equal(t, CloseNormal, cl.Code)
	for _, x := range []*client{a, b, c} {
		x.conn.Ended(true)
	}
	r.settle()
}

// Spawning an id that is taken returns the old PID in silence, and removing the loser removes
// the winner. Our ids are numbers that are given once.
func TestIDsAreNeverGivenTwice(t *testing.T) {
	r := newRig(t, Options{})
	seen := make(map[string]bool)
	for range 100 {
		c := r.connect()
		c.join("r", "")
		room := r.sys.room(roomKey{name: "r"})
		for _, pid := range []*actor.PID{c.conn.PID(), room.box.PID()} {
			require.False(t, seen[pid.ID], pid.ID)
			seen[pid.ID] = true
		}
		c.conn.Ended(true)
		r.settle()
	}
}

// A second answer to one Request blocks its sender for ever: answers go out on a goroutine of
// their own, and neither a room nor a shard waits for one.
func TestRepeatedAnswersBlockNobody(t *testing.T) {
	r := newRig(t, Options{})
	e := r.sys.Engine()
	c := r.connect()
	resp := e.Request(c.conn.PID(), Ask{}, time.Minute)
	answer, err := resp.Result()
	require.NoError(t, err)
	require.Equal(t, Answer{Actor: c.conn.PID().ID}, answer)

	again := actor.NewPID(resp.PID().Address, resp.PID().ID)
	for range 3 { // nobody listens any more: they go to the dead letters
		c.conn.foreign(Ask{}, again)
	}
	c.say(`{"type":"ping"}`)
	require.Equal(t, "pong", c.hearOne()["type"])
	c.conn.Ended(true)
}

// Hollywood's inbox doubles for ever; ours says no.
func TestMailboxIsBounded(t *testing.T) {
	r := newRig(t, Options{})
	a, b := r.connect(), r.connect()
	a.join("r", "")
	b.join("r", "")
	a.hear()
	room := r.sys.room(roomKey{name: "r"})
	const sent = maxRoomLetters + 500
	for range sent {
		a.say(`{"type":"send","room":"r","event":"e"}`)
	}
	require.True(t, a.conn.Blocked())
	require.Equal(t, maxRoomLetters, room.box.len())
	ready := a.ready.Load()
	r.settle()
	require.Greater(t, a.ready.Load(), ready, "the sender is told that there is room")
	events := len(b.hear())
	a.hear() // sends what was held back
	require.False(t, a.conn.Blocked())
	events += len(b.hear())
	require.Equal(t, sent, events, "nothing is dropped")
	a.conn.Ended(true)
	b.conn.Ended(true)
	r.settle()
}

// Whatever else is sent to our PIDs ends among the dead letters.
func TestForeignMessages(t *testing.T) {
	r := newRig(t, Options{})
	e := r.sys.Engine()
	dead := make(chan actor.DeadLetterEvent, 10)
	listener := e.SpawnFunc(func(c *actor.Context) {
		if d, ok := c.Message().(actor.DeadLetterEvent); ok {
			dead <- d
		}
	}, "listener")
	e.Subscribe(listener)
	a := r.connect()
	a.join("r", "")
	room := r.sys.room(roomKey{name: "r"})
	e.Send(room.box.PID(), "what?")
	require.Equal(t, "what?", (<-dead).Message)
	e.Send(a.conn.PID(), 17)
	require.Equal(t, 17, (<-dead).Message)

	e.Send(a.conn.PID(), &wire.Pong{ID: 7})
	require.Equal(t, object{"type": "pong", "id": 7.0}, a.hearOne())
	a.conn.Ended(true)
	r.settle()
	// A subscriber that ends while it is subscribed makes the event stream chase its own dead
	// letters for ever.
	e.Unsubscribe(listener)
	wait(t, e.Poison(listener).Done())
}

func wait(t *testing.T, done <-chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("still waiting after 10 s")
	}
}
