package behaviours

import (
	"cmp"
	"slices"
	"time"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

// ModeratedOptions are the options of Moderated.
type ModeratedOptions struct {
	Patience time.Duration // how long somebody knocks before it is refused; 0: 5 min, negative: for ever
	Kept     int           // how many may knock at once; 0: 100
}

// Moderated is a room with a waiting room before it. The first who comes is the host, a
// moderator; everybody else knocks (its join waits), until a moderator admits or refuses it.
// The host can hand its role over; when the last moderator leaves, the member with the
// smallest since becomes the host, and hears who knocks. If everybody has left, who has
// knocked longest is let in as the host.
//
// Moderators send:
//
//	admit     {"member": id}
//	refuse    {"member": id}
//	handover  {"member": id}: that one is moderator now, and I am not
//
// and hear:
//
//	knock      {"member": the id it will have, "profile": its profile}
//	withdrawn  {"member": id}: it does not knock any more, or another moderator has decided
//
// Whoever is refused gets the error forbidden to its join, or room_full where too many knock,
// or unavailable where nobody has decided in time.
func Moderated(o ModeratedOptions) actors.Behavior {
	o.Patience, o.Kept = cmp.Or(o.Patience, 5*time.Minute), cmp.Or(o.Kept, 100)
	return func(co *actors.Co, room *actors.Room) error {
		d := &door{room: room, patience: o.Patience}
		room.Hook(actors.Hooks{
			Join: func(*actors.Join) error {
				switch {
				case room.Len() == 0:
					return nil
				case len(d.knocking) >= o.Kept:
					return &wire.Error{Code: wire.RoomFull, Message: "room: too many knock"}
				}
				return actors.ErrHold
			},
			Send: moderatorsOnly("admit", "refuse", "handover"),
		})
		for {
			e, err := co.Recv()
			if err != nil {
				return err
			}
			d.hear(e)
		}
	}
}

// moderatorsOnly is a Send hook for events of moderators to the behaviour.
func moderatorsOnly(names ...string) func(*actors.Event) error {
	return func(e *actors.Event) error {
		switch {
		case !slices.Contains(names, e.Name):
			return nil
		case e.Member.Role != wire.RoleModerator:
			return &wire.Error{Code: wire.Forbidden, Message: e.Name + ": moderators only"}
		}
		return actors.ErrPrivate
	}
}

// door is the state of a Moderated room.
type door struct {
	room     *actors.Room
	patience time.Duration
	knocking []*actors.Join // the oldest first
}

func (d *door) hear(e actors.Event) {
	switch e.Kind {
	case actors.Knocked:
		d.knocking = append(d.knocking, e.Join)
		d.announce(e.Join)
		if d.patience > 0 {
			d.room.AfterFunc(d.patience, func(*actors.Co) error {
				d.answer(e.Join, func() { e.Join.Refuse(wire.Unavailable, "room: nobody has answered") })
				return nil
			})
		}
	case actors.Withdrawn:
		d.answer(e.Join, func() {})
	case actors.Left:
		d.succeed(e.Member)
	case actors.Sent:
		d.decide(e)
	}
}

// decide does what a moderator has asked for.
func (d *door) decide(e actors.Event) {
	id := field(e, "member")
	if e.Name == "handover" {
		if d.room.SetRole(id, wire.RoleModerator) == nil && id != e.Member.ID {
			_ = d.room.SetRole(e.Member.ID, wire.RoleMember)
			d.announceAll()
		}
		return
	}
	i := slices.IndexFunc(d.knocking, func(j *actors.Join) bool { return j.ID == id })
	switch {
	case i < 0:
	case e.Name == "admit":
		d.answer(d.knocking[i], func() { d.knocking[i].Admit() })
	case e.Name == "refuse":
		d.answer(d.knocking[i], func() { d.knocking[i].Refuse(wire.Forbidden, "room: you are not let in") })
	}
}

// answer ends a knock, and tells the moderators; it does nothing where it has ended already.
func (d *door) answer(j *actors.Join, how func()) {
	if i := slices.Index(d.knocking, j); i >= 0 {
		how()
		d.knocking = slices.Delete(d.knocking, i, i+1)
		d.tellModerators("withdrawn", object{"member": j.ID})
	}
}

// succeed tells a new host who knocks, or lets one in where there is none.
func (d *door) succeed(left actors.Member) {
	for d.room.Len() == 0 && len(d.knocking) > 0 {
		d.answer(d.knocking[0], func() { d.knocking[0].Admit() })
	}
	if left.Role == wire.RoleModerator {
		d.announceAll()
	}
}

func (d *door) announceAll() {
	for _, j := range d.knocking {
		d.announce(j)
	}
}

func (d *door) announce(j *actors.Join) {
	data := object{"member": j.ID}
	var profile any
	if j.Profile.Unmarshal(&profile) == nil {
		data["profile"] = profile
	}
	d.tellModerators("knock", data)
}

func (d *door) tellModerators(event string, data object) {
	for _, m := range d.room.Members() {
		if m.Role == wire.RoleModerator {
			_ = d.room.Send(m.ID, event, data)
		}
	}
}
