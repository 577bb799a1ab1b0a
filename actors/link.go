package actors

import (
	"encoding/binary"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/parley-signaling/parley/actors/wire"
)

// link is a room's part in the cluster. The room is home where it has no relay: it is the room.
// With one it is away: it stands in for the room on this node, or waits to become it.
type link struct {
	node *node // static

	look    look        // guarded by the system's mu
	givenUp atomic.Bool // shared: nobody waits for the room any more

	attachedBytes int // of frameAttach for it in this view; guarded by the system's mu

	// Guarded by mu
	mu    sync.Mutex
	queue fifo[posted]
	gone  bool // the room has ended

	// Owned by the room's turn
	losses   uint64 // of the lease, as far as the room has seen them
	relay    *relay // nil: home
	peers    map[string]*peer
	late     []late              // for the room that is about to be here
	backlog  fifo[roomLetter]    // those of the relay that the room was
	attached map[string]attached // by node: the relays of a room whose node has died
	carried  []byte              // Room.Carry
	fair     bool                // whose turn it is, the queue's or the mailbox's
	unsaid   bool                // a pass waits for the lease
	stale    int                 // letters of the mailbox that came before the room was lost
}

// posted is something for the room's turn, ahead of its mailbox.
type posted struct {
	losses uint64
	always bool // also where the lease is lost meanwhile
	waits  waits
	f      func()
}

// late is what came before the room that it is for.
type late struct {
	node string // "": it is an Invoke
	f    func()
}

// post has f called in r's turn, unless the lease is lost before, and is false where r has ended.
func (k *link) post(r *Room, f func()) bool { return k.postOf(r, waits{}, f) }

// postOf is post for a frame that counts until then.
func (k *link) postOf(r *Room, w waits, f func()) bool {
	return k.push(r, posted{losses: k.node.losses.Load(), waits: w, f: f})
}

func (k *link) push(r *Room, p posted) bool {
	k.mu.Lock()
	if k.gone {
		k.mu.Unlock()
		return false
	}
	k.queue.push(p)
	p.waits.begin()
	k.mu.Unlock()
	r.box.nudge()
	return true
}

// pending tells whether something was posted.
func (k *link) pending() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.queue.len() > 0
}

// pop takes what was posted first, but for what was meant for the time before the lease was lost.
// What was posted after a loss that the room has not seen yet waits for the next turn, which does.
func (k *link) pop() func() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for k.queue.len() > 0 && (k.queue.at(0).losses <= k.losses || k.queue.at(0).always) {
		p := k.queue.pop()
		p.waits.end()
		if p.losses == k.losses || p.always {
			return p.f
		}
	}
	return nil
}

// uncount has what was posted count no more: nobody knows when the room has its turn.
func (k *link) uncount() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for i := range k.queue.len() {
		p := k.queue.at(i)
		p.waits.end()
		p.waits = waits{}
	}
}

// retryLate does again what came too early. Where that fails the room, the rest stays.
func (k *link) retryLate() {
	again := k.late
	k.late = nil
	defer func() {
		if len(again) > 0 {
			k.late = append(again, k.late...)
		}
	}()
	for len(again) > 0 {
		l := again[0]
		again = again[1:]
		l.f()
	}
}

// takeLetter takes the room's next letter, from its mailbox or from the cluster in turn.
func (r *Room) takeLetter(l *roomLetter) bool {
	k := r.link
	if k == nil {
		return r.box.take(l)
	}
	if k.backlog.len() > 0 {
		*l = k.backlog.pop()
		return true
	}
	for range 2 {
		if k.fair = !k.fair; k.fair {
			if f := k.pop(); f != nil {
				*l = roomLetter{op: opCall, call: f}
				return true
			}
		} else if r.open() && r.takeFresh(l) {
			return true
		}
	}
	return false
}

// takeFresh takes the next letter from the mailbox, but for what is not to be carried out because the
// room was lost.
func (r *Room) takeFresh(l *roomLetter) bool {
	k := r.link
	for r.box.take(l) {
		if k.stale == 0 {
			return true
		}
		if k.stale--; !r.isOfBefore(l) {
			return true
		}
		release(l.req)
		*l = roomLetter{}
	}
	return false
}

