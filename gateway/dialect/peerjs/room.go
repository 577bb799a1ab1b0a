package peerjs

import (
	"bytes"
	"slices"
	"time"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

// Bounds of what waits for peers that are not there.
const (
	maxPairLetters = 128      // from one peer to another
	maxLetters     = 16 << 10 // in all
	maxBytes       = 16 << 20 // of their payloads
)

// office is what the room of all peers keeps besides them: the letters for those who are not
// there. It belongs to the room's turn.
type office struct {
	room    *actors.Room
	wait    time.Duration
	now     func() time.Time
	waiting map[string][]letter // by the id that they are for, in the order in which they came
	pairs   map[pair]expiry     // of the letters from one to another
	calls   map[string]*calls   // by the id that they are from
	letters int
	bytes   int
}

// expiry is when letters expire.
type expiry struct {
	due   time.Time
	timer *actors.Timer
}

// letter is a message that waits.
type letter struct {
	from, kind string
	payload    wire.Value
}

type pair struct{ from, to string }

// newOffice opens the office of a room that comes to life, or to this node. Letters that waited on a
// node that has died are lost with it, and their senders are told.
func newOffice(room *actors.Room, wait time.Duration, now func() time.Time) *office {
	room.Listen(func(actors.Event) bool { return false })
	o := &office{room: room, wait: wait, now: now, waiting: map[string][]letter{}, pairs: map[pair]expiry{}, calls: map[string]*calls{}}
	if b := room.Carried(); b != nil {
		o.unpack(b)
	} else {
		o.giveUp()
	}
	return o
}

func (o *office) hooks() actors.Hooks {
	return actors.Hooks{Join: o.join, Send: o.send, Entered: o.entered, Carry: o.pack, State: o}
}

// join gives an id to whoever asks for it first. Who has its token as well is not asked about:
// the nonce brings it back as the member that it is. Where join tokens are asked for, an id is its
// subject's alone, who takes it over with any token.
func (o *office) join(j *actors.Join) error {
	_, taken := o.room.Member(j.Wanted)
	switch {
	case j.Subject != "" && j.Subject != j.Wanted:
		return &wire.Error{Code: wire.Forbidden, Message: "id: not the subject of the token"}
	case taken && j.Subject != "":
		_ = o.room.Leave(j.Wanted) // it is there
	case taken:
		return &wire.Error{Code: wire.AlreadyJoined, Message: "ID is taken"}
	}
	j.ID = j.Wanted
	return nil
}

// send lets a message pass to a peer that is there, and keeps it for one that is not.
func (o *office) send(e *actors.Event) error {
	to := e.To[0]
	if _, there := o.room.Member(to); there {
		return nil
	}
	if e.Name != leave && e.Name != expire {
		o.keep(pair{e.Member.ID, to}, letter{e.Member.ID, e.Name, wire.Value{Codec: e.Data.Codec, Bytes: bytes.Clone(e.Data.Bytes)}})
	}
	return actors.ErrDrop
}

// keep has a letter wait, or gives up those of its pair where it is one too many.
func (o *office) keep(p pair, l letter) {
	_, waits := o.pairs[p]
	if o.letters >= maxLetters || o.bytes+len(l.payload.Bytes) > maxBytes || o.count(p) >= maxPairLetters {
		o.expire(p)
		return
	}
	if !waits {
		o.waitFor(p, o.wait)
		o.note(p.from)
	}
	o.put(p.to, l)
}

func (o *office) waitFor(p pair, d time.Duration) {
	o.pairs[p] = expiry{o.now().Add(d), o.room.AfterFunc(d, func(*actors.Co) error { o.expire(p); return nil })}
	if o.calls[p.from] == nil {
		o.calls[p.from] = &calls{to: map[string]struct{}{}}
	}
	o.calls[p.from].add(p.to)
}

// waitNoMore forgets what there is besides a pair's letters.
func (o *office) waitNoMore(p pair) {
	o.pairs[p].timer.Stop()
	delete(o.pairs, p)
	if c := o.calls[p.from]; c.remove(p.to) {
		delete(o.calls, p.from)
	}
	o.note(p.from)
}

func (o *office) put(to string, l letter) {
	o.waiting[to] = append(o.waiting[to], l)
	o.letters++
	o.bytes += len(l.payload.Bytes)
}

func (o *office) count(p pair) (n int) {
	for _, l := range o.waiting[p.to] {
		if l.from == p.from {
			n++
		}
	}
	return n
}

// expire drops what waits of a pair, and tells its sender, if that is still there.
func (o *office) expire(p pair) {
	if _, waits := o.pairs[p]; waits {
		o.waitNoMore(p)
	}
	rest := slices.DeleteFunc(o.waiting[p.to], func(l letter) bool {
		if l.from == p.from {
			o.forget(l)
		}
		return l.from == p.from
	})
	if o.waiting[p.to] = rest; len(rest) == 0 {
		delete(o.waiting, p.to)
	}
	_ = o.room.SendAs(p.to, p.from, expire, wire.Value{})
}

func (o *office) forget(l letter) {
	o.letters--
	o.bytes -= len(l.payload.Bytes)
}

// entered hands a peer that has come what waits for it.
func (o *office) entered(m actors.Member) {
	for _, l := range o.waiting[m.ID] {
		_ = o.room.SendAs(l.from, m.ID, l.kind, l.payload) // it is there, and the letter was valid
		o.forget(l)
		if p := (pair{l.from, m.ID}); o.pairs[p].timer != nil {
			o.waitNoMore(p)
		}
	}
	delete(o.waiting, m.ID)
}
