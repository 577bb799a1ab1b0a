package actors

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
)

// hooked is a stage whose behaviour only sets hooks.
func hooked(t *testing.T, f func(room *Room) Hooks) *stage {
	return newStage(t, func(co *Co, room *Room) error {
		room.Hook(f(room))
		for {
			e, err := co.Recv()
			if err != nil {
				return err
			}
			require.NotEqual(t, "drop", e.Name)
		}
	})
}

func TestSendHook(t *testing.T) {
	var absent string
	s := hooked(t, func(room *Room) Hooks {
		return Hooks{Send: func(e *Event) error {
			switch e.Name {
			case "drop":
				return ErrDrop
			case "private":
				return ErrPrivate
			case "no":
				return errors.New("not here")
			case "slow":
				return &wire.Error{Code: wire.RateLimited, Message: "slow down"}
			case "rewrite":
				e.Name = "rewritten"
				e.Data, _ = wire.NewValue(wire.JSON, "other")
				e.To = []string{room.Members()[0].ID}
			case "nobody":
				e.To = []string{}
			case "all":
				e.To = nil
			case "in place":
				e.To[0] = room.Members()[1].ID
			case "broken":
				e.Name = ""
			case "kick me":
				return room.Kick(e.Member.ID, "as you wish")
			}
			return nil
		}}
	})
	a, ida := s.enter()
	b, idb := s.enter()
	c, idc := s.enter()
	hear := func() (list [][]object) {
		for _, x := range []*client{a, b, c} {
			list = append(list, x.hear())
		}
		return list
	}
	hear()
	ask := func(event, to string) [][]object {
		c.say(`{"type":"send","id":1,"room":"stage","event":"` + event + `","data":1` + to + `}`)
		heard := hear()
		for _, list := range heard {
			for _, o := range list {
				delete(o, "seq")
				delete(o, "room")
			}
		}
		return heard
	}
	say := func(code, message string) []object {
		return []object{{"type": "error", "id": 1.0, "code": code, "message": message}}
	}
	event := func(name string, data any, more ...any) []object {
		o := object{"type": "event", "from": idc, "event": name, "data": data}
		if more != nil {
			o["to"] = more[0]
		}
		return []object{o}
	}
	ok := []object{{"type": "ok", "id": 1.0}}
	again := 0
	next := func() { // the answers are kept by id: ask under a new one
		again++
		s.sys.room(roomKey{name: "stage"}).byID(idc).answers = nil
	}
	for name, tc := range map[string]struct {
		event, to string
		want      [][]object
	}{
		"dropped":     {"drop", "", [][]object{nil, nil, ok}},
		"refused":     {"no", "", [][]object{nil, nil, say("forbidden", "not here")}},
		"own code":    {"slow", "", [][]object{nil, nil, say("rate_limited", "slow down")}},
		"rewritten":   {"rewrite", "", [][]object{event("rewritten", "other", []any{ida}), nil, ok}},
		"to nobody":   {"nobody", "", [][]object{nil, nil, say("no_such_member", "to: no such member in this room")}},
		"to all":      {"all", `,"to":"` + ida + `"`, [][]object{event("all", 1.0), event("all", 1.0), ok}},
		"in place":    {"in place", `,"to":"` + ida + `"`, [][]object{nil, event("in place", 1.0, []any{idb}), ok}},
		"nonsense":    {"broken", "", [][]object{nil, nil, say("internal", "the room's event: 0 bytes, 1 to 64")}},
		"let through": {"other", "", [][]object{event("other", 1.0), event("other", 1.0), ok}},
	} {
		require.Equal(t, tc.want, ask(tc.event, tc.to), name)
		next()
	}
	// Whoever is removed by the hook itself sends nothing more.
	left := []object{{"type": "member", "change": "left", "member": idc, "reason": "kicked"}}
	require.Equal(t, [][]object{left, left, {{"type": "bye", "code": 4410.0, "reason": "kicked", "text": "as you wish"}}}, ask("kick me", ""))
	require.Empty(t, absent)
	s.end(a, b, c)
	require.Zero(t, s.sys.Stats().Panics, s.log)
}

func TestUpdateHook(t *testing.T) {
	s := hooked(t, func(room *Room) Hooks {
		return Hooks{Update: func(e *Event) error {
			var p struct{ Name string }
			if e.Data.Unmarshal(&p) != nil || p.Name == "" {
				return &wire.Error{Code: wire.BadRequest, Message: "profile: a name is needed"}
			}
			e.Data, _ = wire.NewValue(wire.JSON, object{"name": p.Name, "verified": true})
			return nil
		}}
	})
	a, _ := s.enter()
	b, _ := s.enter()
	a.hear()
	b.say(`{"type":"update","id":2,"room":"stage","profile":{}}`)
	require.Equal(t, "profile: a name is needed", b.hearOne()["message"])
	b.say(`{"type":"update","id":3,"room":"stage","profile":{"name":"Bea"}}`)
	require.Equal(t, "ok", b.hearOne()["type"])
	require.Equal(t, object{"name": "Bea", "verified": true}, a.hearOne()["profile"])
	s.end(a, b)
}

