package actors

import "time"

// Case is one of the things that Select waits for: SendTo, RecvFrom, OnEvent, After, Default.
// It is for one Select at a time.
type Case interface {
	// try does it at once, if it can.
	try(l *loop) (done bool, err error)
	// enlist has w woken once it is done.
	enlist(l *loop, w waiter)
	// retire takes back what enlist did; fired: it is this case that ended the wait.
	retire(l *loop, fired bool) (err error)
}

// Select parks co until one of the cases is done, and returns which, counted from 0, with its
// error. Where several can be done at once, the first of them is. A nil case is never done. -1
// and ErrStopped where the coroutine is stopped.
func Select(co *Co, cases ...Case) (int, error) {
	if err := co.ready(); err != nil {
		return -1, err
	}
	for i, c := range cases {
		if c == nil {
			continue
		}
		if done, err := c.try(co.loop); done {
			return i, err
		}
	}
	for i, c := range cases {
		if c != nil {
			c.enlist(co.loop, co.waiter(i))
		}
	}
	fired, err := co.park()
	own := retire(co.loop, cases, fired)
	if err != nil {
		return -1, err
	}
	return fired, own
}

// retire takes all cases back, and returns the error of the one that fired.
func retire(l *loop, cases []Case, fired int) (own error) {
	for i, c := range cases {
		if c == nil {
			continue
		}
		if err := c.retire(l, i == fired); i == fired {
			own = err
		}
	}
	return own
}

type sendCase[T any] struct {
	c *Channel[T]
	v T
	s *sender[T]
}

// SendTo is done when v is in the channel, or was handed to a receiver. ErrChannelClosed.
func SendTo[T any](c *Channel[T], v T) Case { return &sendCase[T]{c: c, v: v} }

func (k *sendCase[T]) try(*loop) (bool, error) {
	if k.c.closed {
		return true, ErrChannelClosed
	}
	return k.c.TrySend(k.v), nil
}

func (k *sendCase[T]) enlist(_ *loop, w waiter) {
	k.s = &sender[T]{waiter: w, v: k.v}
	k.c.sends.push(k.s)
}

func (k *sendCase[T]) retire(_ *loop, fired bool) error {
	if fired && k.s.closed {
		return ErrChannelClosed
	}
	if !fired {
		k.c.sends.remove(func(s *sender[T]) bool { return s == k.s })
	}
	return nil
}

type recvCase[T any] struct {
	c  *Channel[T]
	to *T
	r  *receiver[T]
}

// RecvFrom is done when a value was taken from the channel and put into *to. ErrChannelClosed.
func RecvFrom[T any](c *Channel[T], to *T) Case { return &recvCase[T]{c: c, to: to} }

func (k *recvCase[T]) try(*loop) (bool, error) {
	if v, ok := k.c.TryRecv(); ok {
		*k.to = v
		return true, nil
	}
	if k.c.closed {
		return true, ErrChannelClosed
	}
	return false, nil
}

func (k *recvCase[T]) enlist(_ *loop, w waiter) {
	k.r = &receiver[T]{waiter: w, to: k.to}
	k.c.recvs.push(k.r)
}

func (k *recvCase[T]) retire(_ *loop, fired bool) error {
	if fired && k.r.closed {
		return ErrChannelClosed
	}
	if !fired {
		k.c.recvs.remove(func(r *receiver[T]) bool { return r == k.r })
	}
	return nil
}

type timeCase struct {
	d time.Duration
	t *timer
}

// After is done once d has passed.
func After(d time.Duration) Case { return &timeCase{d: d} }

func (k *timeCase) try(*loop) (bool, error)  { return false, nil }
func (k *timeCase) enlist(l *loop, w waiter) { k.t = l.after(k.d, func() { l.wake(w) }) }
func (k *timeCase) retire(l *loop, _ bool) error {
	l.timers.Remove(k.t)
	return nil
}

type defaultCase struct{}

// Default is done at once; it goes last.
func Default() Case { return defaultCase{} }

func (defaultCase) try(*loop) (bool, error)  { return true, nil }
func (defaultCase) enlist(*loop, waiter)     {}
func (defaultCase) retire(*loop, bool) error { return nil }
