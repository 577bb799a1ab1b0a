package peerjs

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

// maxCarried bounds the letters that go to another node with the room, in bytes as they travel.
const maxCarried = 1 << 20

// luggage is the letters from one peer to another as they travel. How long they wait is told by
// what is left of that: every node has a clock of its own.
type luggage struct {
	From    string        `json:"from"`
	To      string        `json:"to"`
	Left    time.Duration `json:"left"`
	Letters []parcel      `json:"letters"`
}

type parcel struct {
	At      int             `json:"at"` // its place among all that wait for the same peer
	Kind    string          `json:"kind"`
	Payload json.RawMessage `json:"payload,omitzero"`
}

// pack is the letters for the node that the room goes to. Those of whole pairs stay behind where
// there are too many of them to travel: their senders are told that they have expired.
func (o *office) pack() []byte {
	list := []byte{'['}
	for _, p := range o.oldestFirst() {
		b, err := json.Marshal(o.luggage(p))
		if err != nil || len(list)+len(b)+2 > maxCarried { // of letters that were read as JSON
			o.expire(p)
			continue
		}
		if len(list) > 1 {
			list = append(list, ',')
		}
		list = append(list, b...)
	}
	return append(list, ']')
}

func (o *office) oldestFirst() []pair {
	list := make([]pair, 0, len(o.pairs))
	for p := range o.pairs {
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b pair) int {
		if c := o.pairs[a].due.Compare(o.pairs[b].due); c != 0 {
			return c
		}
		return slices.Compare([]string{a.from, a.to}, []string{b.from, b.to})
	})
	return list
}

func (o *office) luggage(p pair) luggage {
	l := luggage{From: p.from, To: p.to, Left: o.pairs[p].due.Sub(o.now())}
	for i, one := range o.waiting[p.to] {
		if one.from != p.from {
			continue
		}
		out := parcel{At: i, Kind: one.kind}
		if !one.payload.IsAbsent() {
			out.Payload = one.payload.Append(nil, wire.JSON)
		}
		l.Letters = append(l.Letters, out)
	}
	return l
}

// unpack takes up what another node has packed.
func (o *office) unpack(b []byte) {
	var list []luggage
	if json.Unmarshal(b, &list) != nil {
		return
	}
	places := map[string][]placed{}
	for _, l := range list {
		p := pair{l.From, l.To}
		o.waitFor(p, max(l.Left, 0))
		for _, one := range l.Letters {
			places[l.To] = append(places[l.To], placed{one.At, letter{l.From, one.Kind, wire.Value{Codec: wire.JSON, Bytes: one.Payload}}})
		}
	}
	for to, all := range places {
		slices.SortFunc(all, func(a, b placed) int { return a.at - b.at })
		for _, one := range all {
			o.put(to, one.letter)
		}
	}
}

type placed struct {
	at int
	letter
}

// A peer's profile says whom its letters that wait are for: it outlives the node that they wait on.

// calls are whom one peer's letters that wait are for.
type calls struct {
	to    map[string]struct{}
	bytes int // as JSON, at least
}

// quoted is what an id takes in a list as JSON: with quotes and a comma, and more where it needs escapes.
func quoted(id string) int { return len(id) + 3 }

func (c *calls) add(to string) {
	c.to[to] = struct{}{}
	c.bytes += quoted(to)
}

// remove tells whether that was the last one.
func (c *calls) remove(to string) (empty bool) {
	delete(c.to, to)
	c.bytes -= quoted(to)
	return len(c.to) == 0
}

// note writes it. Where it were too long, it stays as it was, and costs nothing.
func (o *office) note(from string) {
	list := []string{}
	if c := o.calls[from]; c != nil {
		if c.bytes > wire.MaxProfile {
			return
		}
		list = slices.AppendSeq(list, maps.Keys(c.to))
	}
	slices.Sort(list)
	b, _ := json.Marshal(list) // of strings: it does not fail
	_ = o.room.SetProfile(from, wire.Value{Codec: wire.JSON, Bytes: b})
}

// giveUp tells those whose letters were lost with another node, as soon as the room has begun.
func (o *office) giveUp() {
	for _, m := range o.room.Members() {
		var lost []string
		if m.Profile.Codec != wire.JSON || json.Unmarshal(m.Profile.Bytes, &lost) != nil || len(lost) == 0 {
			continue
		}
		o.room.AfterFunc(0, func(*actors.Co) error {
			for _, to := range lost {
				if _, again := o.pairs[pair{m.ID, to}]; !again { // it waits anew
					_ = o.room.SendAs(to, m.ID, expire, wire.Value{})
				}
			}
			o.note(m.ID)
			return nil
		})
	}
}
