package actors

import (
	"strconv"
	"sync/atomic"
	"time"

	"github.com/anthdm/hollywood/actor"

	"github.com/parley-signaling/parley/actors/wire"
)

// Bounds of one room's mailbox, and of one turn.
const (
	maxRoomLetters = 1024
	maxRoomBytes   = 4 << 20
	turnLetters    = 64
	turnBytes      = 256 << 10 // read, or told to those who join

	sampled = 8 // of so many turns that somebody's letter sets off, one is measured
)

// Room is a room's actor: a state machine that gives every message its place in one order
// (seq), knows who is there, and keeps what a member that lost its socket will ask for.
//
// A turn takes some letters, changes the state, and collects what is to be told as items of a
// pass (pass.go); at its end the pass is encoded once per format and handed to the members.
type Room struct {
	// Static after construction
	sys       *System
	key       roomKey
	epoch     string // the life of the seq counter
	scheduler Scheduler
	shard     uint8 // of the system's retention

	// Shared
	box     mailbox[roomLetter]
	outside outside
	entered atomic.Int64 // what it keeps, as it has told the system's retention; the turn's to write

	behavior *namedBehavior // static; nil: a plain room

	// Owned by the room's turn
	seq       uint64              // the number of the last message
	since     uint64              // the join counter
	roster                        // who is there
	barred    map[uint64]struct{} // hashes of the ids and nonces of those who were kicked
	locked    bool
	stopping  bool
	history   history
	lingering []*member         // suspended ones, the first to go first
	parted    map[*seat]*member // of those suspended: whose connection's end is still to come
	timer     Alarm
	tickAt    time.Time // when the timer fires; zero: it does not
	now       time.Time // of this turn
	wakes     uint8     // so far, modulo 256
	woken     time.Time // when its first letter came; zero: that is not measured
	pass      *pass     // of this turn
	expiries  timers    // of tokens
	loop      *loop     // the behaviour's coroutines; nil: a plain room
	dog       *watchdog // nil: a plain room
	hooks     Hooks
	held      map[*seat]*Join // joins that wait for the behaviour's word
	holds     uint64          // joins that ever did
	capacity  int
	kept      bool          // it lives on without members
	failed    bool          // it has panicked
	started   bool          // somebody has come in since it began
	born      time.Duration // when it began, on the system's clock
	link      *link         // nil: there is no cluster
}

// roomLetter is what travels through a room's mailbox.
type roomLetter struct {
	op    roomOp
	clean bool
	seat  *seat         // nil: from outside the room
	req   *wire.Request // opRequest
	call  func()        // opCall, opAsked
}

type roomOp uint8

const (
	opRequest roomOp = iota
	opEnded          // the seat's connection has ended
	opParted         // nothing reaches the seat's connection any more; opEnded follows
	opTick           // the room's timer fired
	opStop           // the room is to end
	opCall           // something to do in the room's turn
	opAsked          // as opCall, and where the room has failed meanwhile, to say so
)

func (l roomLetter) weight() int32 {
	if l.req == nil {
		return 0
	}
	return int32(64 + l.req.Size)
}

func newRoom(s *System, k roomKey, serial uint64, sched Scheduler) *Room {
	id := "room/" + strconv.FormatUint(serial, 36)
	r := &Room{sys: s, shard: uint8(serial % retentionShards), key: k, epoch: newID(), scheduler: sched, capacity: s.options.RoomCapacity, born: s.Now().Sub(s.start)}
	r.box.init(r, actor.NewPID(s.engine.Address(), id), maxRoomLetters, maxRoomBytes)
	return r
}

// wake implements host.
func (r *Room) wake() {
	// Nobody else runs, or wakes, the room at this moment.
	if r.wakes++; r.wakes%sampled == 1 { // to ask the clock costs more than to schedule
		r.woken = r.sys.Now()
	}
	r.scheduler.Schedule(r)
}

// foreign implements host. It runs on the sender's goroutine.
func (r *Room) foreign(msg any, sender *actor.PID) {
	switch msg.(type) {
	case Ask:
		reply(r.sys.engine, sender, Answer{Actor: r.box.pid.ID, Room: r.key.name})
	case stopActor:
		r.stop()
	default:
		if asPill(msg) {
			r.stop()
			swallow(r.sys.engine, msg)
			return
		}
		if !r.told(msg, sender) {
			deadLetter(r.sys.engine, r.box.pid, msg, sender)
		}
	}
}

