package actors

import (
	"sync"

	"github.com/anthdm/hollywood/actor"
)

// mailbox is the bounded queue of one actor: any number of senders, one reader at a time. It
// is the actor's Hollywood Processer, so a PID leads to it, and it tells its host when there
// is work for a turn; the host decides where that turn runs.
//
// It is bounded by count and by cost (bytes). Senders learn at once whether their message was
// taken; what the engine itself must say (a socket ended, a timer fired) goes beyond the bound.
type mailbox[T letter] struct {
	// Static after init
	host    host
	pid     *actor.PID
	maxLen  int32
	maxCost int32

	// Guarded by mu
	mu       sync.Mutex
	ring     []T   // few, until more is needed; a power of two long
	head     int32 // index of the oldest letter
	n        int32
	cost     int32
	peak     int32              // the most letters since it was last empty
	called   bool               // the host was woken and has not yet looked
	shut     bool               // nothing more is taken from senders
	overflow Cut                // shut, because it was full in that way; Cuts: it is not
	gone     bool               // the actor has ended
	waiting  map[*Conn]struct{} // senders to wake once it has drained by half; nil: none
	few      [2]T
}

// letter is what travels through a mailbox.
type letter interface {
	weight() int32 // what it counts against maxCost, in bytes
}

// host is the actor behind a mailbox.
type host interface {
	// wake asks for a turn. From any goroutine; it must not block.
	wake()
	// foreign takes a message that came through the Hollywood engine.
	foreign(msg any, sender *actor.PID)
}

type verdict uint8

const (
	taken verdict = iota
	full
	shut
)

func (m *mailbox[T]) init(h host, pid *actor.PID, maxLen, maxCost int) {
	m.host, m.pid, m.maxLen, m.maxCost, m.overflow = h, pid, int32(maxLen), int32(maxCost), Cuts
	m.ring = m.few[:]
}

// push hands v to the actor, or says why not.
func (m *mailbox[T]) push(v T) verdict { return m.pushOrWait(v, nil) }

// pushOrWait is push; where the mailbox is full, w is woken once it has drained by half.
func (m *mailbox[T]) pushOrWait(v T, w *Conn) verdict {
	m.mu.Lock()
	if m.shut {
		m.mu.Unlock()
		return shut
	}
	c := v.weight()
	if !m.fits(c) {
		if w != nil {
			m.wait(w)
		}
		m.mu.Unlock()
		return full
	}
	m.put(v, c)
	return taken
}

// fits tells whether one more letter of that weight is within the bounds; one alone always is.
// Under mu.
func (m *mailbox[T]) fits(weight int32) bool {
	return m.n == 0 || m.n < m.maxLen && m.cost+weight <= m.maxCost
}

// wait is under mu.
func (m *mailbox[T]) wait(c *Conn) {
	if m.waiting == nil {
		m.waiting = make(map[*Conn]struct{})
	}
	m.waiting[c] = struct{}{}
}

// pushOrShut is push; a mailbox that is full takes nothing more from then on.
func (m *mailbox[T]) pushOrShut(v T) verdict {
	m.mu.Lock()
	if m.shut {
		m.mu.Unlock()
		return shut
	}
	c := v.weight()
	if !m.fits(c) {
		m.shut, m.overflow = true, CutBytes
		if m.n >= m.maxLen {
			m.overflow = CutMessages
		}
		m.callAndUnlock()
		return full
	}
	m.put(v, c)
	return taken
}

// force hands v over whatever the bound says, also to a mailbox that was shut. It is for the
// engine's own notices, of which there is a fixed number per sender. It is false where the
// actor has ended.
func (m *mailbox[T]) force(v T) bool {
	m.mu.Lock()
	if m.gone {
		m.mu.Unlock()
		return false
	}
	m.put(v, v.weight())
	return true
}

// put appends and wakes the host where it sleeps; it unlocks mu.
func (m *mailbox[T]) put(v T, cost int32) {
	if int(m.n) == len(m.ring) {
		m.grow()
	}
	*m.at(m.n) = v
	m.n++
	m.cost += cost
	m.peak = max(m.peak, m.n)
	m.callAndUnlock()
}

