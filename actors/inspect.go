package actors

import (
	"bytes"
	"fmt"
	"time"

	"github.com/parley-signaling/parley/actors/wire"
)

// What an operator may want to know of a room. As the room's other methods, those in this file
// are for the room's turn: System.Call leads there.

// RoomInfo is a room at one moment.
type RoomInfo struct {
	RoomName
	Epoch        string    // the life of the seq counter
	Created      time.Time // when it began
	Seq          uint64    // the number of the last message
	Behavior     string    // the pattern of its behaviour (System.Behavior); "": a plain room
	Locked       bool
	Capacity     int // the most members it can have
	Members      int // suspended and hidden ones included
	Suspended    int
	Waiting      int // joins that the behaviour has not decided upon
	Barred       int // ids, nonces and subjects kept out by kicks
	Mailbox      int // letters that wait
	History      int // messages kept for those who come back
	HistoryBytes int
}

// Info describes the room.
func (r *Room) Info() RoomInfo {
	r.inTurn()
	i := RoomInfo{
		RoomName: RoomName{r.key.namespace, r.key.name}, Epoch: r.epoch, Created: r.sys.start.Add(r.born),
		Seq: r.seq, Locked: r.locked, Capacity: r.capacity, Members: len(r.members), Suspended: len(r.lingering),
		Waiting: len(r.held), Barred: len(r.barred), Mailbox: r.box.len(),
		History: len(r.history.records) - r.history.head, HistoryBytes: r.history.bytes,
	}
	if r.behavior != nil && r.behavior.run != nil {
		i.Behavior = r.behavior.pattern
	}
	return i
}

// Seq is the number of the last message.
func (r *Room) Seq() uint64 { return r.seq }

// Epoch names the life of the seq counter.
func (r *Room) Epoch() string { return r.epoch }

// MemberInfo is a member, with what its fellows are not told.
type MemberInfo struct {
	Member
	Connection string // the id of its connection's actor; "": suspended
	Subject    string // its token's; "": none
}

// MemberInfo finds one by id.
func (r *Room) MemberInfo(id string) (MemberInfo, bool) {
	r.inTurn()
	if m := r.byID(id); m != nil {
		return m.info(), true
	}
	return MemberInfo{}, false
}

// MembersAfter lists up to limit members that came after since, in the order of Since.
func (r *Room) MembersAfter(since uint64, limit int) []MemberInfo {
	r.inTurn()
	after := r.after(since)
	list := make([]MemberInfo, min(limit, len(after)))
	for i := range list {
		list[i] = after[i].info()
	}
	return list
}

func (m *member) info() MemberInfo {
	i := MemberInfo{Member: m.view()}
	if m.seat != nil {
		i.Connection = m.seat.connection()
	}
	if m.token != nil {
		i.Subject = m.token.grant.Subject
	}
	return i
}

// Kept is a message that the history keeps.
type Kept struct {
	Seq  uint64
	At   time.Time
	Size int // bytes, as it is kept

	codec wire.Codec
	text  []byte
}

// Message is what was told: a *wire.Event, *wire.MemberChange or *wire.RoomChange. It may be
// called from anywhere.
func (k Kept) Message() wire.Message {
	m, err := wire.DecodeMessage(k.codec, k.text)
	if err != nil { // it was encoded here
		panic(fmt.Sprintf("actors: message %d of the history cannot be read: %v", k.Seq, err))
	}
	return m
}

// Recent returns up to limit of the last messages that the history keeps, the oldest first. It
// copies them and no more, so that what is made of them is not made in the room's turn.
func (r *Room) Recent(limit int) []Kept {
	r.inTurn()
	h := &r.history
	last := h.records[max(h.head, len(h.records)-max(limit, 0)):]
	list := make([]Kept, len(last))
	for i := range last {
		text := h.text.at(last[i].where)[last[i].to:]
		list[i] = Kept{
			Seq: last[i].seq, At: r.sys.start.Add(last[i].at), Size: len(text),
			codec: last[i].codec, text: bytes.Clone(text),
		}
	}
	return list
}