func TestJoinHook(t *testing.T) {
	s := hooked(t, func(room *Room) Hooks {
		return Hooks{Join: func(j *Join) error {
			var p struct{ Do string }
			_ = j.Profile.Unmarshal(&p)
			switch p.Do {
			case "refuse":
				return errors.New("not you")
			case "close":
				room.Close("enough")
			case "lock":
				room.SetLocked(true)
			case "fill":
				room.SetCapacity(room.Len())
			}
			return nil
		}}
	})
	a, _ := s.enter()
	b := s.connect()
	require.Equal(t, "forbidden", b.join("stage", `,"profile":{"do":"refuse"}`)["code"])
	require.Equal(t, "room_full", b.join("stage", `,"profile":{"do":"fill"}`)["code"])
	require.Equal(t, "room_full", b.join("stage", "")["code"])
	require.NoError(t, s.sys.Do("stage", func(r *Room) { r.SetCapacity(0) }))
	require.Equal(t, "room_locked", b.join("stage", `,"profile":{"do":"lock"}`)["code"])
	require.NoError(t, s.sys.Do("stage", func(r *Room) { r.SetLocked(false) }))
	require.Equal(t, "unavailable", b.join("stage", `,"profile":{"do":"close"}`)["code"])
	heard := a.hear()
	require.Equal(t, object{"type": "bye", "room": "stage", "code": 1000.0, "reason": "closed", "text": "enough"}, heard[len(heard)-1])
	require.Equal(t, 1.0, b.join("stage", "")["seq"], "a new room")
	s.end(a, b)
}

// waiting is a stage that holds every join but the first, and tells what it hears.
func waiting(t *testing.T, o Options) (*stage, *[]*Join, *steps) {
	held, did := new([]*Join), new(steps)
	s := newStageWith(t, o, func(co *Co, room *Room) error {
		room.Hook(Hooks{Join: func(j *Join) error {
			if room.Len() == 0 {
				return nil
			}
			return ErrHold
		}})
		for {
			e, err := co.Recv(OfKind(Knocked, Withdrawn))
			if err != nil {
				return err
			}
			did.add("%v", e.Kind)
			if e.Kind == Knocked {
				*held = append(*held, e.Join)
			}
		}
	})
	return s, held, did
}

func (s *stage) do(f func(*Room)) {
	s.t.Helper()
	require.NoError(s.t, s.sys.Do("stage", f))
	s.settle()
}

func TestHeldJoins(t *testing.T) {
	s, held, did := waiting(t, Options{RoomCapacity: 3})
	host, _ := s.enter()
	a, b, c, d := s.connect(), s.connect(), s.connect(), s.connect()
	for _, x := range []*client{a, b, c} {
		x.say(`{"type":"join","id":5,"room":"stage"}`)
		require.Empty(t, x.hear())
		require.Equal(t, 1, x.conn.Rooms(), "a connection that waits is not without a room")
	}
	require.Equal(t, "room_full", d.join("stage", "")["code"], "as many wait as have a place")
	require.Equal(t, "already_joined", a.join("stage", "")["code"])

	s.do(func(*Room) { require.True(t, (*held)[0].Admit()); require.False(t, (*held)[0].Admit()) })
	require.Equal(t, (*held)[0].ID, a.hearOne()["self"].(object)["member"])
	require.Equal(t, (*held)[0].ID, host.hearOne()["member"])

	s.do(func(r *Room) {
		(*held)[1].Refuse(wire.Forbidden, "not you")
		(*held)[1].Refuse(wire.Forbidden, "again")
	})
	require.Equal(t, object{"type": "error", "id": 5.0, "room": "stage", "code": "forbidden", "message": "not you"}, b.hearOne())

	c.say(`{"type":"leave","id":6,"room":"stage"}`)
	heard := c.hear()
	require.Equal(t, []any{"not_joined", "ok"}, []any{heard[0]["code"], heard[1]["type"]})
	require.Zero(t, c.conn.Rooms())
	s.do(func(r *Room) { require.False(t, (*held)[2].Admit()) })

	d.say(`{"type":"join","id":1,"room":"stage"}`)
	s.settle()
	d.conn.Ended(false)
	s.settle()
	require.Equal(t, []string{"knocked", "knocked", "knocked", "withdrawn", "knocked", "withdrawn"}, did.list)
	s.do(func(r *Room) { require.False(t, (*held)[3].Admit()); require.False(t, (*held)[3].Waiting()) })

	s.end(host, a, b, c)
	require.Zero(t, s.sys.Stats().Panics, s.log)
}

