package actors

// WaitGroup waits for coroutines of one room to finish. The zero WaitGroup is ready to use.
type WaitGroup struct {
	n       int
	waiters []waiter
}

// Go starts f as a coroutine that the group waits for.
func (g *WaitGroup) Go(co *Co, f func(*Co) error) *Coroutine {
	g.n++
	return co.Go(func(co *Co) error {
		co.Defer(g.Done)
		return f(co)
	})
}

// Add adds n to the count of what is waited for.
func (g *WaitGroup) Add(n int) { g.n += n }

// Done takes one off, and wakes who waits where none is left.
func (g *WaitGroup) Done() {
	g.n--
	if g.n < 0 {
		panic("actors: WaitGroup.Done more often than Add")
	}
	if g.n > 0 {
		return
	}
	for _, w := range g.waiters {
		w.co.loop.wake(w)
	}
	g.waiters = nil
}

// Wait parks co until the count is zero.
func (g *WaitGroup) Wait(co *Co) error {
	if g.n == 0 {
		return nil
	}
	g.waiters = append(g.waiters, co.waiter(0))
	_, err := co.park()
	return err
}
