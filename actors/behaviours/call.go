package behaviours

import (
	"cmp"
	"time"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

// CallOptions are the options of Call.
type CallOptions struct {
	Prefix string        // of the fresh rooms' names; "": "call-"
	Ring   time.Duration // how long it rings; 0: 30 s, negative: until somebody decides
}

// Call is a room whose members call each other. A call that is accepted goes on in a fresh
// room; who is in one, or rings, is busy until it has ended. Everything else that members
// send passes as in a plain room.
//
// Members send:
//
//	call     to one member (the event's to)
//	accept   the call that rings here
//	decline  it
//	hangup   the call that I have begun, or am in
//
// and hear:
//
//	calling   {"peer": member id}: it rings there
//	ring      {"peer": member id}: somebody calls
//	accepted  {"peer": member id, "room": a fresh room's name}
//	ended     {"peer": member id, "reason": "declined", "busy", "no_answer", "hangup" or "left"}
//
// A member that is suspended lets it ring, and stays in its call; one that has left has ended it.
func Call(o CallOptions) actors.Behavior {
	o.Prefix, o.Ring = cmp.Or(o.Prefix, "call-"), cmp.Or(o.Ring, 30*time.Second)
	return func(co *actors.Co, room *actors.Room) error {
		x := &exchange{CallOptions: o, room: room, calls: make(map[string]*call)}
		room.Listen(actors.Named("call", "accept", "decline", "hangup"), actors.OfKind(actors.Left))
		room.Hook(actors.Hooks{Send: func(e *actors.Event) error {
			if e.Name == "call" && len(e.To) != 1 {
				return &wire.Error{Code: wire.BadRequest, Message: "to: one member to call"}
			}
			return private("call", "accept", "decline", "hangup")(e)
		}})
		for {
			e, err := co.Recv()
			if err != nil {
				return err
			}
			me := e.Member.ID
			if e.Name == "call" {
				x.call(co, me, e.To[0])
			} else if c := x.calls[me]; c != nil {
				_ = c.signals.Send(co, signal{me, cmp.Or(e.Name, "left")})
			}
		}
	}
}

// exchange is the state of a Call room.
type exchange struct {
	CallOptions
	room  *actors.Room
	calls map[string]*call // by either member
}

// call is one call, from its ringing to its end.
type call struct {
	caller, callee string
	signals        *actors.Channel[signal]
}

// signal is what a member of a call has done.
type signal struct{ from, what string }

// call begins a call, if neither is in one.
func (x *exchange) call(co *actors.Co, caller, callee string) {
	_, there := x.room.Member(callee)
	switch {
	case x.calls[caller] != nil || x.calls[callee] != nil || callee == caller:
		x.tell(caller, "ended", object{"peer": callee, "reason": "busy"})
	case !there:
		x.tell(caller, "ended", object{"peer": callee, "reason": "left"})
	default:
		c := &call{caller, callee, actors.NewChannel[signal](co, 1)}
		x.calls[caller], x.calls[callee] = c, c
		co.Go(func(co *actors.Co) error { return x.run(co, c) })
	}
}

// run is the life of a call.
func (x *exchange) run(co *actors.Co, c *call) error {
	x.tell(c.caller, "calling", object{"peer": c.callee})
	x.tell(c.callee, "ring", object{"peer": c.caller})
	talking, timeout := false, within(x.Ring)
	for {
		var s signal
		i, err := actors.Select(co, actors.RecvFrom(c.signals, &s), timeout)
		switch {
		case err != nil:
			return err
		case i == 1:
			x.end(c, "no_answer")
			return nil
		case s.what == "accept" && s.from == c.callee && !talking:
			talking, timeout = true, nil
			fresh := freshRoom(x.Prefix)
			x.tell(c.caller, "accepted", object{"peer": c.callee, "room": fresh})
			x.tell(c.callee, "accepted", object{"peer": c.caller, "room": fresh})
		case s.what == "decline" && s.from == c.callee && !talking:
			x.end(c, "declined")
			return nil
		case s.what == "hangup" && (talking || s.from == c.caller), s.what == "left":
			x.end(c, s.what)
			return nil
		}
	}
}

// end frees both, and tells them why.
func (x *exchange) end(c *call, reason string) {
	delete(x.calls, c.caller)
	delete(x.calls, c.callee)
	c.signals.Close()
	x.tell(c.caller, "ended", object{"peer": c.callee, "reason": reason})
	x.tell(c.callee, "ended", object{"peer": c.caller, "reason": reason})
}

// tell leaves out who has left.
func (x *exchange) tell(member, event string, data object) { _ = x.room.Send(member, event, data) }
