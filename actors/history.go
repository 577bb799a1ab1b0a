package actors

import (
	"slices"
	"time"

	"github.com/parley-signaling/parley/actors/wire"
)

// Bounds of a room's history: whichever is reached first.
const (
	historyMessages = 1024
	historyBytes    = 1 << 20
)

// history is what a room told its members, for those who come back. The zero history keeps
// nothing; it holds no memory while nothing in it can be asked for.
type history struct {
	keep    time.Duration // how long a message can be asked for; 0: nothing is kept
	floor   uint64        // everything up to this number is forgotten
	entries []entry
	head    int // entries before it are forgotten
	bytes   int
}

// entry is one numbered message, with who may see it.
type entry struct {
	msg   wire.Message
	about *member    // whoever caused it, or is its subject, or (toAbout) its only receiver
	to    *[]*member // toThese: in the order of since
	seq   uint64
	at    time.Duration // when it was said, on the system's clock
	size  int32         // what it is reckoned with, in bytes
	kind  audience
}

// audience is who may see a message.
type audience uint8

const (
	toOthers    audience = iota // everyone but about
	toListed                    // everyone who is told of others, but about
	toAll                       // everyone
	toThese                     // those in to
	toListedAll                 // everyone who is told of others, and about itself
	toAbout                     // about alone
)

// sees tells whether m may see the message.
func (e *entry) sees(m *member) bool {
	switch e.kind {
	case toOthers:
		return m != e.about
	case toListed:
		return !m.hidden && m != e.about
	case toAll:
		return true
	case toListedAll:
		return !m.hidden || m == e.about
	case toAbout:
		return m == e.about
	}
	_, found := slices.BinarySearchFunc(*e.to, m.since, compareSince)
	return found
}

// add keeps e, forgetting the oldest where a bound is reached.
func (h *history) add(e entry, now time.Duration) {
	if h.keep <= 0 {
		h.floor = e.seq
		return
	}
	e.at = now
	h.entries = append(h.entries, e)
	h.bytes += int(e.size)
	for len(h.entries)-h.head > historyMessages || h.bytes-int(h.entries[h.head].size) >= historyBytes {
		h.drop()
	}
	h.compact()
}

// drop forgets the oldest entry.
func (h *history) drop() {
	e := &h.entries[h.head]
	h.floor = e.seq
	h.bytes -= int(e.size)
	*e = entry{}
	h.head++
}

func (h *history) compact() {
	switch {
	case h.head == len(h.entries):
		h.entries, h.head = nil, 0
	case h.head > 32 && 2*h.head > len(h.entries):
		n := copy(h.entries, h.entries[h.head:])
		clear(h.entries[n:])
		h.entries, h.head = h.entries[:n], 0
	}
}

// forget lets go of what is too old to be asked for.
func (h *history) forget(now time.Duration) {
	for h.head < len(h.entries) && now-h.entries[h.head].at >= h.keep {
		h.drop()
	}
	h.compact()
}

// due is when forget has something to do, on the system's clock; 0: never. It is put off to the youngest entry's
// time, so that a room that is busy is not woken for every message.
func (h *history) due() time.Duration {
	if h.head == len(h.entries) {
		return 0
	}
	return h.entries[len(h.entries)-1].at + h.keep
}

// reaches tells whether everything after seq is still there.
func (h *history) reaches(seq uint64) bool { return seq >= h.floor }

// replay appends, in f, what m may see of the messages after seq.
func (h *history) replay(dst []byte, f Format, m *member, seq uint64) []byte {
	for i := h.head; i < len(h.entries); i++ {
		if e := &h.entries[i]; e.seq > seq && e.sees(m) {
			dst = f.Append(dst, e.msg)
		}
	}
	return dst
}
