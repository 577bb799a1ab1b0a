package actors

// What a dialect needs of its rooms beyond what behaviours need: rooms of its own namespace,
// visits by those who have no connection (a client's HTTP request), ids that clients choose,
// and messages in the name of somebody who is not there.

// InterceptIn is Intercept for the rooms of a dialect's namespace.
func (s *System) InterceptIn(namespace, pattern string, f func(room *Room) Hooks) error {
	return s.behave(&namedBehavior{namespace: namespace, pattern: pattern, hooks: f})
}

// Visit has f called in the turn of a room, which it brings to life where there is none: its
// hooks are set before f is called. It does not wait. By the rules of Do, f may use the room's
// methods and must not block; it is not called where the room fails before. A room without
// members ends with that turn, unless it is kept (Room.Keep). ErrBusy, ErrClosed, ErrElsewhere: a
// closure does not travel, as an Invoke does.
func (s *System) Visit(namespace, room string, f func(*Room)) error {
	return s.VisitFor(nil, namespace, room, f)
}

// VisitFor is Visit for somebody who has a say in whether a room may be brought to life; nil: it
// may. ErrTooManyRooms and ErrOverloaded, too.
func (s *System) VisitFor(by Opener, namespace, room string, f func(*Room)) error {
	var dead *Room
	for {
		k := roomKey{namespace, room}
		if err := s.elsewhere(k); err != nil {
			return err
		}
		r, err := s.openRoom(k, dead, s.options.Scheduler, by)
		if err != nil {
			return err
		}
		visit := func() {
			if r.home() {
				r.awaken()
				f(r)
			}
		}
		switch r.box.push(roomLetter{op: opCall, call: visit}) {
		case taken:
			return nil
		case full:
			return ErrBusy
		}
		dead = r // it ended between being found and being asked
	}
}

// empty tells whether there is nobody and nothing that the room lives for.
func (r *Room) empty() bool {
	return len(r.members) == 0 && len(r.held) == 0 && (!r.kept || r.stopping)
}

// Keep has the room, its hooks and its coroutines live on while it has no members, until
// Keep(false): whoever calls it must see to that, with AfterFunc for one. The system's Close
// ends a room that is kept, too.
func (r *Room) Keep(on bool) {
	r.inTurn()
	r.kept = on
}

// State is the State of the room's hooks; nil: none.
func (r *Room) State() any { return r.hooks.State }

// SendAs is Send in another's name, which need not be a member's.
func (r *Room) SendAs(from, member, event string, data any) error {
	m := r.byID(member)
	if m == nil {
		return ErrNoMember
	}
	return r.speak(from, event, data, m)
}
