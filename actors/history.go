package actors

import (
	"encoding/binary"
	"fmt"
	"slices"
	"time"
	"unsafe"

	"github.com/parley-signaling/parley/actors/wire"
)

// Bounds of a room's history: whichever is reached first.
const (
	historyMessages = 1024
	historyBytes    = 1 << 20
)

// history is what a room told its members, for those who come back. The zero history keeps
// nothing; it holds no memory while nothing in it can be asked for.
//
// A message is kept as it was encoded, in the codec that its sender used, and decoded again
// for whoever comes back: that is rare, and thousands of busy rooms hold a few slices each
// instead of a million small objects for the collector to visit.
type history struct {
	keep    time.Duration // how long a message can be asked for; 0: nothing is kept
	floor   uint64        // everything up to this number is forgotten
	records []record
	head    int // records before it are forgotten
	bytes   int // of the messages
	text    chunks
}

// record is one message kept, with who may see it. It has no pointers: members are named by
// their since, which no two of a room share.
type record struct {
	seq   uint64
	about uint64        // 0: nobody
	at    time.Duration // when it was said, on the system's clock
	where place         // of those it is to (toThese), then the message
	to    uint32        // how many bytes name those; uint64 each, in order
	kind  audience
	codec wire.Codec
}

const recordBytes = int(unsafe.Sizeof(record{}))

// add keeps e, forgetting the oldest where a bound is reached. buf is memory to encode in,
// and is returned.
func (h *history) add(e entry, now time.Duration, buf []byte) []byte {
	if h.keep <= 0 {
		h.floor = e.seq
		return buf
	}
	r := record{seq: e.seq, at: now, kind: e.kind, codec: codecOf(e.msg)}
	if e.about != nil {
		r.about = e.about.since
	}
	b := buf[:0]
	if e.kind == toThese {
		for _, m := range *e.to {
			b = binary.BigEndian.AppendUint64(b, m.since)
		}
		r.to = uint32(len(b))
	}
	b = e.msg.AppendTo(b, r.codec)
	r.where = h.text.add(b)
	h.records = append(growRecords(h.records), r)
	h.bytes += len(b)
	for len(h.records)-h.head > historyMessages || h.bytes-int(h.records[h.head].where.n) >= historyBytes {
		h.drop()
	}
	h.compact()
	return b
}

// growRecords makes room for one more, with a quarter to spare: the room answers for the memory.
func growRecords(records []record) []record {
	if n := len(records); n == cap(records) {
		return append(make([]record, 0, n+n/4+2), records...)
	}
	return records
}

// size is how much memory it holds, in bytes.
func (h *history) size() int { return h.text.total + cap(h.records)*recordBytes }

// trim lets go of the oldest where it holds more than limit bytes, down to seven eighths of that,
// so that it is not called for every message. It returns of how many.
func (h *history) trim(limit int) (gone int) {
	if h.size() <= limit {
		return 0
	}
	limit -= limit / 8
	for h.head < len(h.records) && h.text.total+(len(h.records)-h.head)*recordBytes > limit {
		h.drop()
		gone++
	}
	h.compact()
	if h.size() > limit {
		h.records, h.head = slices.Clone(h.records[h.head:]), 0
	}
	return gone
}

// codecOf is the codec in which m is kept: that of the value in it, which then comes back
// byte for byte.
func codecOf(m wire.Message) wire.Codec {
	switch m := m.(type) {
	case *wire.Event:
		return m.Data.Codec
	case *wire.MemberChange:
		return m.Profile.Codec
	}
	return wire.JSON
}

// drop forgets the oldest record.
func (h *history) drop() {
	r := &h.records[h.head]
	h.floor = r.seq
	h.bytes -= int(r.where.n)
	h.head++
	if h.head < len(h.records) {
		h.text.keep(h.records[h.head].where)
	}
}

func (h *history) compact() {
	switch {
	case h.head == len(h.records):
		h.records, h.head, h.text = nil, 0, chunks{}
	case h.head > 32 && 2*h.head > len(h.records):
		n := copy(h.records, h.records[h.head:])
		h.records, h.head = h.records[:n], 0
	}
}

// forget lets go of what is too old to be asked for.
func (h *history) forget(now time.Duration) {
	for h.head < len(h.records) && now-h.records[h.head].at >= h.keep {
		h.drop()
	}
	h.compact()
}

// due is when forget has something to do, on the system's clock; 0: never. It is put off to the youngest record's
// time, so that a room that is busy is not woken for every message.
func (h *history) due() time.Duration {
	if h.head == len(h.records) {
		return 0
	}
	return h.records[len(h.records)-1].at + h.keep
}

// reaches tells whether everything after seq is still there.
func (h *history) reaches(seq uint64) bool { return seq >= h.floor }

// replay appends, in f, what m may see of the messages after seq.
func (h *history) replay(dst []byte, f Format, m *member, seq uint64) []byte {
	for i := h.head; i < len(h.records); i++ {
		r := &h.records[i]
		if r.seq <= seq {
			continue
		}
		text := h.text.at(r.where)
		if !r.sees(m, text[:r.to]) {
			continue
		}
		msg, err := wire.DecodeMessage(r.codec, text[r.to:])
		if err != nil { // it was encoded here
			panic(fmt.Sprintf("actors: message %d of the history cannot be read: %v", r.seq, err))
		}
		dst = f.Append(dst, msg)
	}
	return dst
}

// putReplay is replay for a member of another node: the messages as they are kept, and how many.
func (h *history) putReplay(dst []byte, m *member, seq uint64) []byte {
	var texts []byte
	n := 0
	for i := h.head; i < len(h.records); i++ {
		r := &h.records[i]
		text := h.text.at(r.where)
		if r.seq <= seq || !r.sees(m, text[:r.to]) {
			continue
		}
		texts = append(texts, byte(r.codec))
		texts = binary.BigEndian.AppendUint32(texts, uint32(len(text))-r.to)
		texts = append(texts, text[r.to:]...)
		n++
	}
	return append(binary.AppendUvarint(dst, uint64(n)), texts...)
}

// sees tells whether m may see the message; to names those it is to.
func (r *record) sees(m *member, to []byte) bool {
	is := m.since == r.about
	for ; len(to) > 0; to = to[8:] {
		is = is || binary.BigEndian.Uint64(to) == m.since
	}
	return r.kind.sees(m, is)
}
