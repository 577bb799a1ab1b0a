package api

import (
	"encoding/json"
	"time"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

// Room is a room as it is told. Of one that is busy only the name and the mailbox are known.
type Room struct {
	Namespace string     `json:"namespace"` // "": the native protocol's
	Name      string     `json:"name"`
	Mailbox   int        `json:"mailbox"` // letters that wait
	Busy      bool       `json:"busy,omitempty"`
	State     *RoomState `json:"state,omitempty"`
}

// RoomState is what only the room itself knows.
type RoomState struct {
	Epoch        string    `json:"epoch"`
	Created      time.Time `json:"created"`
	Seq          uint64    `json:"seq"`
	Behavior     string    `json:"behavior,omitempty"`
	Locked       bool      `json:"locked"`
	Capacity     int       `json:"capacity"`
	Members      int       `json:"members"`
	Suspended    int       `json:"suspended"`
	Waiting      int       `json:"waiting"`
	Barred       int       `json:"barred"`
	History      int       `json:"history"`      // messages
	HistoryBytes int       `json:"historyBytes"` // of them
}

func (h *Handler) roomView(i actors.RoomInfo) Room {
	s := &RoomState{
		Epoch: i.Epoch, Created: i.Created.UTC(), Seq: i.Seq, Locked: i.Locked, Capacity: i.Capacity,
		Members: i.Members, Suspended: i.Suspended, Waiting: i.Waiting, Barred: i.Barred,
		History: i.History, HistoryBytes: i.HistoryBytes,
	}
	if i.Behavior != "" {
		s.Behavior = h.o.Behavior(i.Behavior)
	}
	return Room{Namespace: i.Namespace, Name: i.Name, Mailbox: i.Mailbox, State: s}
}

// Member is a member as it is told.
type Member struct {
	Member     string          `json:"member"`
	Since      uint64          `json:"since"`
	Role       string          `json:"role"`
	Hidden     bool            `json:"hidden"`
	Suspended  bool            `json:"suspended"`
	Connection string          `json:"connection,omitempty"` // none while suspended
	Subject    string          `json:"subject,omitempty"`    // its token's
	Profile    json.RawMessage `json:"profile,omitempty"`    // where payloads are asked for
}

func memberView(m actors.MemberInfo, payloads bool) Member {
	v := Member{
		Member: m.ID, Since: m.Since, Role: m.Role.String(), Hidden: m.Hidden, Suspended: m.Suspended,
		Connection: m.Connection, Subject: m.Subject,
	}
	if payloads {
		v.Profile = jsonOf(m.Profile)
	}
	return v
}

func memberViews(list []actors.MemberInfo, payloads bool) []Member {
	views := make([]Member, len(list))
	for i, m := range list {
		views[i] = memberView(m, payloads)
	}
	return views
}

// jsonOf is a value as JSON; an absent one is null.
func jsonOf(v wire.Value) json.RawMessage {
	if v.IsAbsent() {
		return json.RawMessage("null")
	}
	return v.Append(nil, wire.JSON)
}

// Event is a message of a room's history as it is told. Type says which fields are there.
type Event struct {
	Seq   uint64    `json:"seq"`
	At    time.Time `json:"at"`
	Bytes int       `json:"bytes"` // as it is kept
	Type  string    `json:"type"`  // event, member or room, as in the protocol

	// event
	From  *string         `json:"from,omitempty"` // "": the room itself
	Event string          `json:"event,omitempty"`
	To    []string        `json:"to,omitempty"`
	Data  json.RawMessage `json:"data,omitempty"` // where payloads are asked for

	// member
	Member  string          `json:"member,omitempty"`
	Change  string          `json:"change,omitempty"`
	Reason  string          `json:"reason,omitempty"`
	Role    string          `json:"role,omitempty"`
	Profile json.RawMessage `json:"profile,omitempty"` // where payloads are asked for

	// room
	Locked *bool `json:"locked,omitempty"`
}

func eventView(k actors.Kept, payloads bool) Event {
	e := Event{Seq: k.Seq, At: k.At.UTC(), Bytes: k.Size}
	switch m := k.Message().(type) {
	case *wire.Event:
		e.Type, e.From, e.Event, e.To = "event", &m.From, m.Event, m.To
		if payloads {
			e.Data = jsonOf(m.Data)
		}
	case *wire.MemberChange:
		e.Type, e.Member, e.Change, e.Reason = "member", m.Member, m.Change.String(), m.Reason
		if m.HasRole {
			e.Role = m.Role.String()
		}
		if payloads && !m.Profile.IsAbsent() {
			e.Profile = jsonOf(m.Profile)
		}
	case *wire.RoomChange:
		e.Type, e.Locked = "room", &m.Locked
	}
	return e
}

func eventViews(list []actors.Kept, payloads bool) []Event {
	views := make([]Event, len(list))
	for i, k := range list {
		views[i] = eventView(k, payloads)
	}
	return views
}
