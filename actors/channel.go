package actors

import "slices"

// Channel carries values between coroutines of one room, as a Go channel does between
// goroutines: Send parks while it is full, Recv while it is empty. It needs no lock, and must
// not leave its room. The methods without a Co never block and may also be called from hooks.
type Channel[T any] struct {
	loop   *loop
	cap    int
	buf    fifo[T]
	sends  fifo[*sender[T]]
	recvs  fifo[*receiver[T]]
	closed bool
}

// sender waits to send v.
type sender[T any] struct {
	waiter
	v      T
	closed bool // the channel was closed instead
}

// receiver waits to have *to filled.
type receiver[T any] struct {
	waiter
	to     *T
	closed bool           // the channel was closed instead
	match  []func(T) bool // events only; none: anything
}

// NewChannel makes a channel that holds up to capacity values; 0: a Send waits for its Recv.
func NewChannel[T any](co *Co, capacity int) *Channel[T] {
	return &Channel[T]{loop: co.loop, cap: max(capacity, 0)}
}

// Len is how many values the channel holds.
func (c *Channel[T]) Len() int { return c.buf.len() }

// Send puts v into the channel, and parks co while it is full. ErrChannelClosed, ErrStopped.
func (c *Channel[T]) Send(co *Co, v T) error {
	_, err := Select(co, SendTo(c, v))
	return err
}

// TrySend is Send that is false where it would have to wait, or the channel is closed.
func (c *Channel[T]) TrySend(v T) bool {
	if c.closed {
		return false
	}
	for c.recvs.len() > 0 {
		if r := c.recvs.pop(); c.loop.wake(r.waiter) {
			*r.to = v
			return true
		}
	}
	if c.buf.len() >= c.cap {
		return false
	}
	c.buf.push(v)
	return true
}

// Recv takes the oldest value, and parks co while there is none. ErrChannelClosed, ErrStopped.
func (c *Channel[T]) Recv(co *Co) (v T, err error) {
	_, err = Select(co, RecvFrom(c, &v))
	return v, err
}

// TryRecv is Recv that is false where it would have to wait, or the channel is closed.
func (c *Channel[T]) TryRecv() (v T, ok bool) {
	if c.buf.len() > 0 {
		v = c.buf.pop()
		if s := c.nextSender(); s != nil {
			c.buf.push(s.v)
		}
		return v, true
	}
	if s := c.nextSender(); s != nil {
		return s.v, true
	}
	return v, false
}

// nextSender wakes the sender that waits longest.
func (c *Channel[T]) nextSender() *sender[T] {
	for c.sends.len() > 0 {
		if s := c.sends.pop(); c.loop.wake(s.waiter) {
			return s
		}
	}
	return nil
}

// Close lets nothing more in. What the channel holds can still be received; whoever waits for
// more, or to send, gets ErrChannelClosed. To close it again does nothing.
func (c *Channel[T]) Close() {
	c.closed = true
	for c.recvs.len() > 0 {
		r := c.recvs.pop()
		r.closed = c.loop.wake(r.waiter)
	}
	for c.sends.len() > 0 {
		s := c.sends.pop()
		s.closed = c.loop.wake(s.waiter)
	}
}

func without[T comparable](list []T, v T) []T {
	if i := slices.Index(list, v); i >= 0 {
		return slices.Delete(list, i, i+1)
	}
	return list
}
