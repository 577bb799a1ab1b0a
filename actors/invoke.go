package actors

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/parley-signaling/parley/actors/wire"
)

// Handler is what an Invoke has done. It runs in the room's turn, on the node that the room lives
// on, by the rules of Do; data is its own. Its error is the caller's: a *wire.Error with its code
// and message, any other by its text where it comes from another node.
type Handler func(room *Room, data []byte) ([]byte, error)

type handlerKey struct{ namespace, name string }

type namedHandler struct {
	f      Handler
	living bool // it brings no room to life
}

var (
	// ErrElsewhere: the room lives on another node. Of two nodes of a cluster one has it.
	ErrElsewhere = errors.New("the room is another node's")
	// ErrLost: the room's node was lost before it answered. Nobody knows whether the call was
	// carried out.
	ErrLost = errors.New("the room's node was lost")
	// ErrNoHandler: no handler of that name was registered on the room's node.
	ErrNoHandler = errors.New("no such handler")
)

// Handle has Invokes of that name carried out by f, in rooms of that namespace. A room that is not
// there is brought to life, as by Visit. All nodes of a cluster register the same handlers.
func (s *System) Handle(namespace, name string, f Handler) { s.handle(namespace, name, f, false) }

// HandleLiving is Handle for rooms that are there: in others an Invoke returns ErrNoRoom.
func (s *System) HandleLiving(namespace, name string, f Handler) { s.handle(namespace, name, f, true) }

func (s *System) handle(namespace, name string, f Handler, living bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.handlers == nil {
		s.handlers = make(map[handlerKey]namedHandler)
	}
	s.handlers[handlerKey{namespace, name}] = namedHandler{f, living}
}

// Invoke has a handler called in the turn of a room, on whichever node it lives, and waits for its
// answer or for ctx. It is called once at most; where the room moves meanwhile, where the room has
// gone. data must not be changed any more. ErrNoHandler, ErrNoRoom, ErrBusy, ErrClosed, ErrFailed
// (it may have been carried out in part), ErrLost, the handler's error, or ctx's: it should have a
// deadline, since a room may be stuck.
func (s *System) Invoke(ctx context.Context, namespace, room, name string, data []byte) ([]byte, error) {
	return s.invokeAnywhere(ctx, roomKey{namespace, room}, name, false, data)
}

// InvokeFor is Invoke for somebody who has a say in whether a room may be brought to life; nil:
// it may. ErrTooManyRooms, too.
func (s *System) InvokeFor(ctx context.Context, by Opener, namespace, room, name string, data []byte) ([]byte, error) {
	k := roomKey{namespace, room}
	if by == nil {
		return s.invokeAnywhere(ctx, k, name, false, data)
	}
	b, err := s.invokeAnywhere(ctx, k, name, true, data)
	if !errors.Is(err, ErrNoRoom) {
		return b, err
	}
	if !by.MayOpenRoom() {
		return nil, ErrTooManyRooms
	}
	return s.invokeAnywhere(ctx, k, name, false, data)
}

// invokeAnywhere goes where the room is; living: it brings none to life.
func (s *System) invokeAnywhere(ctx context.Context, k roomKey, name string, living bool, data []byte) ([]byte, error) {
	for {
		answer := make(chan result, 1)
		id, err := s.invoke(k, name, living, data, answer)
		if err != nil {
			return nil, err
		}
		select {
		case a := <-answer:
			if a.err != errMoved {
				return a.data, a.err
			}
		case <-ctx.Done():
			s.forgetInvocation(id)
			return nil, ctx.Err()
		}
	}
}

type result struct {
	data []byte
	err  error
}

// errMoved has a call tried again.
var errMoved = errors.New("moved")

// invocation is one that another node is to answer.
type invocation struct {
	to     string
	answer chan result
}

type invocations struct {
	// Guarded by the system's mu
	last    uint64
	waiting map[uint64]*invocation
}

// invoke sends one where the room is; id is 0 where that is here.
func (s *System) invoke(k roomKey, name string, living bool, data []byte, answer chan result) (id uint64, err error) {
	s.mu.Lock()
	n := s.node
	if n == nil || n.view.Number != 0 && n.view.owner(k) == n.self {
		defer s.mu.Unlock()
		return 0, s.invokeHere(k, name, living, data, func(r result) { answer <- r })
	}
	if n.view.Number == 0 {
		s.mu.Unlock()
		return 0, errNoView
	}
	n.invocations.last++
	id = n.invocations.last
	to := n.view.owner(k)
	n.invocations.waiting[id] = &invocation{to, answer}
	s.mu.Unlock()
	b := putFlags(putString(binary.AppendUvarint(nil, id), name), living)
	n.send(to, frame{kind: frameCall, key: k}, putBytes(b, data))
	return id, nil
}

