package actors

import (
	"cmp"
	"slices"
)

// indexed is how many members a room may have before it keeps maps of them: to look at a few
// is as fast, and costs no memory.
const indexed = 16

// roster is a room's members, suspended and hidden ones included, in the order of since.
type roster struct {
	members  []*member
	profiles int                // their bytes
	named    int                // bytes of the names in their answers
	ids      map[string]*member // nil while there are few
	nonces   map[string]*member // likewise
}

func compareSince(m *member, since uint64) int { return cmp.Compare(m.since, since) }

// add puts m at the end: since only grows, so the list stays in its order.
func (r *roster) add(m *member) {
	r.members = append(r.members, m)
	r.profiles += len(m.profile.Bytes)
	r.named += m.named
	switch {
	case r.ids != nil:
		r.index(m)
	case len(r.members) > indexed:
		r.ids, r.nonces = make(map[string]*member), make(map[string]*member)
		for _, m := range r.members {
			r.index(m)
		}
	}
}

// insert puts m in its place.
func (r *roster) insert(m *member) {
	r.add(m)
	last := len(r.members) - 1
	i, _ := slices.BinarySearchFunc(r.members[:last], m.since, compareSince)
	copy(r.members[i+1:], r.members[i:last])
	r.members[i] = m
}

// bySince finds a member; nil: there is none.
func (r *roster) bySince(since uint64) *member {
	if i, ok := slices.BinarySearchFunc(r.members, since, compareSince); ok {
		return r.members[i]
	}
	return nil
}

func (r *roster) index(m *member) {
	r.ids[m.id] = m
	if m.nonce != "" {
		r.nonces[m.nonce] = m
	}
}

func (r *roster) remove(m *member) {
	i, _ := slices.BinarySearchFunc(r.members, m.since, compareSince)
	r.members = slices.Delete(r.members, i, i+1)
	r.profiles -= len(m.profile.Bytes)
	r.named -= m.named
	if r.ids == nil {
		return
	}
	delete(r.ids, m.id)
	if m.nonce != "" {
		delete(r.nonces, m.nonce)
	}
	if len(r.members) <= indexed/2 {
		r.ids, r.nonces = nil, nil
		r.members = slices.Clip(slices.Clone(r.members))
	}
}

// after returns the members who came after since. The slice is the roster's own.
func (r *roster) after(since uint64) []*member {
	i, _ := slices.BinarySearchFunc(r.members, since+1, compareSince)
	return r.members[i:]
}

// byID finds a member; nil: there is none.
func (r *roster) byID(id string) *member {
	if r.ids != nil {
		return r.ids[id]
	}
	for _, m := range r.members {
		if m.id == id {
			return m
		}
	}
	return nil
}

// byNonce finds the member that joined with a nonce, which is not empty; nil: there is none.
func (r *roster) byNonce(nonce string) *member {
	if r.ids != nil {
		return r.nonces[nonce]
	}
	for _, m := range r.members {
		if m.nonce == nonce {
			return m
		}
	}
	return nil
}
