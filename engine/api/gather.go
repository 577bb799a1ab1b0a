package api

import (
	"cmp"
	"encoding/json"
	"math"
	"net/http"
	"slices"
)

// What is gathered from all nodes: each answers for itself, in the same order, and the pages are
// merged up to where all of them reach.

// page is a list that has pages.
type page[E any] struct {
	entries []E
	next    string
}

// merge puts pages together, and cuts the whole to limit entries. at says where an entry stands.
func merge[E any](pages []page[E], limit int, at func(E) cursor) page[E] {
	var all page[E]
	horizon, bounded := cursor{}, false
	for _, p := range pages {
		all.entries = append(all.entries, p.entries...)
		if c, more, err := readCursor(p.next); err == nil && more && (!bounded || c.compare(horizon) < 0) {
			horizon, bounded = c, true
		}
	}
	slices.SortStableFunc(all.entries, func(a, b E) int { return at(a).compare(at(b)) })
	if bounded {
		all.next = horizon.String()
		beyond := func(e E) bool { return at(e).compare(horizon) > 0 }
		all.entries = slices.DeleteFunc(all.entries, beyond)
	}
	if len(all.entries) > limit {
		all.entries = all.entries[:limit]
		all.next = at(all.entries[limit-1]).String()
	}
	return all
}

// compare orders places: behind a room is behind all of its members.
func (c cursor) compare(o cursor) int {
	return cmp.Or(c.room().Compare(o.room()), cmp.Compare(c.last(), o.last()))
}

func (c cursor) last() uint64 {
	if c.Since == 0 {
		return math.MaxUint64
	}
	return c.Since
}

// gathered decodes what the nodes have answered, and names those that have not. It is false where
// this one refuses the request, which has been answered then.
func gathered[T any](h *Handler, w http.ResponseWriter, r *http.Request) (all []T, unreachable []string, ok bool) {
	for i, p := range h.askAll(r) {
		if i == 0 && p.status != http.StatusOK {
			response{status: p.status, kind: p.header.Get("Content-Type"), body: p.body}.write(w)
			return nil, nil, false
		}
		var v T
		if p.status != http.StatusOK || json.Unmarshal(p.body, &v) != nil {
			unreachable = append(unreachable, p.node)
			continue
		}
		all = append(all, v)
	}
	return all, unreachable, true
}

func (h *Handler) gatherNodes(w http.ResponseWriter, r *http.Request) {
	lists, unreachable, ok := gathered[nodeList](h, w, r)
	if !ok {
		return
	}
	v := nodeList{Unreachable: unreachable}
	for _, l := range lists {
		v.Nodes = append(v.Nodes, l.Nodes...)
	}
	encode(answer{status: http.StatusOK, body: v}, nil).write(w)
}

func (h *Handler) gatherRooms(w http.ResponseWriter, r *http.Request) {
	lists, unreachable, ok := gathered[roomPage](h, w, r)
	if !ok {
		return
	}
	pages := make([]page[Room], len(lists))
	for i, l := range lists {
		pages[i] = page[Room]{l.Rooms, l.Next}
	}
	limit, _ := number(r, "limit", defaultLimit, 1, maxLimit) // it was good for this node
	p := merge(pages, limit, func(v Room) cursor { return cursor{Namespace: v.Namespace, Room: v.Name} })
	encode(answer{status: http.StatusOK, body: roomPage{orEmpty(p.entries), p.next, unreachable}}, nil).write(w)
}

func (h *Handler) gatherMembers(w http.ResponseWriter, r *http.Request) {
	lists, unreachable, ok := gathered[memberList](h, w, r)
	if !ok {
		return
	}
	v := memberList{Unreachable: unreachable}
	pages := make([]page[memberEntry], len(lists))
	for i, l := range lists {
		pages[i] = page[memberEntry]{l.Members, l.Next}
		v.Busy = append(v.Busy, l.Busy...)
	}
	limit, _ := number(r, "limit", defaultLimit, 1, maxLimit)
	p := merge(pages, limit, func(e memberEntry) cursor { return cursor{e.Namespace, e.Room, e.Since} })
	v.Members, v.Next = orEmpty(p.entries), p.next
	encode(answer{status: http.StatusOK, body: v}, nil).write(w)
}

func orEmpty[E any](list []E) []E {
	if list == nil {
		return []E{}
	}
	return list
}