func (m *mailbox[T]) callAndUnlock() {
	call := !m.called
	m.called = true
	m.mu.Unlock()
	if call {
		m.host.wake()
	}
}

// at is the place of the i-th oldest letter. Under mu.
func (m *mailbox[T]) at(i int32) *T { return &m.ring[int(m.head+i)&(len(m.ring)-1)] }

func (m *mailbox[T]) grow() {
	next := make([]T, 2*len(m.ring))
	for i := range m.n {
		next[i] = *m.at(i)
	}
	clear(m.ring)
	m.ring, m.head = next, 0
}

// forget drops the k oldest letters, which weigh nothing.
func (m *mailbox[T]) forget(k int32) {
	m.mu.Lock()
	m.discard(k, 0)
	m.mu.Unlock()
}

// overflowNow shuts the mailbox as if it had been full in that way.
func (m *mailbox[T]) overflowNow(how Cut) {
	m.mu.Lock()
	if m.gone {
		m.mu.Unlock()
		return
	}
	m.shut, m.overflow = true, how
	m.callAndUnlock()
}

// nudge wakes the host although there is no letter for it.
func (m *mailbox[T]) nudge() {
	m.mu.Lock()
	if m.gone {
		m.mu.Unlock()
		return
	}
	m.callAndUnlock()
}

// take moves the oldest letter to v, and is false where there is none. Senders that wait are
// woken once half the room is free.
func (m *mailbox[T]) take(v *T) bool {
	m.mu.Lock()
	if m.n == 0 {
		m.mu.Unlock()
		return false
	}
	*v = *m.at(0)
	m.discard(1, (*v).weight())
	var wake map[*Conn]struct{}
	if m.waiting != nil && m.n <= m.maxLen/2 && m.cost <= m.maxCost/2 {
		wake, m.waiting = m.waiting, nil
	}
	m.mu.Unlock()
	for c := range wake {
		c.box.nudge()
	}
	return true
}

// look is peek at the beginning of a turn: whatever comes from now on wakes the host again. It
// reports, too, whether the mailbox is shut because it was full: in what way, or Cuts.
func (m *mailbox[T]) look(buf []T) (k int, overflow Cut) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.called = false
	return m.copy(buf), m.overflow
}

// peek copies up to len(buf) letters to buf and leaves them where they are.
func (m *mailbox[T]) peek(buf []T) (k int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.copy(buf)
}

// copy is under mu.
func (m *mailbox[T]) copy(buf []T) (k int) {
	for k < len(buf) && k < int(m.n) {
		buf[k] = *m.at(int32(k))
		k++
	}
	return k
}

// discard drops the k oldest letters, of the given cost. Under mu.
func (m *mailbox[T]) discard(k, cost int32) {
	var zero T
	for range k {
		*m.at(0) = zero
		m.head = (m.head + 1) & int32(len(m.ring)-1)
	}
	m.n -= k
	m.cost -= cost
	if m.n > 0 {
		return
	}
	// A ring that was hardly used since it was last empty goes back.
	if len(m.ring) > len(m.few) && 4*int(m.peak) <= len(m.ring) {
		m.ring, m.head = m.few[:], 0
	}
	m.peak = 0
}

// rest ends a turn. It reports whether the host must run again, because letters are left that
// it takes at the moment (open), or it has more to do anyway; otherwise the next letter wakes it.
func (m *mailbox[T]) rest(more, open bool) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.called = m.n > 0 && open || more
	return m.called
}

// close takes nothing more from senders. With ifEmpty it does so only where nothing waits,
// and says whether it did.
func (m *mailbox[T]) close(ifEmpty bool) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if ifEmpty && (m.n > 0 || m.waiting != nil) {
		return false
	}
	m.shut = true
	return true
}

// bury shuts the mailbox for good and lets its letters and its ring go; the host is not woken again.
func (m *mailbox[T]) bury() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.shut, m.gone = true, true
	m.ring, m.head, m.n, m.cost = m.few[:], 0, 0, 0
	clear(m.few[:])
	m.waiting = nil
}

// isGone tells whether the actor has ended.
func (m *mailbox[T]) isGone() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.gone
}

// len is how many letters wait.
func (m *mailbox[T]) len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return int(m.n)
}