func TestHeldJoinsIntoARoomThatHasNoPlace(t *testing.T) {
	s, held, _ := waiting(t, Options{})
	host, _ := s.enter()
	a, b, c := s.connect(), s.connect(), s.connect()
	for _, x := range []*client{a, b, c} {
		x.say(`{"type":"join","room":"stage"}`)
		s.settle()
	}
	s.do(func(r *Room) { r.SetLocked(true); require.False(t, (*held)[0].Admit()); r.SetLocked(false) })
	require.Equal(t, "room_locked", a.hearOne()["code"])
	s.do(func(r *Room) { r.SetCapacity(1); require.False(t, (*held)[1].Admit()) })
	require.Equal(t, "room_full", b.hearOne()["code"])
	s.do(func(r *Room) { r.Close("done"); require.False(t, (*held)[2].Admit()) })
	require.Equal(t, "unavailable", c.hearOne()["code"])
	s.end(host, a, b, c)
}

func TestHeldJoinChangesItsSocket(t *testing.T) {
	const nonce = `,"nonce":"0123456789abcdef"`
	s, held, did := waiting(t, Options{})
	host, _ := s.enter()
	old, next := s.connect(), s.connect()
	old.say(`{"type":"join","id":1,"room":"stage"` + nonce + `}`)
	s.settle()
	next.say(`{"type":"join","id":9,"room":"stage"` + nonce + `}`)
	require.Empty(t, next.hear())
	require.Equal(t, "already_joined", old.hearOne()["code"])
	old.conn.Ended(false)
	s.settle()
	require.Equal(t, []string{"knocked"}, did.list, "it is the same knock")
	s.do(func(*Room) { require.True(t, (*held)[0].Admit()) })
	require.Equal(t, 9.0, next.hearOne()["id"])
	require.Equal(t, 2, s.sys.Stats().Members)
	s.end(host, next)
}

func TestRoomOfHeldJoinsLives(t *testing.T) {
	s, held, _ := waiting(t, Options{})
	host, _ := s.enter()
	a, b := s.connect(), s.connect()
	a.say(`{"type":"join","room":"stage"}`)
	b.say(`{"type":"join","room":"stage"}`)
	s.settle()
	host.conn.Ended(true)
	s.settle()
	s.do(func(*Room) { require.True(t, (*held)[1].Admit()) })
	require.Equal(t, "moderator", b.hearOne()["self"].(object)["role"])
	require.NoError(t, s.sys.Do("stage", func(*Room) { panic("so it ends") }))
	require.Equal(t, "internal", a.hearOne()["code"])
	s.end(a, b)
}

func TestIntercept(t *testing.T) {
	s := newStage(t, nil)
	require.NoError(t, s.sys.Intercept("quiet-*", func(room *Room) Hooks {
		said := 0 // of this room
		return Hooks{Send: func(*Event) error {
			if said++; said > 2 {
				return errors.New("that was enough")
			}
			return nil
		}}
	}))
	require.ErrorContains(t, s.sys.Intercept("[", nil), "syntax error in pattern")
	for _, name := range []string{"quiet-1", "quiet-2"} {
		c := s.connect()
		c.join(name, "")
		for i, want := range []string{"ok", "ok", "error"} {
			c.say(`{"type":"send","id":` + string(rune('2'+i)) + `,"room":"` + name + `","event":"e"}`)
			require.Equal(t, want, c.hearOne()["type"])
		}
		c.conn.Ended(true)
	}
	s.end()
}

func TestHooksStartCoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, nil)
		s.sys.behaviors = nil
		require.NoError(t, s.sys.Intercept("stage", func(room *Room) Hooks {
			return Hooks{Send: func(e *Event) error {
				room.Go(func(co *Co) error {
					if err := co.Sleep(time.Second); err != nil {
						return err
					}
					return room.Broadcast("later", 1)
				})
				room.AfterFunc(2*time.Second, func(*Co) error { return room.Broadcast("latest", 2) })
				never := room.AfterFunc(3*time.Second, func(*Co) error { return room.Broadcast("never", 3) })
				require.True(t, never.Stop())
				require.False(t, never.Stop())
				return nil
			}}
		}))
		c, _ := s.enter()
		c.shout("e", "1")
		require.Empty(t, c.events())
		for _, want := range [][]string{{"later 1"}, {"latest 2"}, nil} {
			time.Sleep(time.Second)
			synctest.Wait()
			require.Equal(t, want, c.events())
		}
		s.end(c)
	})
}