// isOfBefore tells whether a letter that waited as the room was lost is a request of the epoch that
// has ended, as what the owner was asked and did not answer: its client is told of the new one, and
// may have asked again elsewhere in the old. It keeps joins and leaves of those who are still there.
func (r *Room) isOfBefore(l *roomLetter) bool {
	s := l.seat
	if l.op != opRequest || s == nil {
		return false
	}
	return s.conn.box.isGone() || r.key.namespace == "" && s.member != nil && !asks(l.req) && l.req.Kind != wire.KindLeave
}

// open tells whether the room takes letters from its mailbox.
func (r *Room) open() bool {
	k := r.link
	return k.relay == nil || r.stopping || k.relay.owner != "" && !k.relay.full() && k.node.number.Load() != 0
}

// home tells whether this is the room, and not what stands in for it.
func (r *Room) home() bool { return r.link == nil || r.link.relay == nil }

// mayRun begins a turn. It is false where the room may do nothing, because the lease is in
// doubt: nothing is taken, and what the last pass has to say waits.
func (r *Room) mayRun() bool {
	k := r.link
	if k == nil {
		return true
	}
	if n := k.node.losses.Load(); n != k.losses {
		k.losses = n
		r.lose()
	}
	if k.relay == nil && !k.node.Held() {
		k.node.standStill(r)
		return false
	}
	if k.unsaid {
		k.unsaid = false
		r.flush()
		r.sys.flow.delivered.Add(r.pass.delivered)
		at := r.pass.at
		r.pass.free()
		r.pass = newPass()
		r.pass.at = at
	}
	return true
}

// rest ends a turn, and reports whether there must be another one.
func (k *link) rest(r *Room, more bool) bool {
	if r.box.rest(more || k.backlog.len() > 0, r.open()) {
		return true
	}
	if k.pending() { // it came since the turn has looked
		r.box.nudge()
	}
	return false
}

// over tells whether the room has nobody and nothing left to live for.
func (r *Room) over() bool {
	k := r.link
	switch {
	case k == nil:
		return r.empty()
	case k.unsaid || len(k.late) > 0 || k.backlog.len() > 0:
		return false
	case k.relay == nil:
		return r.empty() && (len(k.peers) == 0 || r.stopping)
	case k.relay.owner == "": // it may be about to become the room
		return r.stopping && k.relay.idle()
	}
	return k.relay.idle()
}

// endLinked is the end of a room in a cluster: those who know it are told. It is false where
// somebody is about to come in.
func (r *Room) endLinked() bool {
	k := r.link
	r.sys.mu.Lock()
	defer r.sys.mu.Unlock()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.queue.len() > 0 || !r.box.close(true) {
		return false
	}
	k.gone = true
	if y := k.relay; y != nil && y.owner != "" { // which may know of it without a letter: from the room's last node
		r.ship(y.owner, frameGone, y.life, nil)
	}
	for _, p := range k.peers { // where it was closed, or has failed
		r.ship(p.node, frameReset, p.life, binary.AppendUvarint(putFlags(nil, r.failed), p.seen))
	}
	if r.sys.rooms[r.key] == r {
		delete(r.sys.rooms, r.key)
	}
	return true
}

// closeRelay ends the memberships of this node, because its system closes.
func (r *Room) closeRelay() {
	y := r.link.relay
	r.stopping = true
	for _, number := range slices.Sorted(maps.Keys(y.seats)) {
		s := y.seats[number]
		for l := y.waiting(s); l != nil; l = y.waiting(s) {
			l.answered = true
			r.tellNow(s, &wire.Error{ID: l.id, Room: r.key.name, Code: wire.Unavailable, Message: closing})
			r.sys.counters.refuse(wire.Unavailable)
			s.note(noteRefused, Close{})
		}
		if m := s.member; m != nil {
			end := Close{Code: CloseNormal, Reason: "closed"}
			r.tellNow(s, &wire.Bye{Code: end.Code, Reason: end.Reason, Room: r.key.name})
			s.note(noteOver, end)
		}
		r.endSeat(s, false)
	}
	r.sendLetters()
	y.kept, y.asking = nil, nil
}

// maySay ends a turn, and is false where what it has to say must wait for the lease.
func (r *Room) maySay() bool {
	k := r.link
	return k == nil || k.relay != nil || k.losses == k.node.losses.Load() && k.node.Held()
}

// ship hands a frame about this room to another node.
func (r *Room) ship(to string, kind frameKind, life uint64, body []byte) (size int) {
	return r.link.node.send(to, frame{kind: kind, key: r.key, life: life}, body)
}
