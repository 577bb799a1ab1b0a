package client

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/parley-signaling/parley/actors/wire"
)

// Room is a membership in a room. It outlives connections. Its methods are safe from any
// goroutine.
//
// Those with a context wait for the server's answer. Where the context ends before, the error
// is the context's, and it says "sent, but not answered" if the request may have been carried
// out nevertheless.
type Room struct {
	// Static after newRoom
	c       *Client
	name    string
	nonce   string
	hidden  bool
	events  chan Event
	settled chan struct{} // closed when first joined, or over before
	dropped chan struct{} // closed when nobody wants the events any more

	// Guarded by c.mu
	state   roomState
	err     error      // why it is over
	lost    error      // why it is suspended
	wish    wire.Value // the profile to join with
	self    Member
	key     string
	epoch   string
	cursor  uint64 // the seq of the last numbered message that came in order
	aimed   bool   // cursor is known
	members roster
	locked  bool
	queue   queue
	pending []*call // in order; the first maxOutstanding of them may have been sent
	leaving bool

	// Of the join that is under way. Guarded by c.mu
	joinID   uint64 // 0: none is
	asking   uint64 // counts what has become stale: tokens asked for, pauses
	attempt  int    // joins in a row that the server put off
	refusals int    // of tokens in a row
}

type roomState uint8

const (
	roomJoining   roomState = iota // for the first time
	roomJoined                     // over the present connection
	roomSuspended                  // about to come back
	roomOver
)

func (c *Client) newRoom(name string, o JoinOptions) (*Room, error) {
	r := &Room{
		c: c, name: name, nonce: rand.Text(), hidden: o.Hidden,
		events: make(chan Event), settled: make(chan struct{}), dropped: make(chan struct{}),
		members: roster{}, queue: newQueue(c.o.Queue),
	}
	if o.Profile == nil {
		return r, nil
	}
	var err error
	r.wish, err = c.value(o.Profile)
	return r, err
}

// Name is the room's name.
func (r *Room) Name() string { return r.name }

// Events returns the room's events, in order: always the same channel, for one reader, or
// several that share. It is closed when the membership is over: after Leave and Close at once,
// else after the last event.
func (r *Room) Events() <-chan Event { return r.events }

// Err is why the membership is over: ErrLeft, ErrClosed, an *EndedError, or the *Error with
// which the server refused to let the client in again. It is nil before.
func (r *Room) Err() error {
	r.c.mu.Lock()
	defer r.c.mu.Unlock()
	return r.err
}

// Joined tells whether the client is in the room at this moment. Between two connections it
// is not.
func (r *Room) Joined() bool {
	r.c.mu.Lock()
	defer r.c.mu.Unlock()
	return r.state == roomJoined
}

// Self is this member.
func (r *Room) Self() Member {
	r.c.mu.Lock()
	defer r.c.mu.Unlock()
	return r.self
}

// Members lists everybody else, hidden members aside, by Since. While the connection is down
// it is as it was. It may be ahead of Events.
func (r *Room) Members() []Member {
	r.c.mu.Lock()
	defer r.c.mu.Unlock()
	return r.members.list()
}

// Member finds one of Members.
func (r *Room) Member(id string) (Member, bool) {
	r.c.mu.Lock()
	defer r.c.mu.Unlock()
	m, ok := r.members[id]
	return m, ok
}

// Locked tells whether nobody new is let in.
func (r *Room) Locked() bool {
	r.c.mu.Lock()
	defer r.c.mu.Unlock()
	return r.locked
}

// Send sends an event to everyone else in the room: its name has 1 to 64 bytes; data is
// anything that encoding/json can encode, or a wire.Value.
func (r *Room) Send(ctx context.Context, event string, data any) (Receipt, error) {
	return r.send(ctx, event, data, nil)
}

// SendTo sends an event to the members named, 1 to 256. One who is suspended gets it on coming
// back. Where none of them is in the room, the error is no_such_member.
func (r *Room) SendTo(ctx context.Context, event string, data any, to ...string) (Receipt, error) {
	if len(to) == 0 {
		return Receipt{}, &Error{Code: wire.BadRequest, Message: "to: nobody is named"}
	}
	return r.send(ctx, event, data, to)
}

func (r *Room) send(ctx context.Context, event string, data any, to []string) (Receipt, error) {
	v, err := r.c.value(data)
	if err != nil {
		return Receipt{}, err
	}
	return r.request(ctx, wire.Request{Kind: wire.KindSend, Event: event, Data: v, To: to, ToList: len(to) > 1}, nil)
}

// Update replaces this member's profile, of at most 4 KiB.
func (r *Room) Update(ctx context.Context, profile any) error {
	v, err := r.c.value(profile)
	if err != nil {
		return err
	}
	_, err = r.request(ctx, wire.Request{Kind: wire.KindUpdate, Profile: v}, func() {
		r.wish, r.self.Profile = v, v
	})
	return err
}

// Kick ends somebody's membership, for moderators; the member is told the reason.
func (r *Room) Kick(ctx context.Context, member, reason string) error {
	_, err := r.request(ctx, wire.Request{Kind: wire.KindKick, Member: member, Reason: reason}, nil)
	return err
}

// Lock lets nobody new in, or lets them in again, for moderators.
func (r *Room) Lock(ctx context.Context, locked bool) error {
	_, err := r.request(ctx, wire.Request{Kind: wire.KindLock, Locked: locked}, nil)
	return err
}

// Leave ends the membership, after the requests that were made before. Where the connection is
// down, it waits for the next. Whatever the outcome, the Room is over; where ctx ends before
// the server has answered, that is the error, and the others may see the member for as long as
// the server lets it linger.
func (r *Room) Leave(ctx context.Context) error {
	r.c.mu.Lock()
	if r.state == roomOver || r.leaving {
		r.c.mu.Unlock()
		return nil
	}
	r.leaving = true
	call := r.queueCall(wire.Request{Kind: wire.KindLeave}, nil)
	call.leave = true
	if r.state == roomSuspended {
		r.leaveFromOutside()
	}
	r.flush()
	r.c.mu.Unlock()
	_, err := r.await(ctx, call)
	r.c.mu.Lock()
	defer r.c.mu.Unlock()
	r.end(ErrLeft)
	return left(err)
}

// enterLater has the room ask again after a pause. Under mu.
func (r *Room) enterLater(retryAfter time.Duration) {
	stamp := r.stale()
	wait := backoff(r.attempt, retryAfter)
	r.attempt++
	time.AfterFunc(wait, func() {
		r.c.mu.Lock()
		defer r.c.mu.Unlock()
		if r.asking == stamp && r.c.link != nil {
			r.enter()
		}
	})
}

// stale makes everything that is being waited for before a join stale. Under mu.
func (r *Room) stale() uint64 {
	r.asking++
	return r.asking
}
