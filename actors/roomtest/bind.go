package roomtest

import (
	"fmt"
	"maps"
)

// ident returns the handle's names for writing back with setIdent.
func (r *room) setIdent(handle int, i ident) {
	r.idents = maps.Clone(r.idents)
	if r.idents == nil {
		r.idents = map[int]ident{}
	}
	r.idents[handle] = i
}

// bindText compares got with one of the member's names, or makes it that name: one that no
// other member of the room has.
func (r *room) bindText(handle int, got any, field func(*ident) *string) error {
	s, ok := got.(string)
	if !ok || s == "" {
		return fmt.Errorf("want an opaque string, got %#v", got)
	}
	i := r.idents[handle]
	if p := field(&i); *p != "" {
		if *p != s {
			return fmt.Errorf("want %q, got %q", *p, s)
		}
		return nil
	}
	for h, other := range r.idents {
		if *field(&other) == s {
			return fmt.Errorf("%q belongs to another member (step %d)", s, h)
		}
	}
	*field(&i) = s
	r.setIdent(handle, i)
	return nil
}

// bindSince compares got with the member's since, or makes it so: larger than that of every
// member that came before, smaller than that of every one that came later.
func (r *room) bindSince(handle int, got any) error {
	n, ok := got.(int64)
	if !ok || n < 0 || n > 1<<53-1 {
		return fmt.Errorf("want a since, got %#v", got)
	}
	i := r.idents[handle]
	if i.since != 0 {
		if i.since != n+1 {
			return fmt.Errorf("want since %d, got %d", i.since-1, n)
		}
		return nil
	}
	for h, other := range r.idents {
		if other.since != 0 && (other.order < i.order) != (other.since < n+1) {
			return fmt.Errorf("since %d is out of order: the member of step %d has %d", n, h, other.since-1)
		}
	}
	i.since = n + 1
	r.setIdent(handle, i)
	return nil
}

func (r *room) bindSeq(rel int64, got any) error {
	n, ok := got.(int64)
	if !ok || n < 0 || n > 1<<53-1 {
		return fmt.Errorf("want a seq, got %#v", got)
	}
	if !r.based {
		if n < rel {
			return fmt.Errorf("want a seq of at least %d, got %d", rel, n)
		}
		r.base, r.based = n-rel, true
	}
	if n != r.base+rel {
		return fmt.Errorf("want seq %d, got %d", r.base+rel, n)
	}
	return nil
}

func (r *room) bindEpoch(got any) error {
	s, ok := got.(string)
	if !ok || s == "" {
		return fmt.Errorf("want an epoch, got %#v", got)
	}
	if r.epoch == "" {
		r.epoch = s
	}
	if r.epoch != s {
		return fmt.Errorf("want the epoch %q, got %q", r.epoch, s)
	}
	return nil
}

// bindAnswer holds a repeated error to the text that it had the first time.
func (r *room) bindAnswer(k kept, got any) error {
	s, ok := got.(string)
	if !ok || s == "" {
		return fmt.Errorf("want some text, got %#v", got)
	}
	texts := r.texts[k.handle]
	if first, ok := texts[k.id]; ok {
		if first != s {
			return fmt.Errorf("want the same text again, %q, got %q", first, s)
		}
		return nil
	}
	r.texts = maps.Clone(r.texts)
	if r.texts == nil {
		r.texts = map[int]map[int64]string{}
	}
	texts = maps.Clone(texts)
	if texts == nil {
		texts = map[int64]string{}
	}
	texts[k.id] = s
	r.texts[k.handle] = texts
	return nil
}
