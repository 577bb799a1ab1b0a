package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

// Bounds of one walk through the rooms.
const (
	walkedRooms   = 256
	walkedMembers = 16 << 10
	walkedBusy    = 3 // rooms that do not answer; then the answer ends early
)

// memberEntry is a member with the room that it is in.
type memberEntry struct {
	Namespace string `json:"namespace"`
	Room      string `json:"room"`
	Member
}

// memberList is a part of the members of all rooms. It may be empty although there is a Next.
type memberList struct {
	Members []memberEntry `json:"members"`
	Busy    []string      `json:"busy,omitempty"` // names of rooms that did not answer, and were passed over
	Next    string        `json:"next,omitempty"`

	Unreachable []string `json:"unreachable,omitempty"` // nodes that did not answer
}

// members walks through the rooms, in order, and lists who is in them: everybody, or those
// whose tokens have a subject.
func (h *Handler) members(r *http.Request) (answer, error) {
	if err := only(r, "namespace", "prefix", "subject", "limit", "after", "payloads"); err != nil {
		return answer{}, err
	}
	q, err := roomQuery(r)
	if err != nil {
		return answer{}, err
	}
	w := walk{h: h, limit: q.Limit, subject: r.URL.Query().Get("subject"), list: memberList{Members: []memberEntry{}}}
	if w.payloads, err = flag(r, "payloads"); err != nil {
		return answer{}, err
	}
	if err := checkText("subject", w.subject, 0, 4*wire.MaxRoom); err != nil {
		return answer{}, err
	}
	at, _, err := readCursor(r.URL.Query().Get("after"))
	if err != nil {
		return answer{}, err
	}
	q.Limit = walkedRooms + 1
	names := h.system.Rooms(q)
	if at.Since > 0 { // within a room
		names = append([]actors.RoomName{at.room()}, names...)
	}
	w.through(r.Context(), names, at.Since)
	return ok(w.list)
}

// walk is the way through the rooms.
type walk struct {
	h        *Handler
	limit    int
	subject  string // "": everybody's
	payloads bool
	seen     int // members looked at
	list     memberList
}

// through visits rooms, the first behind the member since, until one of the bounds is reached.
func (w *walk) through(ctx context.Context, names []actors.RoomName, since uint64) {
	for i, n := range names {
		if i >= walkedRooms || w.full() || w.seen >= walkedMembers || len(w.list.Busy) >= walkedBusy {
			before := names[i-1]
			w.list.Next = cursor{Namespace: before.Namespace, Room: before.Name}.String()
			return
		}
		if !w.visit(ctx, n, since) {
			return
		}
		since = 0
	}
}

func (w *walk) full() bool { return len(w.list.Members) == w.limit }

// visit is false where the page has ended within the room.
func (w *walk) visit(ctx context.Context, n actors.RoomName, since uint64) bool {
	for {
		if w.full() {
			w.list.Next = cursor{n.Namespace, n.Name, since}.String()
			return false
		}
		found, err := w.ask(ctx, n, since)
		if err != nil {
			if _, lives := w.h.system.RoomNow(n); lives && !errors.Is(err, actors.ErrElsewhere) {
				w.list.Busy = append(w.list.Busy, n.Name)
			}
			return true
		}
		w.seen += len(found)
		for _, m := range found {
			if w.full() {
				break
			}
			since = m.Since
			if w.subject == "" || m.Subject == w.subject {
				w.list.Members = append(w.list.Members, memberEntry{n.Namespace, n.Name, memberView(m, w.payloads)})
			}
		}
		if len(found) < maxLimit && (len(found) == 0 || since == found[len(found)-1].Since) {
			return true
		}
	}
}

// ask gets the next members of a room.
func (w *walk) ask(ctx context.Context, n actors.RoomName, since uint64) (found []actors.MemberInfo, err error) {
	ctx, cancel := context.WithTimeout(ctx, w.h.o.Patience/(walkedBusy+1))
	defer cancel()
	err = w.h.system.Call(ctx, n, func(r *actors.Room) { found = r.MembersAfter(since, maxLimit) })
	return found, err
}
