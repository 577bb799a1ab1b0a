package api

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

// Pages.
const (
	defaultLimit = 100
	maxLimit     = 1000
)

// roomPage is a part of the list of rooms.
type roomPage struct {
	Rooms []Room `json:"rooms"`
	Next  string `json:"next,omitempty"`

	Unreachable []string `json:"unreachable,omitempty"` // nodes that did not answer
}

// rooms lists them, in order.
func (h *Handler) rooms(r *http.Request) (answer, error) {
	if err := only(r, "namespace", "prefix", "limit", "after"); err != nil {
		return answer{}, err
	}
	q, err := roomQuery(r)
	if err != nil {
		return answer{}, err
	}
	limit := q.Limit
	q.Limit++ // is there another page?
	names := h.system.Rooms(q)
	var page roomPage
	if len(names) > limit {
		names = names[:limit]
		last := names[limit-1]
		page.Next = cursor{Namespace: last.Namespace, Room: last.Name}.String()
	}
	page.Rooms = h.look(r.Context(), names)
	return ok(page)
}

// roomQuery reads which rooms are asked for.
func roomQuery(r *http.Request) (q actors.RoomQuery, err error) {
	q.Namespace, q.Prefix = r.URL.Query().Get("namespace"), r.URL.Query().Get("prefix")
	q.AllNamespaces = q.Namespace == "*"
	if err := checkText("namespace", q.Namespace, 0, maxNamespace); err != nil {
		return q, err
	}
	if err := checkText("prefix", q.Prefix, 0, wire.MaxRoom); err != nil {
		return q, err
	}
	if q.Limit, err = number(r, "limit", defaultLimit, 1, maxLimit); err != nil {
		return q, err
	}
	c, is, err := readCursor(r.URL.Query().Get("after"))
	if is {
		after := c.room()
		q.After = &after
	}
	return q, err
}

// lookers is how many rooms of a list are asked at a time.
const lookers = 32

// look asks each room about itself. One that has ended meanwhile is left out; one that does not
// answer is busy.
func (h *Handler) look(ctx context.Context, names []actors.RoomName) []Room {
	ctx, cancel := context.WithTimeout(ctx, h.o.Patience)
	defer cancel()
	seen := make([]*Room, len(names))
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(lookers, len(names)) {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(names); i = int(next.Add(1)) - 1 {
				seen[i] = h.lookAt(ctx, names[i])
			}
		})
	}
	all.Wait()
	rooms := make([]Room, 0, len(names))
	for _, r := range seen {
		if r != nil {
			rooms = append(rooms, *r)
		}
	}
	return rooms
}

// lookAt is nil where the room has ended.
func (h *Handler) lookAt(ctx context.Context, n actors.RoomName) *Room {
	var info actors.RoomInfo
	if h.system.Call(ctx, n, func(r *actors.Room) { info = r.Info() }) == nil {
		v := h.roomView(info)
		return &v
	}
	if waiting, lives := h.system.RoomNow(n); lives {
		return &Room{Namespace: n.Namespace, Name: n.Name, Mailbox: waiting, Busy: true}
	}
	return nil
}

// call has f called in the turn of a room, while there is patience.
func (h *Handler) call(r *http.Request, n actors.RoomName, f func(*actors.Room)) error {
	ctx, cancel := context.WithTimeout(r.Context(), h.o.Patience)
	defer cancel()
	return h.system.Call(ctx, n, f)
}
