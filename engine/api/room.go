package api

import (
	"net/http"

	"github.com/parley-signaling/parley/actors"
)

// Events of the history that are shown.
const (
	defaultEvents = 20
	maxEvents     = 200
)

// roomDetail is one room, with a page of its members and the last of what it has told.
type roomDetail struct {
	Room
	Members []Member `json:"members"`
	Next    string   `json:"next,omitempty"` // of Members
	Events  []Event  `json:"events"`         // the oldest first
}

// room looks into one room.
func (h *Handler) room(r *http.Request) (answer, error) {
	if err := only(r, "namespace", "limit", "after", "events", "payloads"); err != nil {
		return answer{}, err
	}
	q, err := readMemberQuery(r)
	if err != nil {
		return answer{}, err
	}
	events, err := number(r, "events", defaultEvents, 0, maxEvents)
	if err != nil {
		return answer{}, err
	}
	var info actors.RoomInfo
	var members []actors.MemberInfo
	var recent []actors.Kept
	err = h.call(r, q.room, func(room *actors.Room) {
		info, members, recent = room.Info(), room.MembersAfter(q.since, q.limit+1), room.Recent(events)
	})
	if err != nil {
		return answer{}, err
	}
	page := q.page(members)
	return ok(roomDetail{
		Room: h.roomView(info), Members: page.Members, Next: page.Next, Events: eventViews(recent, q.payloads),
	})
}

// memberPage is a part of a room's members.
type memberPage struct {
	Members []Member `json:"members"`
	Next    string   `json:"next,omitempty"`
}

// memberQuery asks for members of one room.
type memberQuery struct {
	room     actors.RoomName
	since    uint64
	limit    int
	payloads bool
}

func readMemberQuery(r *http.Request) (q memberQuery, err error) {
	if q.room, err = roomOf(r); err != nil {
		return q, err
	}
	if q.limit, err = number(r, "limit", defaultLimit, 1, maxLimit); err != nil {
		return q, err
	}
	if q.payloads, err = flag(r, "payloads"); err != nil {
		return q, err
	}
	c, _, err := readCursor(r.URL.Query().Get("after"))
	q.since = c.Since
	return q, err
}

// page shows members, of which one more was asked for than is shown.
func (q memberQuery) page(found []actors.MemberInfo) memberPage {
	var p memberPage
	if len(found) > q.limit {
		found = found[:q.limit]
		p.Next = cursor{Since: found[q.limit-1].Since}.String()
	}
	p.Members = memberViews(found, q.payloads)
	return p
}

// roomMembers lists the members of one room, in the order in which they came.
func (h *Handler) roomMembers(r *http.Request) (answer, error) {
	if err := only(r, "namespace", "limit", "after", "payloads"); err != nil {
		return answer{}, err
	}
	q, err := readMemberQuery(r)
	if err != nil {
		return answer{}, err
	}
	var members []actors.MemberInfo
	if err := h.call(r, q.room, func(room *actors.Room) { members = room.MembersAfter(q.since, q.limit+1) }); err != nil {
		return answer{}, err
	}
	return ok(q.page(members))
}

// member finds one member of a room.
func (h *Handler) member(r *http.Request) (answer, error) {
	if err := only(r, "namespace", "payloads"); err != nil {
		return answer{}, err
	}
	payloads, err := flag(r, "payloads")
	if err != nil {
		return answer{}, err
	}
	name, id, err := memberOf(r)
	if err != nil {
		return answer{}, err
	}
	var m actors.MemberInfo
	found := false
	if err := h.call(r, name, func(room *actors.Room) { m, found = room.MemberInfo(id) }); err != nil {
		return answer{}, err
	}
	if !found {
		return answer{}, actors.ErrNoMember
	}
	return ok(memberView(m, payloads))
}

// memberOf is the member that a request is about.
func memberOf(r *http.Request) (room actors.RoomName, id string, err error) {
	if room, err = roomOf(r); err != nil {
		return room, "", err
	}
	id = r.PathValue("member")
	return room, id, checkText("member", id, 1, maxID)
}
