package api

import (
	"encoding/base64"
	"encoding/json"

	"github.com/parley-signaling/parley/actors"
)

// cursor is where a page ended: behind the member of a room that came as its since-th, or
// behind the room. Clients take it for an opaque string.
type cursor struct {
	Namespace string `json:"n,omitempty"`
	Room      string `json:"r,omitempty"`
	Since     uint64 `json:"s,omitempty"`
}

func (c cursor) String() string {
	b, _ := json.Marshal(c) // strings and a number
	return base64.RawURLEncoding.EncodeToString(b)
}

func (c cursor) room() actors.RoomName { return actors.RoomName{Namespace: c.Namespace, Name: c.Room} }

// readCursor is false where there is none.
func readCursor(s string) (c cursor, ok bool, err error) {
	if s == "" {
		return c, false, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err != nil {
		return c, false, wrong("after", "not the next of an earlier answer")
	}
	return c, true, nil
}
