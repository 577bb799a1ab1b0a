package behaviours

import (
	"cmp"
	"slices"
	"time"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

// TalkingOptions are the options of Talking.
type TalkingOptions struct {
	Speak []string      // events that only the holder of the stick may send; none: "speak"
	Turn  time.Duration // how long one may hold it while others want it; 0: 2 min, negative: for ever
}

// Talking is a room in which members speak one at a time: who holds the stick. Who wants it
// raises a hand, and gets it in the order of the hands. Its holder gives it on, loses it when
// it leaves or is suspended, and when its turn is over and others wait.
//
// Members send:
//
//	raise  my hand
//	lower  my hand, or lay the stick down
//	grant  {"member": id}: moderators only; that one has the stick now
//
// Everybody hears, on every change, and a newcomer on its coming:
//
//	stick  {"holder": member id or null, "hands": [member ids, the next one first]}
//
// Events of the Speak class by anybody else are answered forbidden; all other events pass.
func Talking(o TalkingOptions) actors.Behavior {
	o.Turn = cmp.Or(o.Turn, 2*time.Minute)
	if len(o.Speak) == 0 {
		o.Speak = []string{"speak"}
	}
	return func(co *actors.Co, room *actors.Room) error {
		c := &circle{room: room}
		toModerators, toAll := moderatorsOnly("grant"), private("raise", "lower")
		room.Hook(actors.Hooks{Send: func(e *actors.Event) error {
			if slices.Contains(o.Speak, e.Name) && e.Member.ID != c.holder {
				return &wire.Error{Code: wire.Forbidden, Message: e.Name + ": you do not hold the stick"}
			}
			if err := toModerators(e); err != nil {
				return err
			}
			return toAll(e)
		}})
		for {
			if err := c.round(co, o.Turn); err != nil {
				return err
			}
		}
	}
}

// circle is the state of a Talking room.
type circle struct {
	room   *actors.Room
	holder string   // "": nobody
	hands  []string // the next one first
}

// round is one holder's turn, or a time in which there is none. A holder keeps the stick
// beyond its turn for as long as nobody else wants it.
func (c *circle) round(co *actors.Co, turn time.Duration) error {
	holder, end := c.holder, c.room.Now().Add(turn)
	for c.holder == holder {
		var over actors.Case
		if turn > 0 && holder != "" && len(c.hands) > 0 {
			over = actors.After(end.Sub(c.room.Now()))
		}
		var e actors.Event
		switch i, err := actors.Select(co, actors.OnEvent(&e), over); {
		case err != nil:
			return err
		case i == 1:
			c.pass()
			c.show()
		case c.hear(e):
			c.show()
		}
	}
	return nil
}

// hear is true where something has changed.
func (c *circle) hear(e actors.Event) bool {
	me := e.Member.ID
	waits := slices.Index(c.hands, me)
	switch {
	case e.Kind == actors.Joined:
		_ = c.room.Send(me, "stick", c.state())
		return false
	case e.Name == "grant":
		return c.grant(field(e, "member"))
	case e.Name == "raise" && waits < 0 && c.holder != me:
		c.hands = append(c.hands, me)
		if c.holder == "" {
			c.pass()
		}
		return true
	case e.Name == "lower", e.Kind == actors.Left, e.Kind == actors.Suspended:
		if waits >= 0 {
			c.hands = slices.Delete(c.hands, waits, waits+1)
		}
		if c.holder == me {
			c.pass()
			return true
		}
		return waits >= 0
	}
	return false
}

// pass gives the stick to the first who wants it.
func (c *circle) pass() {
	c.holder = ""
	if len(c.hands) > 0 {
		c.holder, c.hands = c.hands[0], c.hands[1:]
	}
}

// grant gives it to somebody who need not have asked.
func (c *circle) grant(member string) bool {
	m, ok := c.room.Member(member)
	if !ok || m.Suspended || m.ID == c.holder {
		return false
	}
	c.hands = slices.DeleteFunc(c.hands, func(id string) bool { return id == m.ID })
	c.holder = m.ID
	return true
}

func (c *circle) show() { _ = c.room.Broadcast("stick", c.state()) }

func (c *circle) state() object {
	state := object{"holder": nil, "hands": append([]string{}, c.hands...)}
	if c.holder != "" {
		state["holder"] = c.holder
	}
	return state
}
