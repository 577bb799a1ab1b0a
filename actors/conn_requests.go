package actors

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/parley-signaling/parley/actors/wire"
)

var requests = sync.Pool{New: func() any { return new(wire.Request) }}

// NewRequest returns an empty request from a pool. Conn.Do takes it back.
func NewRequest() *wire.Request { return requests.Get().(*wire.Request) }

func release(r *wire.Request) {
	*r = wire.Request{}
	requests.Put(r)
}

// Do carries r out or passes it to its room; r belongs to the system from now on, and is not
// to be touched again. Where the room's mailbox is full, r waits in the connection and Blocked
// turns true: nothing is lost, but the owner should stop reading until it is false again.
func (c *Conn) Do(r *wire.Request) {
	if c.close != nil {
		release(r)
		return
	}
	if !c.Allow() {
		c.limited(r.ID, r.Room)
		release(r)
		return
	}
	switch r.Kind {
	case wire.KindPing:
		c.Tell(&wire.Pong{ID: r.ID})
		release(r)
	case wire.KindJoin:
		c.join(r)
	case wire.KindPublish:
		c.publish(r)
	default:
		c.request(r)
	}
}

// Refuse answers a message that could not be decoded. More than 32 bad frames within a minute
// close the connection with 1008.
func (c *Conn) Refuse(err *wire.Error) {
	if c.close != nil {
		return
	}
	if !c.Allow() {
		c.limited(err.ID, err.Room)
		return
	}
	c.Tell(err)
	c.sys.counters.refuse(err.Code)
	if err.Code != wire.BadFrame {
		return
	}
	t, now := c.troubled(), c.sys.Now()
	if t.bad = append(t.bad, now); len(t.bad) <= maxBadFrames {
		return
	}
	oldest := t.bad[0]
	t.bad = t.bad[:copy(t.bad, t.bad[1:])]
	if now.Sub(oldest) < badFrameWindow {
		c.sys.counters.cut[CutBadFrames].Add(1)
		c.Close(Close{Code: ClosePolicy, Reason: fmt.Sprintf("more than %d bad frames in a minute", maxBadFrames)})
	}
}

func (c *Conn) join(r *wire.Request) {
	if !c.mayJoin(r) {
		return
	}
	s := c.seat(r.Room)
	if s == nil {
		if c.sys.refusing.Load() && r.Resume == nil {
			c.refuseRoom(r, errDraining)
			return
		}
		if !c.mayEnter(r) {
			return
		}
		room, err := c.sys.openRoom(roomKey{c.namespace, r.Room}, nil, c.scheduler, c.transport)
		if err != nil {
			c.refuseRoom(r, err)
			return
		}
		s = c.sit(room)
	}
	s.asked++
	c.hand(s, s.room, r)
}

// mayEnter is false, and the client is told, where it is in as many rooms as it may be.
func (c *Conn) mayEnter(r *wire.Request) bool {
	if len(c.seats) < MaxRooms {
		return true
	}
	c.refuse(r, wire.Forbidden, fmt.Sprintf("room: at most %d rooms per connection", MaxRooms))
	return false
}

func (c *Conn) publish(r *wire.Request) {
	if s := c.seat(r.Room); s != nil {
		c.hand(s, s.room, r)
		return
	}
	room, _ := c.outside(r.Room, nil)
	if room == nil { // nobody there to hear it
		c.sys.counters.dropped[DropNobody].Add(1)
		release(r)
		return
	}
	if !c.mayJoin(r) { // what is not for everybody to enter is not for everybody to speak in
		return
	}
	c.hand(nil, room, r)
}

// outside is a room that the connection is not in, or what stands in for it. That counts as opening
// a room: once for all that is said in the one that was spoken to last. ErrOverloaded,
// ErrTooManyRooms.
func (c *Conn) outside(name string, dead *Room) (*Room, error) {
	return c.sys.roomAnywhere(roomKey{c.namespace, name}, dead, func() error {
		if c.sys.options.Overloaded() {
			return ErrOverloaded
		}
		if t := c.trouble; t != nil && t.outside == name {
			return nil
		}
		o, ok := c.transport.(Opener)
		if !ok {
			return nil
		}
		if !o.MayOpenRoom() {
			return ErrTooManyRooms
		}
		c.troubled().outside = strings.Clone(name)
		return nil
	})
}

func (c *Conn) request(r *wire.Request) {
	s := c.seat(r.Room)
	if asks(r) { // a leave with resume: also from outside
		if s == nil {
			if !c.mayEnter(r) {
				return
			}
			room, err := c.outside(r.Room, nil)
			if err != nil {
				c.refuseRoom(r, err)
				return
			}
			if room == nil {
				c.refuse(r, wire.NoSuchMember, noSuchResume)
				return
			}
			s = c.sit(room)
		}
		s.asked++
	}
	if s == nil {
		c.refuse(r, wire.NotJoined, "room: not joined")
		return
	}
	c.hand(s, s.room, r)
}

