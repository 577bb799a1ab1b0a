package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

// speakable are the namespaces whose protocols can tell an event of any name and data.
var speakable = []string{"", "swoole"}

// event is what a backend says into a room.
type event struct {
	Event string          `json:"event"`
	Data  json.RawMessage `json:"data"`
	From  string          `json:"from"`
	To    receivers       `json:"to"`
}

// receivers are members' ids: a string, or a list. They are nil where they are not given.
type receivers struct {
	ids  []string
	list bool
}

// UnmarshalJSON implements json.Unmarshaler.
func (t *receivers) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	var one string
	if json.Unmarshal(b, &one) == nil {
		t.ids = []string{one}
		return nil
	}
	t.list = true
	if err := json.Unmarshal(b, &t.ids); err != nil {
		return wrong("to", "a member's id, or a list of them")
	}
	if n := len(t.ids); n < 1 || n > wire.MaxTo {
		return outOfRange("to", fmt.Sprintf("%d members, 1 to %d", n, wire.MaxTo), wire.MaxTo)
	}
	return nil
}

// posted answers a post.
type posted struct {
	Seq     uint64   `json:"seq"`
	Epoch   string   `json:"epoch"`             // that the number is of
	Missing []string `json:"missing,omitempty"` // those of to that are not there
}

// post says an event into a room.
func (h *Handler) post(r *http.Request) (answer, error) {
	name, err := roomAlone(r)
	if err != nil {
		return answer{}, err
	}
	var e event
	if err := read(r, &e); err != nil {
		return answer{}, err
	}
	p, err := e.post(name)
	if err != nil {
		return answer{}, err
	}
	var a posted
	var refused error
	err = h.call(r, name, func(room *actors.Room) {
		a.Epoch = room.Epoch()
		a.Seq, a.Missing, refused = room.Post(p)
	})
	switch {
	case err != nil:
		return answer{}, err
	case errors.Is(refused, actors.ErrNoMember):
		return answer{}, &Problem{Status: http.StatusNotFound, Code: "no_such_member", Field: "to", Detail: "to: no such member in this room"}
	case refused != nil:
		field, detail, _ := strings.Cut(refused.Error(), ": ")
		return answer{}, wrong(field, detail)
	}
	return answer{status: http.StatusCreated, body: a}, nil
}

// post checks what is to be said in a room.
func (e *event) post(room actors.RoomName) (p actors.Post, err error) {
	if !slices.Contains(speakable, room.Namespace) {
		return p, wrong("namespace", "its protocol does not know events of any name; there are rooms of the native protocol (\"\") and of swoole")
	}
	if err := checkText("event", e.Event, 1, wire.MaxEvent); err != nil {
		return p, err
	}
	if err := checkText("from", e.From, 0, actors.MaxFrom); err != nil {
		return p, err
	}
	p = actors.Post{Event: e.Event, From: e.From, To: e.To.ids, ToList: e.To.list}
	if e.Data == nil {
		return p, nil
	}
	if n := len(e.Data); n > wire.MaxMessage {
		return p, outOfRange("data", fmt.Sprintf("%d bytes, at most %d", n, wire.MaxMessage), wire.MaxMessage)
	}
	if p.Data, err = wire.ParseValue(wire.JSON, e.Data); err != nil {
		var no *wire.Error
		_ = errors.As(err, &no) // it always is one
		return p, outOfRange("data", no.Message, wire.MaxDepth-1)
	}
	return p, nil
}