func (s *System) forgetInvocation(id uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.node != nil {
		delete(s.node.invocations.waiting, id)
	}
}

// invokeHere has a room of this node carry a call out. Under mu.
func (s *System) invokeHere(k roomKey, name string, living bool, data []byte, answer func(result)) error {
	h, ok := s.handlers[handlerKey{k.namespace, name}]
	if !ok {
		return fmt.Errorf("%w: %q", ErrNoHandler, name)
	}
	if s.closed {
		return ErrClosed
	}
	h.living = h.living || living
	answered := false
	once := func(a result) { // a room that fails behind it has it called again, to say so
		if !answered {
			answered = true
			answer(a)
		}
	}
	r := s.rooms[k]
	if r == nil && h.living && (s.node == nil || s.node.knows(k)) {
		return ErrNoRoom
	}
	var dead *Room
	for {
		var err error
		if r, err = s.create(k, dead, s.options.Scheduler); err != nil {
			return err
		}
		switch r.box.push(roomLetter{op: opAsked, call: func() { r.serve(h, data, once) }}) {
		case taken:
			return nil
		case full:
			return ErrBusy
		}
		dead = r
	}
}

// serve carries a call out, in the room's turn.
func (r *Room) serve(h namedHandler, data []byte, answer func(result)) {
	switch {
	case r.failed:
		answer(result{err: ErrFailed})
		return
	case !r.home():
		if _, here := r.isToCome(); here {
			r.link.late = append(r.link.late, late{f: func() { r.serve(h, data, answer) }})
			return
		}
		answer(result{err: errMoved})
		return
	case h.living && r.empty():
		answer(result{err: ErrNoRoom})
		return
	}
	r.awaken()
	out, err := h.f(r, data)
	answer(result{out, err})
}

// How a call has ended.
const (
	callDone byte = iota
	callMoved
	callNoRoom
	callBusy
	callRefused // a *wire.Error
	callFailed
	callRoomFailed
)

// called carries another node's call out. Under mu.
func (n *node) called(from string, f frame, p parcel) {
	id, name := p.uint(), p.string()
	var living bool
	p.flags(&living)
	data := p.bytes()
	answer := func(r result) {
		n.send(from, frame{kind: frameAnswer}, putResult(binary.AppendUvarint(nil, id), r))
	}
	switch {
	case p.bad:
	case n.view.owner(f.key) != n.self:
		answer(result{err: errMoved})
	default:
		if err := n.sys.invokeHere(f.key, name, living, data, answer); err != nil {
			answer(result{err: err})
		}
	}
}

func putResult(b []byte, r result) []byte {
	var refused *wire.Error
	switch {
	case r.err == nil:
		return putBytes(append(b, callDone), r.data)
	case r.err == errMoved:
		return append(b, callMoved)
	case errors.Is(r.err, ErrNoRoom):
		return append(b, callNoRoom)
	case errors.Is(r.err, ErrBusy):
		return append(b, callBusy)
	case errors.Is(r.err, ErrFailed):
		return append(b, callRoomFailed)
	case errors.As(r.err, &refused):
		return putString(putString(append(b, callRefused), string(refused.Code)), refused.Message)
	}
	return putString(append(b, callFailed), r.err.Error())
}

func (p *parcel) result() result {
	switch p.byte() {
	case callDone:
		return result{data: p.bytes()}
	case callMoved:
		return result{err: errMoved}
	case callNoRoom:
		return result{err: ErrNoRoom}
	case callBusy:
		return result{err: ErrBusy}
	case callRoomFailed:
		return result{err: ErrFailed}
	case callRefused:
		return result{err: &wire.Error{Code: wire.Code(p.string()), Message: p.string()}}
	}
	return result{err: errors.New(p.string())}
}

// answered ends a call. Under mu.
func (n *node) answered(from string, p parcel) {
	id := p.uint()
	if c := n.invocations.waiting[id]; c != nil && c.to == from {
		delete(n.invocations.waiting, id)
		c.answer <- p.result()
	}
}

// fail ends the invocations that will have no answer. Under mu.
func (c *invocations) fail(which func(*invocation) bool) {
	for id, one := range c.waiting {
		if which(one) {
			delete(c.waiting, id)
			one.answer <- result{err: ErrLost}
		}
	}
}
