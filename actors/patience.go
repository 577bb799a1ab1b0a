package actors

import (
	"errors"
	"fmt"
	"time"
)

// A view is settled when every room has looked at it. One whose behaviour does not return cannot,
// and nobody must wait for it longer than this.
const (
	lookPatience = 10 * time.Second
	lookAgain    = time.Second
)

// look is what a view waits for: that one room sees to it.
type look struct {
	// Guarded by the system's mu
	owed  bool
	since time.Time // zero: it is not the room that is waited for
	to    string    // where it is to be handed over; "": it is asked whether it is to
}

// errGivenUp is what a room fails with that nobody has waited for.
var errGivenUp = errors.New("it did not yield, and was given up: another node has the room now")

// ask has a room see to the view, or hand itself over to a node. It is false where the room has ended. Under mu.
func (n *node) ask(r *Room, to string, f func()) bool {
	if !r.link.post(r, f) {
		return false
	}
	r.link.look = look{true, n.sys.Now(), to}
	return true
}

// watch looks after rooms that are asked to see to a view. Under mu.
func (n *node) watch() {
	if n.alarm == nil {
		n.alarm = n.sys.afterFunc(lookAgain, n.impatient)
	} else {
		n.alarm.Reset(lookAgain)
	}
}

// impatient goes on without the rooms that have been waited for long enough.
func (n *node) impatient() {
	s := n.sys
	s.mu.Lock()
	if n.view.Number == 0 || n.busy == 0 || s.closed && len(s.rooms) == 0 {
		s.mu.Unlock()
		return
	}
	n.watch()
	held, now, losses := n.Held(), s.Now(), n.losses.Load()
	var stuck []*Room
	for _, r := range s.rooms {
		switch k := &r.link.look; {
		case !k.owed || k.since.IsZero():
		case !held: // no room may do anything
			k.since = now
		case now.Sub(k.since) >= lookPatience:
			stuck = append(stuck, r)
		}
	}
	for _, r := range stuck {
		n.giveUp(r)
	}
	s.mu.Unlock()
	for _, r := range stuck {
		n.looked(r.link, losses)
	}
	n.pump()
}

// giveUp lets go of a room that is stuck and is not to be here any more. Whoever else is in it comes
// back to its new owner, and finds a new epoch; those on this node it tells itself, if it ever goes
// on. Under mu.
func (n *node) giveUp(r *Room) {
	if n.view.owner(r.key) == n.self { // it need not do anything now
		return
	}
	n.sys.log.Error("a room does not yield: it is given up", "room", r.key.name, "namespace", r.key.namespace, "for", lookPatience)
	r.link.givenUp.Store(true)
	r.link.uncount()
	delete(n.sys.rooms, r.key)
	if l := n.moves.lanes[r.link.look.to]; l != nil {
		l.closeOf(r)
	}
	for _, o := range n.others() {
		n.send(o, frame{kind: frameUnknown, key: r.key}, nil)
	}
	r.box.nudge()
}

// mustGoOn panics where the room was given up: nothing of what it has done meanwhile counts.
func (r *Room) mustGoOn() {
	if k := r.link; k != nil && k.givenUp.Load() && !r.failed {
		k.peers = nil // who have been told
		panic(&failure{value: fmt.Errorf("room: %w", errGivenUp)})
	}
}
