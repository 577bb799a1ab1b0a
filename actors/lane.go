package actors

import "slices"

// lane is what goes to one other node. A small room does not wait for a large one: of those only
// one is under way at once, and the pieces of all that are take turns.
type lane struct {
	relays, small, large []waitingRoom // they wait for their turn

	transits  map[uint64]*transit
	sending   []*transit // of them, those that are written and have not left as a whole; whose turn it is first
	attaching int        // transits that are relays
	rooms     int        // transits that are rooms
	isLarge   bool       // one of them is large
	load      int        // what they count
	unread    int        // bytes that have left, and have not arrived
}

type waitingRoom struct {
	room  *Room
	bytes int // about
}

// transit is a room on its way to another node, what a relay tells a new owner, or the word that a
// room has gone on from here.
type transit struct {
	number  uint64
	key     roomKey
	room    *Room // nil: a word
	relay   bool  // it is a relay
	begun   bool  // which has told
	marks   *int  // one of those; nil: none
	large   bool
	state   []byte // what has not left of it begins at sent; nil: it is not written, or has left
	size    int    // of state; before it is written: about
	sent    int
	arrived int
	counts  int // against the window
}

// reckon has t count what is left of it, but never more than a large room does: what is beyond
// waits here, not in the link.
func (l *lane) reckon(t *transit, most int) {
	now := min(t.size-t.arrived, most)
	l.load += now - t.counts
	t.counts = now
}

// close forgets a transit.
func (l *lane) close(t *transit) {
	delete(l.transits, t.number)
	l.load -= t.counts
	l.unread -= t.sent - t.arrived
	switch {
	case t.marks != nil:
		*t.marks--
	case t.relay:
		l.attaching--
	case t.room != nil:
		l.rooms--
		l.isLarge = l.isLarge && !t.large
	}
	l.sending = slices.DeleteFunc(l.sending, func(o *transit) bool { return o == t })
}

// closeOf forgets the transit of a room.
func (l *lane) closeOf(r *Room) {
	for _, t := range l.transits {
		if t.room == r {
			l.close(t)
		}
	}
}

func (l *lane) isEmpty() bool {
	return len(l.transits) == 0 && len(l.relays) == 0 && len(l.small) == 0 && len(l.large) == 0
}

// next takes the room or relay whose turn it is; nil: there is none, or no place for it.
func (l *lane) next(window int) *transit {
	var from *[]waitingRoom
	var t transit
	switch {
	case l.load >= window:
		return nil
	case len(l.relays) > 0 && l.attaching < maxAttaching:
		from, t.relay = &l.relays, true
	case l.rooms >= maxMovingRooms:
		return nil
	case len(l.large) > 0 && !l.isLarge:
		from, t.large = &l.large, true
	case len(l.small) > 0:
		from = &l.small
	default:
		return nil
	}
	w := (*from)[0]
	(*from)[0] = waitingRoom{}
	*from = (*from)[1:]
	t.room, t.key, t.size = w.room, w.room.key, w.bytes
	return &t
}
