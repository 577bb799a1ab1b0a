package load

import "github.com/parley-signaling/parley/bench/internal/client"

// pace says when calls and churns begin: at a rate, or as fast as slots become free.
type pace struct {
	during  window
	rate    float64 // a second; 0: as fast as slots become free
	n       int     // begun or waiting
	waiting []int64 // intended times for which there was no free slot
	free    []int   // slots
	slots   int
}

func newPace(slots int) pace {
	p := pace{slots: slots}
	for i := range slots {
		p.free = append(p.free, slots-1-i)
	}
	return p
}

func (p *pace) begin(w window, rate float64) {
	p.during, p.rate, p.n, p.waiting = w, rate, 0, nil
}

// take returns a slot that shall begin now, and when it was meant to; if there is none, when
// to ask again.
func (p *pace) take(now int64) (slot int, intended int64, ok bool, next int64) {
	if now < p.during.start {
		return 0, 0, false, p.during.start
	}
	next = p.owe(now)
	intended = now
	switch {
	case len(p.free) == 0:
		return 0, 0, false, next
	case p.rate > 0 && len(p.waiting) == 0:
		return 0, 0, false, next
	case p.rate > 0:
		intended = p.waiting[0]
		p.waiting = p.waiting[1:]
	case now >= p.during.to:
		return 0, 0, false, client.Never
	}
	slot = p.free[len(p.free)-1]
	p.free = p.free[:len(p.free)-1]
	return slot, intended, true, next
}

// owe adds what has become due and returns when the next will.
func (p *pace) owe(now int64) int64 {
	if p.rate <= 0 {
		return client.Never
	}
	for {
		due := p.during.start + int64(float64(p.n)*1e9/p.rate)
		if due >= p.during.to {
			return client.Never
		}
		if due > now {
			return due
		}
		p.waiting = append(p.waiting, due)
		p.n++
	}
}

func (p *pace) release(slot int) { p.free = append(p.free, slot) }

// over reports whether all that was meant to begin has ended.
func (p *pace) over(now int64) bool {
	return now >= p.during.to && p.owe(now) == client.Never && len(p.waiting) == 0 && len(p.free) == p.slots
}
