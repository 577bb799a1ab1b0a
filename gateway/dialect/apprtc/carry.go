package apprtc

import (
	"encoding/json"
	"slices"

	"github.com/parley-signaling/parley/actors/wire"
)

// luggage is a client as it travels with its call to another node.
type luggage struct {
	ID        string            `json:"id"`
	Subject   string            `json:"subject,omitzero"`
	Joined    bool              `json:"joined"`
	Initiator bool              `json:"initiator"`
	Stored    []json.RawMessage `json:"stored,omitempty"`
	Queued    []json.RawMessage `json:"queued,omitempty"`
}

// pack is the call for the node that it goes to. Where so much waits that it cannot travel, what
// waits stays behind.
func (c *call) pack() []byte {
	list := make([]luggage, len(c.clients))
	size := 0
	for i, k := range c.clients {
		list[i] = luggage{k.id, k.subject, k.joined, k.initiator, k.stored.raw(), k.queued.raw()}
		size += k.stored.bytes + k.queued.bytes
		if c.registered(k) {
			c.a.open.Add(-1)
		}
	}
	if size > maxBytes/2 {
		for i := range list {
			list[i].Stored, list[i].Queued = nil, nil
		}
	}
	b, _ := json.Marshal(list) // of strings that were read as JSON
	return b
}

// unpack takes up a call that another node has packed; nil: it is a new one, or what is left of
// one that was lost with its node: the sockets. Who has none has its time to register anew.
func (c *call) unpack(b []byte) {
	var list []luggage
	if b != nil {
		_ = json.Unmarshal(b, &list) // it was packed here
	}
	for _, m := range c.room.Members() {
		if !slices.ContainsFunc(list, func(l luggage) bool { return l.ID == m.ID }) {
			list = append(list, luggage{ID: m.ID, Joined: true})
		}
	}
	for _, l := range list {
		k := &client{id: l.ID, subject: l.Subject, joined: l.Joined, initiator: l.Initiator}
		for _, text := range l.Stored {
			k.stored.add(wire.Value{Codec: wire.JSON, Bytes: text})
		}
		for _, text := range l.Queued {
			k.queued.add(wire.Value{Codec: wire.JSON, Bytes: text})
		}
		c.clients = append(c.clients, k)
		if c.registered(k) {
			c.a.open.Add(1)
			continue
		}
		c.wait(k)
	}
	c.room.Keep(len(c.clients) > 0)
}

func (q *queue) raw() []json.RawMessage {
	list := make([]json.RawMessage, len(q.list))
	for i, v := range q.list {
		list[i] = v.Bytes
	}
	return list
}
