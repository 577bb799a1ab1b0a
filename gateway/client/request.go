package client

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/parley-signaling/parley/actors/wire"
)

// Receipt is the room's answer to a Send.
type Receipt struct {
	Seq     uint64   // the number that the message has in the room
	Missing []string // those it was addressed to who are not in the room
}

// call is one request and whoever waits for its answer. It is numbered and encoded when it is
// first sent; repeated, it is the same to the byte.
type call struct {
	room  *Room
	req   wire.Request
	id    uint64 // 0: not sent yet
	frame []byte
	leave bool
	own   bool // the room does not tell it to its sender

	sentOver *link        // the connection that it was last sent over
	gone     bool         // nobody waits any more: only its place among the outstanding is kept
	done     chan outcome // holds one
	success  func()       // may be nil
}

type outcome struct {
	receipt Receipt
	err     error
}

// value encodes what an application gives in the client's codec.
func (c *Client) value(v any) (wire.Value, error) {
	var out wire.Value
	var err error
	switch v := v.(type) {
	case nil:
		out, err = wire.ParseValue(wire.JSON, []byte("null"))
	case wire.Value:
		out = v
	case json.RawMessage:
		out, err = wire.ParseValue(wire.JSON, slices.Clone([]byte(v)))
	default:
		out, err = wire.NewValue(c.o.Codec, v)
	}
	if err != nil {
		return out, fmt.Errorf("client: %w", err)
	}
	return out, nil
}

// request queues q and waits for its answer.
func (r *Room) request(ctx context.Context, q wire.Request, success func()) (Receipt, error) {
	if err := ctx.Err(); err != nil {
		return Receipt{}, err
	}
	r.c.mu.Lock()
	if r.state == roomOver || r.leaving {
		defer r.c.mu.Unlock()
		if r.err != nil {
			return Receipt{}, r.err
		}
		return Receipt{}, ErrLeft
	}
	call := r.queueCall(q, success)
	r.flush()
	r.c.mu.Unlock()
	return r.await(ctx, call)
}

// queueCall puts a request behind the others. Under mu.
func (r *Room) queueCall(q wire.Request, success func()) *call {
	q.Room = r.name
	call := &call{room: r, req: q, done: make(chan outcome, 1), success: success}
	r.pending = append(r.pending, call)
	return call
}

// await waits for the answer. Where ctx ends first, what was not sent never will be.
func (r *Room) await(ctx context.Context, call *call) (Receipt, error) {
	select {
	case o := <-call.done:
		return o.receipt, o.err
	case <-ctx.Done():
	}
	r.c.mu.Lock()
	defer r.c.mu.Unlock()
	select {
	case o := <-call.done:
		return o.receipt, o.err
	default:
	}
	if call.id == 0 {
		r.forget(call)
		return Receipt{}, ctx.Err()
	}
	call.gone = true
	return Receipt{}, fmt.Errorf("client: sent, but not answered: %w", ctx.Err())
}

// flush sends what has not been sent over this connection, in order, as far as the window of
// outstanding requests allows. Under mu.
func (r *Room) flush() {
	if !r.ready() {
		return
	}
	l := r.c.link
	for i := 0; i < len(r.pending) && i < maxOutstanding; i++ {
		call := r.pending[i]
		if call.sentOver == l {
			continue
		}
		if call.id == 0 && !r.number(call) {
			i--
			continue
		}
		call.sentOver = l
		l.send(call.frame)
	}
}

// ready tells whether requests may be sent now. A leave may also be sent from outside, instead
// of coming back first.
func (r *Room) ready() bool {
	return r.c.link != nil && (r.state == roomJoined || r.leaving && r.state == roomSuspended && r.joinID == 0)
}

// number gives a call its id and its bytes; it is false, and the call settled, where these are
// too many.
func (r *Room) number(call *call) bool {
	id := r.c.nextID()
	call.req.ID = id
	if call.req.Kind == wire.KindLeave {
		call.req.Resume = r.ticket()
	}
	call.frame = wire.AppendRequest(nil, r.c.o.Codec, &call.req)
	if n := len(call.frame); n > wire.MaxMessage {
		r.settle(call, outcome{err: &Error{Code: wire.TooLarge, Message: fmt.Sprintf("message: %d bytes, at most %d", n, wire.MaxMessage)}})
		return false
	}
	call.id = id
	call.own = call.req.Kind == wire.KindUpdate || call.req.Kind == wire.KindSend && !slices.Contains(call.req.To, r.self.ID)
	call.req = wire.Request{} // its values are in the frame
	r.c.calls[id] = call
	return true
}

// answer settles the request with that id, if there is one. Under mu.
func (c *Client) answer(id uint64, receipt Receipt, err error) bool {
	call := c.calls[id]
	if call == nil {
		return false
	}
	if err == nil {
		if call.own {
			call.room.said(receipt.Seq)
		}
		if call.success != nil {
			call.success()
		}
	}
	call.room.settle(call, outcome{receipt, err})
	call.room.flush()
	return true
}

// settle tells who waits. Under mu.
func (r *Room) settle(call *call, o outcome) {
	r.forget(call)
	if !call.gone {
		call.done <- o
	}
}

func (r *Room) forget(call *call) {
	delete(r.c.calls, call.id)
	if i := slices.Index(r.pending, call); i >= 0 {
		r.pending = slices.Delete(r.pending, i, i+1)
	}
}

// fail settles those of the requests that it is true for. Under mu.
func (r *Room) fail(err error, which func(*call) bool) {
	for _, call := range slices.Clone(r.pending) {
		if which(call) {
			r.settle(call, outcome{err: err})
		}
	}
}

func (c *call) sent() bool { return c.id != 0 }
