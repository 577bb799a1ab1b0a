package behaviours

import (
	"cmp"
	"time"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

// MatchmakerOptions are the options of Matchmaker.
type MatchmakerOptions struct {
	Prefix  string        // of the fresh rooms' names; "": "match-"
	Timeout time.Duration // how long somebody waits for a partner; 0: 1 min, negative: for ever
}

// Matchmaker is a lobby that pairs strangers, first come first served. Whoever joins is
// looking for a partner; who is suspended is not, until it resumes. Members of the lobby
// cannot send each other anything.
//
// Members send:
//
//	seek     look for a partner (again)
//	cancel   do not
//
// and hear:
//
//	matched    {"room": a fresh room's name, "peer": the partner's member id in the lobby}
//	unmatched  {}: nobody came in time
func Matchmaker(o MatchmakerOptions) actors.Behavior {
	o.Prefix, o.Timeout = cmp.Or(o.Prefix, "match-"), cmp.Or(o.Timeout, time.Minute)
	return func(co *actors.Co, room *actors.Room) error {
		l := &lobby{
			MatchmakerOptions: o, room: room, waiting: actors.NewChannel[string](co, 0),
			seekers: make(map[string]*actors.Coroutine), absent: make(map[string]bool),
		}
		room.Hook(actors.Hooks{Send: func(e *actors.Event) error {
			if e.Name == "seek" || e.Name == "cancel" {
				return actors.ErrPrivate
			}
			return &wire.Error{Code: wire.Forbidden, Message: "event: only seek and cancel in this lobby"}
		}})
		for {
			e, err := co.Recv()
			if err != nil {
				return err
			}
			l.hear(co, e)
		}
	}
}

// lobby is the state of a Matchmaker.
type lobby struct {
	MatchmakerOptions
	room    *actors.Room
	waiting *actors.Channel[string]      // where two seekers meet
	seekers map[string]*actors.Coroutine // by member
	absent  map[string]bool              // seekers who are suspended
}

func (l *lobby) hear(co *actors.Co, e actors.Event) {
	me := e.Member.ID
	switch {
	case e.Kind == actors.Joined, e.Name == "seek", e.Kind == actors.Resumed && l.absent[me]:
		if l.seekers[me] == nil {
			l.seekers[me] = co.Go(func(co *actors.Co) error { return l.seek(co, me) })
		}
		delete(l.absent, me)
	case e.Kind == actors.Suspended:
		l.absent[me] = l.stop(me)
	case e.Kind == actors.Left, e.Name == "cancel":
		l.stop(me)
		delete(l.absent, me)
	}
}

// stop is false where the member was not looking for a partner.
func (l *lobby) stop(me string) bool {
	c := l.seekers[me]
	if c == nil {
		return false
	}
	delete(l.seekers, me)
	c.Cancel()
	return true
}

// seek offers a member to the others, and takes the first who is offered. Whoever takes does
// what there is to do for both.
func (l *lobby) seek(co *actors.Co, me string) error {
	var peer string
	took, offered := actors.RecvFrom(l.waiting, &peer), actors.SendTo(l.waiting, me)
	switch i, err := actors.Select(co, took, offered, within(l.Timeout)); {
	case err != nil:
		return err
	case i == 0:
		delete(l.seekers, me)
		delete(l.seekers, peer)
		fresh := freshRoom(l.Prefix)
		_ = l.room.Send(peer, "matched", object{"room": fresh, "peer": me})
		_ = l.room.Send(me, "matched", object{"room": fresh, "peer": peer})
	case i == 2 && l.seekers[me] != nil:
		delete(l.seekers, me)
		_ = l.room.Send(me, "unmatched", object{})
	}
	return nil
}
