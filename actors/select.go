package actors

import "time"

// Case is one of the things that Select waits for: SendTo, RecvFrom, OnEvent, After, Default.
type Case interface {
	// try does it at once, if it can.
	try(l *loop) (done bool, err error)
	// enlist has w woken once it is done, or can be tried again.
	enlist(l *loop, w waiter)
	// retire takes back what enlist did; fired: it is this case that ended the wait.
	retire(l *loop, fired bool) (err error)
}

// Select parks co until one of the cases is done, and returns which. Where several could be
// done at once, the first of them is. A case's own error, or ErrStopped.
func Select(co *Co, cases ...Case) (int, error) {
	if co.stopping {
		return -1, co.stopped()
	}
	for i, c := range cases {
		if done, err := c.try(co.loop); done {
			return i, err
		}
	}
	for i, c := range cases {
		c.enlist(co.loop, co.waiter(i))
	}
	fired, err := co.park()
	var own error
	for i, c := range cases {
		if e := c.retire(co.loop, err == nil && i == fired); e != nil {
			own = e
		}
	}
	if err != nil {
		return -1, err
	}
	return fired, own
}

type sendCase[T any] struct {
	c  *Channel[T]
	s  *sender[T]
	vv T
}

// SendTo is done when v is in the channel, or was handed to a receiver.
func SendTo[T any](c *Channel[T], v T) Case { return &sendCase[T]{c: c, vv: v} }

func (k *sendCase[T]) try(*loop) (bool, error) {
	if k.c.closed {
		return true, ErrChannelClosed
	}
	return k.c.TrySend(k.vv), nil
}

func (k *sendCase[T]) enlist(_ *loop, w waiter) {
	k.s = &sender[T]{w, k.vv}
	k.c.sends = append(k.c.sends, k.s)
}

func (k *sendCase[T]) retire(_ *loop, fired bool) error {
	k.c.sends = without(k.c.sends, k.s)
	if fired && k.c.closed {
		return ErrChannelClosed
	}
	return nil
}

type recvCase[T any] struct {
	c      *Channel[T]
	r      *receiver[T]
	to     *T
	closed bool
}

// RecvFrom is done when a value was taken from the channel and put into *to.
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
	k.r = &receiver[T]{waiter: w, to: k.to, closed: &k.closed}
	k.c.recvs = append(k.c.recvs, k.r)
}

func (k *recvCase[T]) retire(_ *loop, fired bool) error {
	k.c.recvs = without(k.c.recvs, k.r)
	if fired && k.closed {
		return ErrChannelClosed
	}
	return nil
}

type timeCase struct {
	d time.Duration
	t *timer
}

// After is done once d has passed.
func After(d time.Duration) Case { return &timeCase{d: d} }

func (k *timeCase) try(*loop) (bool, error) { return false, nil }

func (k *timeCase) enlist(l *loop, w waiter) { k.t = l.after(k.d, func() { l.wake(w) }) }

func (k *timeCase) retire(l *loop, _ bool) error {
	l.cancelTimer(k.t)
	return nil
}

type defaultCase struct{}

// Default is done at once; it goes last.
func Default() Case { return defaultCase{} }

func (defaultCase) try(*loop) (bool, error)  { return true, nil }
func (defaultCase) enlist(*loop, waiter)     {}
func (defaultCase) retire(*loop, bool) error { return nil }