// Run is one turn of the room. Turns never overlap: see mailbox.
func (r *Room) Run() {
	ok := false
	r.now = r.sys.Now()
	if r.pass == nil {
		r.pass = newPass()
	}
	r.pass.at = max(r.clock(), 1)
	if !r.mayRun() {
		r.box.rest(false, false)
		return
	}
	defer r.endTurn()
	if r.dog != nil {
		r.dog.watch()
		defer r.dog.rest()
	}
	defer r.supervise(&ok)
	r.mustGoOn()
	p := r.pass
	n := 0
	for ; n < turnLetters && p.spent < turnBytes && r.takeLetter(&p.letter); n++ {
		p.spent += int(p.letter.weight())
		r.receive(&p.letter)
		p.settled = false
	}
	r.measure(n)
	if r.loop != nil {
		r.loop.run()
	}
	if r.empty() {
		r.stopLoop()
	}
	r.mustGoOn()
	if r.maySay() {
		r.flush()
	} else {
		r.link.unsaid = true
	}
	r.setTimer()
	ok = true
}

// measure notes how the turn that has taken n letters found the mailbox.
func (r *Room) measure(n int) {
	f := &r.sys.flow
	f.turns.Add(1)
	if !r.woken.IsZero() {
		f.roomWait.add(r.now.Sub(r.woken))
		r.woken = time.Time{}
	}
	if n == turnLetters {
		n += r.box.len()
	}
	f.roomPeak.see(n)
}

// endTurn ends the room, or has it run again where there is more to do.
func (r *Room) endTurn() {
	r.show()
	r.retain()
	if r.link != nil && r.link.unsaid {
		r.box.nudge() // to look at the lease again
	} else {
		r.sys.flow.delivered.Add(r.pass.delivered)
		r.pass.free()
		r.pass = nil
	}
	if r.home() && r.empty() {
		r.observeEnd()
	}
	if r.over() && r.end() {
		return
	}
	more := r.loop != nil && r.loop.ready.len() > 0
	switch {
	case r.link == nil:
		more = r.box.rest(more, true)
	default:
		more = r.link.rest(r, more)
	}
	if more {
		again(r.scheduler, r)
	}
}

func (r *Room) receive(l *roomLetter) {
	switch l.op {
	case opRequest:
		if r.home() {
			r.request(l.seat, l.req)
		} else {
			r.forward(l.seat, l.req)
		}
		release(l.req)
		l.req = nil
	case opEnded:
		if r.home() {
			r.ended(l.seat, l.clean)
		} else {
			r.endSeat(l.seat, l.clean)
		}
	case opParted:
		if r.home() {
			r.part(l.seat)
		} else {
			r.endSeat(l.seat, false)
		}
	case opTick:
		r.tickAt = time.Time{}
		r.tick()
	case opStop:
		if !r.home() {
			r.closeRelay()
			return
		}
		r.dismissAll(Close{Code: CloseNormal, Reason: "closed"}, "")
	case opCall, opAsked:
		l.call()
	}
}

// end ends a room without members; it is false where somebody is about to come in.
func (r *Room) end() bool {
	if r.link != nil {
		if !r.endLinked() {
			return false
		}
	} else if !r.box.close(true) {
		return false
	}
	if was := int(r.entered.Load()); was > 0 {
		r.sys.retention.enter(r, was, 0)
	}
	r.box.bury()
	if r.timer != nil {
		r.timer.Stop()
	}
	r.sys.roomEnded(r)
	return true
}

// stop has the room end.
func (r *Room) stop() {
	l := roomLetter{op: opStop}
	if r.link != nil { // it may not be taking letters
		r.link.push(r, posted{always: true, f: func() { r.receive(&l) }})
		return
	}
	r.box.force(l)
}

// request carries out what a client asked for.
func (r *Room) request(s *seat, q *wire.Request) {
	if s == nil {
		if q.Kind == wire.KindPublish {
			r.publish(nil, q)
		}
		return
	}
	m := s.member
	switch {
	case s.replaced: // unread input of a socket whose member is elsewhere
		return
	case q.Kind == wire.KindJoin:
		r.join(s, q)
		return
	case q.Kind == wire.KindLeave && q.Resume != nil:
		r.leaveResumed(s, q)
		return
	case q.Kind == wire.KindPublish:
		r.publish(m, q)
		return
	case m == nil && q.Kind == wire.KindLeave && r.held[s] != nil:
		r.leaveHeld(s, q)
		return
	case m == nil:
		s.tell(&wire.Error{ID: q.ID, Room: r.key.name, Code: wire.NotJoined, Message: "room: not joined"})
		r.sys.counters.refuse(wire.NotJoined)
		return
	}
	if q.ID != 0 {
		if r.answered(m, q.ID) {
			return
		}
	}
	switch q.Kind {
	case wire.KindSend:
		r.send(m, q)
	case wire.KindUpdate:
		r.update(m, q)
	case wire.KindLeave:
		r.leave(m, q)
	case wire.KindKick:
		r.kick(m, q)
	case wire.KindLock:
		r.lock(m, q)
	}
}
