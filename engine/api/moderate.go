package api

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

// roomAlone is roomOf where the query has nothing else.
func roomAlone(r *http.Request) (actors.RoomName, error) {
	if err := only(r, "namespace"); err != nil {
		return actors.RoomName{}, err
	}
	return roomOf(r)
}

// changed answers what has changed a room.
type changed struct {
	Seq uint64 `json:"seq"` // the number of the room's last message
}

// change has f change a room, and answers.
func (h *Handler) change(r *http.Request, name actors.RoomName, f func(*actors.Room) error) (answer, error) {
	var a changed
	var refused error
	err := h.call(r, name, func(room *actors.Room) {
		refused = f(room)
		a.Seq = room.Seq()
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return answer{}, err
	}
	return ok(a)
}

// lock has a room let nobody new in, or let them in again.
func (h *Handler) lock(r *http.Request) (answer, error) {
	name, err := roomAlone(r)
	if err != nil {
		return answer{}, err
	}
	var q struct {
		Locked *bool `json:"locked"`
	}
	if err := read(r, &q); err != nil {
		return answer{}, err
	}
	if q.Locked == nil {
		return answer{}, wrong("locked", "missing")
	}
	h.log.Info("api: lock", "namespace", name.Namespace, "room", name.Name, "locked", *q.Locked)
	return h.change(r, name, func(room *actors.Room) error {
		room.SetLocked(*q.Locked)
		return nil
	})
}

// close ends a room, and every membership in it.
func (h *Handler) close(r *http.Request) (answer, error) {
	name, err := roomAlone(r)
	if err != nil {
		return answer{}, err
	}
	var q struct {
		Text string `json:"text"`
	}
	if err := read(r, &q); err != nil {
		return answer{}, err
	}
	if err := checkText("text", q.Text, 0, wire.MaxReason); err != nil {
		return answer{}, err
	}
	h.log.Info("api: close", "namespace", name.Namespace, "room", name.Name)
	return h.change(r, name, func(room *actors.Room) error {
		room.Close(q.Text)
		return nil
	})
}

// kick ends a membership, and bars its bearer until the room is empty.
func (h *Handler) kick(r *http.Request) (answer, error) {
	name, id, err := memberAlone(r)
	if err != nil {
		return answer{}, err
	}
	var q struct {
		Reason string `json:"reason"`
	}
	if err := read(r, &q); err != nil {
		return answer{}, err
	}
	if err := checkText("reason", q.Reason, 0, wire.MaxReason); err != nil {
		return answer{}, err
	}
	h.log.Info("api: kick", "namespace", name.Namespace, "room", name.Name, "member", id)
	return h.change(r, name, func(room *actors.Room) error { return room.Kick(id, q.Reason) })
}

// memberAlone is memberOf where the query has nothing else.
func memberAlone(r *http.Request) (room actors.RoomName, id string, err error) {
	if err := only(r, "namespace"); err != nil {
		return room, "", err
	}
	return memberOf(r)
}

var roles = []wire.Role{wire.RoleMember, wire.RoleModerator, wire.RoleObserver}

// setRole gives a member another role.
func (h *Handler) setRole(r *http.Request) (answer, error) {
	name, id, err := memberAlone(r)
	if err != nil {
		return answer{}, err
	}
	var q struct {
		Role string `json:"role"`
	}
	if err := read(r, &q); err != nil {
		return answer{}, err
	}
	i := slices.IndexFunc(roles, func(role wire.Role) bool { return role.String() == q.Role })
	if i < 0 {
		return answer{}, wrong("role", "member, moderator or observer")
	}
	h.log.Info("api: role", "namespace", name.Namespace, "room", name.Name, "member", id, "role", q.Role)
	return h.change(r, name, func(room *actors.Room) error { return room.SetRole(id, roles[i]) })
}

// Limits of a disconnect.
const (
	maxCloseReason = 123 // bytes (RFC 6455, 5.5)
	maxRetryAfter  = int(time.Hour / time.Millisecond)
)

// disconnect ends a connection.
func (h *Handler) disconnect(r *http.Request) (answer, error) {
	if err := only(r); err != nil {
		return answer{}, err
	}
	id := r.PathValue("id")
	q := struct {
		Code       int    `json:"code"`
		Reason     string `json:"reason"`
		RetryAfter int    `json:"retryAfter"`
	}{Code: actors.ClosePolicy, Reason: "disconnected"}
	if err := read(r, &q); err != nil {
		return answer{}, err
	}
	if q.Code != actors.ClosePolicy && q.Code != actors.CloseDrain {
		return answer{}, wrong("code", "1008 (its client stays away) or 1001 (it comes back)")
	}
	if err := checkText("reason", q.Reason, 0, maxCloseReason); err != nil {
		return answer{}, err
	}
	if q.RetryAfter < 0 || q.RetryAfter > maxRetryAfter {
		return answer{}, outOfRange("retryAfter", fmt.Sprintf("0 to %d ms", maxRetryAfter), maxRetryAfter)
	}
	end := actors.Close{Code: q.Code, Reason: q.Reason, RetryAfter: time.Duration(q.RetryAfter) * time.Millisecond}
	if !h.system.Disconnect(id, end) {
		return answer{}, &Problem{Status: http.StatusNotFound, Code: "no_such_connection", Field: "id", Detail: "id: no such connection at this moment"}
	}
	h.log.Info("api: disconnect", "connection", id, "code", q.Code)
	return answer{status: http.StatusAccepted, body: struct{}{}}, nil
}
