package roomtest

import (
	"fmt"
	"maps"
	"reflect"
)

// client is somebody with a browser: several lines over time, a seat in each room.
type client struct {
	name  string
	seats map[string]*seat
	ids   int64 // of requests, growing over all rooms and lines
}

// seat is what a client knows of itself in one room.
type seat struct {
	client *client
	room   string
	conn   *conn // nil: not in the room, or not any more

	member, key, epoch string
	nonce              string
	hidden             bool
	dangling           bool   // the line went away; the membership may live on
	cursor             int64  // seq of the last numbered message received in order
	asked              string // the member that the last join named in its resume
	past               []Resume

	sent   []*Req  // of this membership, with ids
	gaps   []int64 // ids passed over
	roster map[string]Msg
}

// absorb is what a client does with a message: exactly what PROTOCOL.md tells it to.
func (s *seat) absorb(m Msg) error {
	switch m.Type() {
	case "joined":
		return s.welcome(m)
	case "member", "event", "room":
		if seq := m.num("seq"); seq > s.cursor {
			s.cursor = seq
		} else {
			return fmt.Errorf("%s in %s: seq %d is not above %d: %v", s.client.name, s.room, seq, s.cursor, m)
		}
	}
	if m.Type() == "member" && !s.hidden && m.str("member") != s.member {
		return s.note(m)
	}
	if m.Type() == "member" && s.hidden && m.str("member") != s.member {
		return fmt.Errorf("%s in %s: is hidden and was told %v", s.client.name, s.room, m)
	}
	return nil
}

func (s *seat) welcome(m Msg) error {
	self, _ := m["self"].(map[string]any)
	if id := Msg(self).str("member"); id != s.member {
		s.sent, s.gaps = nil, nil
		s.retire()
	}
	s.member, s.key = Msg(self).str("member"), Msg(self).str("key")
	s.epoch = m.str("epoch")
	switch {
	case m["recovered"] != true:
		s.cursor = m.num("seq")
	case s.member != s.asked: // found by the nonce: everything since its join follows
		s.cursor = 0
	}
	s.roster = map[string]Msg{}
	list, listed := m["members"].([]any)
	s.hidden = !listed
	for _, v := range list {
		line, _ := v.(map[string]any)
		s.roster[Msg(line).str("member")] = maps.Clone(line)
	}
	return nil
}

// note applies a member message to the roster; applying one again changes nothing.
func (s *seat) note(m Msg) error {
	id := m.str("member")
	line := s.roster[id]
	switch m.str("change") {
	case "joined":
		s.roster[id] = Msg{"member": id, "profile": m["profile"], "since": m["since"], "role": m["role"]}
		return nil
	case "left":
		delete(s.roster, id)
		return nil
	}
	if line == nil { // part of a replay: it has left since
		return nil
	}
	switch m.str("change") {
	case "updated":
		for _, key := range []string{"profile", "role"} {
			if v, ok := m[key]; ok {
				line[key] = v
			}
		}
	case "suspended":
		line["suspended"] = true
	case "resumed":
		delete(line, "suspended")
	default:
		return fmt.Errorf("%s in %s: unknown change %v", s.client.name, s.room, m)
	}
	return nil
}

// retire files the identity under past ones.
func (s *seat) retire() {
	if s.member != "" {
		s.past = append(s.past, Resume{s.member, s.key, s.epoch, s.cursor})
		if len(s.past) > 8 {
			s.past = s.past[1:]
		}
	}
	s.member, s.key, s.epoch, s.cursor = "", "", "", 0
}

// empty gives the seat up.
func (s *seat) empty() {
	s.retire()
	s.conn, s.dangling, s.roster, s.sent, s.gaps = nil, false, nil, nil, nil
}

// sameRoster compares the roster that messages have built up with the model's.
func (s *seat) sameRoster(r *room) error {
	want := map[string]Msg{}
	for _, m := range r.members {
		id := r.idents[m.handle].id
		if m.hidden || id == s.member || s.hidden {
			continue
		}
		line := Msg{"member": id, "role": m.role(), "since": r.idents[m.handle].since - 1}
		if m.conn == 0 {
			line["suspended"] = true
		}
		want[id] = line
		if got := s.roster[id]; got != nil && !samePayload(m.profile, got["profile"]) {
			return fmt.Errorf("%s in %s: profile of %v, want %v", s.client.name, s.room, got, m.profile)
		}
	}
	got := map[string]Msg{}
	for id, line := range s.roster {
		got[id] = maps.Clone(line)
		delete(got[id], "profile")
	}
	if !reflect.DeepEqual(got, want) {
		return fmt.Errorf("%s in %s: the roster is %v, the room is %v", s.client.name, s.room, got, want)
	}
	return nil
}
