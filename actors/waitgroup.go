package actors

// WaitGroup waits for coroutines of one room to finish. The zero WaitGroup is ready to use.
type WaitGroup struct {
	n       int
	waiters []waiter
}

// Go starts f as a coroutine that the group waits for.
func (g *WaitGroup) Go(co *Co, f func(*Co) error) *Coroutine {
	c := co.Go(f)
	g.Add(1)
	c.co.defers = append(c.co.defers, g.Done) // also where it is cancelled before it begins
	return c
}

// Add adds n to the count of what is waited for. A count below zero panics.
func (g *WaitGroup) Add(n int) {
	g.n += n
	switch {
	case g.n < 0:
		panic("actors: WaitGroup.Done more often than Add")
	case g.n > 0:
		return
	}
	for _, w := range g.waiters {
		w.co.loop.wake(w)
	}
	g.waiters = nil
}

// Done takes one off.
func (g *WaitGroup) Done() { g.Add(-1) }

// Wait parks co until the count is zero. ErrStopped.
func (g *WaitGroup) Wait(co *Co) error {
	if err := co.ready(); err != nil {
		return err
	}
	if g.n == 0 {
		return nil
	}
	w := co.waiter(0)
	g.waiters = append(g.waiters, w)
	_, err := co.park()
	if err != nil {
		g.waiters = without(g.waiters, w)
	}
	return err
}
