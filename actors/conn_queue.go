package actors

// A connection's deliveries stay in its mailbox until they are written: it is the one queue,
// and the merge point, on a message's way out. So its reader cuts the oldest one short where
// the transport took a part.

// Wrote says that the first n bytes of what Pending returned are written.
func (c *Conn) Wrote(n int) {
	m := &c.box
	m.mu.Lock()
	exempt := 0
	for n > 0 {
		d := m.at(0)
		size := int(d.end - d.off)
		if n < size {
			d.off += uint32(n)
			if d.burst.exempt {
				exempt += n
			} else {
				m.cost -= int32(n)
			}
			c.cut = true
			break
		}
		n -= size
		c.cut = false
		if d.burst.exempt {
			exempt += size
		}
		m.discard(1, d.weight())
	}
	noted := m.n > 0 && m.at(0).burst.note != nil
	m.mu.Unlock()
	waiting := c.exempt.Add(-int64(exempt))
	// Notes that were held up by this output are read before the client can have answered it.
	if noted && c.readNotes() || c.Blocked() && exempt > 0 && waiting <= freeExempt {
		m.nudge() // Closing, Rooms or Blocked may have changed
	}
}

// Relieve closes the connection as too slow where more than limit bytes of output wait for it. It
// is for an owner that is short of memory, and whose transport takes nothing more of this
// connection for longer than a client that reads could make it wait.
func (c *Conn) Relieve(limit int) {
	c.box.mu.Lock()
	waits := int64(c.box.cost)
	c.box.mu.Unlock()
	if c.close == nil && waits+c.exempt.Load() > int64(limit) {
		c.tooSlow(CutMemory)
	}
}

// Shed is Close for an owner that is short of memory: the connection is counted as cut for it.
func (c *Conn) Shed(cl Close) {
	if c.close == nil {
		c.sys.counters.cut[CutMemory].Add(1)
		c.Close(cl)
	}
}

// tooSlow lets the queue go, but for what is written in part, and closes.
func (c *Conn) tooSlow(why Cut) {
	m := &c.box
	m.mu.Lock()
	var keep int32
	if c.cut {
		keep = 1
	}
	exempt := 0
	c.sys.counters.dropped[DropSlow].Add(uint64(max(m.n-keep, 0)))
	for m.n > keep {
		// From the young end, so that the cut one stays first.
		last := m.at(m.n - 1)
		if last.burst.exempt {
			exempt += int(last.end - last.off)
		}
		m.cost -= last.weight()
		*last = delivery{}
		m.n--
	}
	m.mu.Unlock()
	c.exempt.Add(-int64(exempt))
	c.sys.counters.cut[why].Add(1)
	c.Close(Close{Code: CloseTooSlow, Reason: "too slow: the output queue is full"})
}