// hand gives r to its room, or keeps it until the room has drained.
func (c *Conn) hand(s *seat, room *Room, r *wire.Request) {
	if c.Blocked() || !c.offer(s, room, r) {
		t := c.troubled()
		t.held = append(t.held, heldRequest{s, room, r})
	}
}

// offer is false where the room is full, or where r is a join, and as many answers to joins
// wait to be written as may.
func (c *Conn) offer(s *seat, room *Room, r *wire.Request) bool {
	joins := asks(r) // r may be gone once it is taken
	if joins && (c.asking >= maxAsking || c.exempt.Load() > freeExempt) {
		return false
	}
	for {
		switch room.box.pushOrWait(roomLetter{op: opRequest, seat: s, req: r}, c) {
		case taken:
			if joins {
				s.asking++
				c.asking++
			}
			return true
		case full:
			return false
		}
		// The room ended between being found and being asked.
		if r.Kind == wire.KindPublish { // or what stood in here for one that lives elsewhere
			next, _ := c.outside(room.key.name, room)
			if next == nil {
				c.ended(s, r)
				return true
			}
			if s != nil && !c.mayJoin(r) { // from outside now
				return true
			}
			s, room = nil, next
			continue
		}
		if r.Kind != wire.KindJoin {
			c.ended(s, r)
			return true
		}
		next, err := c.sys.openRoom(room.key, room, c.scheduler, c.transport)
		if err != nil {
			s.asked--
			c.unseat(s)
			c.refuseRoom(r, err)
			return true
		}
		s.room, room = next, next
	}
}

// ended answers a request to a room that has ended.
func (c *Conn) ended(s *seat, r *wire.Request) {
	switch {
	case r.Kind == wire.KindPublish:
		c.sys.counters.dropped[DropNobody].Add(1)
		release(r)
	case asks(r):
		s.asked--
		c.unseat(s)
		c.refuse(r, wire.NoSuchMember, noSuchResume)
	default:
		c.refuse(r, wire.NotJoined, "room: not joined")
	}
}

const noSuchResume = "resume.member: no such member in this room"

// retry offers what was held again. The owner calls it through Pending.
func (c *Conn) retry() {
	for c.Blocked() {
		h := c.trouble.held[0]
		room := h.room
		if h.seat != nil {
			room = h.seat.room
		}
		if h.seat != nil && h.seat.dead {
			release(h.req) // as the room drops what it has
		} else if !c.offer(h.seat, room, h.req) {
			return
		}
		c.trouble.held[0] = heldRequest{}
		if c.trouble.held = c.trouble.held[1:]; len(c.trouble.held) == 0 {
			c.trouble.held = nil
		}
	}
}

func (c *Conn) refuse(r *wire.Request, code wire.Code, message string) {
	c.Tell(&wire.Error{ID: r.ID, Room: r.Room, Code: code, Message: message})
	c.sys.counters.refuse(code)
	release(r)
}

// retryOverloaded is what a client is told to wait while the process is short of memory.
const retryOverloaded = 10 * time.Second

// refuseRoom answers a join of a room that cannot be opened. Whose client knows no second try is
// closed.
func (c *Conn) refuseRoom(r *wire.Request, err error) {
	e := &wire.Error{ID: r.ID, Room: r.Room, Code: wire.Unavailable, Message: err.Error()}
	switch err {
	case errNoView, errDraining:
		e.RetryAfter = retryNoView
	case ErrOverloaded:
		e.Code, e.RetryAfter = wire.Overloaded, retryOverloaded
	case ErrTooManyRooms:
		e.Code, e.RetryAfter = wire.RateLimited, rateRetry
	}
	c.Tell(e)
	c.sys.counters.refuse(e.Code)
	release(r)
	if c.bound && len(c.seats) == 0 {
		c.Close(endRefused)
	}
}

// errDraining is what joins are refused with once RefuseJoins was called.
var errDraining = errors.New("room: the server is about to stop")

// RefuseJoins has clients come into no more rooms (unavailable): the server is about to stop. Who
// comes back to a room, or renews a token, still may.
func (s *System) RefuseJoins() { s.refusing.Store(true) }

func (c *Conn) seat(room string) *seat {
	for _, s := range c.seats {
		if s.room.key.name == room {
			return s
		}
	}
	return nil
}

func (c *Conn) sit(room *Room) *seat {
	s := &seat{conn: c, room: room}
	c.seats = append(c.seats, s)
	return s
}

// unseat forgets s unless it is taken or a join is under way. If a membership has ended there,
// and it was the last, so does the connection: the room has said bye.
func (c *Conn) unseat(s *seat) {
	if s.joined || s.asked > 0 {
		return
	}
	i := slices.Index(c.seats, s)
	if i < 0 {
		return
	}
	c.seats = slices.Delete(c.seats, i, i+1)
	if s.end != nil && len(c.seats) == 0 && c.close == nil {
		c.finish(*s.end)
	}
}
