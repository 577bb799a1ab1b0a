package roomtest

import (
	"encoding/base64"
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// A pat is a message as the model expects it: exactly these fields. Its values are plain
// ones, or one of the types below, which stand for what the engine chose.
type pat map[string]any

type (
	memberID int             // the id of the member with this handle
	keyOf    int             // its key
	sinceOf  int             // its since
	seqOf    int64           // a number of the room's order, counted from the epoch's first
	epochOf  struct{}        // the room's epoch
	anyText  struct{}        // some text that is not empty
	payload  struct{ v any } // a value that crossed codecs
	maybe    struct{ v any } // a field that may be left out
	either   []any           // one of these
	setOf    []string        // these strings in any order
	kept     struct {        // the text of a member's answer to id: the same each time
		handle int
		id     int64
	}
)

// unify compares got with want and binds r's unknowns where got is their first sight.
func unify(r *room, want, got any) error {
	switch w := want.(type) {
	case pat:
		return unifyMap(r, w, got)
	case []any:
		return unifyList(r, w, got)
	case memberID:
		return r.bindText(int(w), got, func(i *ident) *string { return &i.id })
	case keyOf:
		return r.bindText(int(w), got, func(i *ident) *string { return &i.key })
	case sinceOf:
		return r.bindSince(int(w), got)
	case seqOf:
		return r.bindSeq(int64(w), got)
	case epochOf:
		return r.bindEpoch(got)
	case kept:
		return r.bindAnswer(w, got)
	case anyText:
		if s, ok := got.(string); !ok || s == "" {
			return fmt.Errorf("want some text, got %#v", got)
		}
	case payload:
		if !samePayload(w.v, got) {
			return fmt.Errorf("want the payload %#v, got %#v", w.v, got)
		}
	case either:
		return unifyEither(r, w, got)
	case setOf:
		return unifySet(w, got)
	default:
		if !reflect.DeepEqual(want, got) {
			return fmt.Errorf("want %#v, got %#v", want, got)
		}
	}
	return nil
}

func unifyMap(r *room, want pat, got any) error {
	var g map[string]any
	switch got := got.(type) {
	case Msg:
		g = got
	case map[string]any:
		g = got
	default:
		return fmt.Errorf("want a map, got %#v", got)
	}
	for key := range g {
		if _, ok := want[key]; !ok {
			return fmt.Errorf("%s: a field too many (%#v)", key, g[key])
		}
	}
	for _, key := range slices.Sorted(maps.Keys(want)) {
		w := want[key]
		v, there := g[key]
		if opt, ok := w.(maybe); ok {
			if !there {
				continue
			}
			w = opt.v
		}
		if !there {
			return fmt.Errorf("%s: missing (want %#v)", key, w)
		}
		if err := unify(r, w, v); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	return nil
}

func unifyList(r *room, want []any, got any) error {
	g, ok := got.([]any)
	if !ok || len(g) != len(want) {
		return fmt.Errorf("want a list of %d, got %#v", len(want), got)
	}
	for i := range want {
		if err := unify(r, want[i], g[i]); err != nil {
			return fmt.Errorf("[%d]: %w", i, err)
		}
	}
	return nil
}

func unifyEither(r *room, want either, got any) error {
	var first error
	for _, w := range want {
		before := *r
		err := unify(r, w, got)
		if err == nil {
			return nil
		}
		*r = before
		if first == nil {
			first = err
		}
	}
	return first
}

func unifySet(want setOf, got any) error {
	g, ok := got.([]any)
	if !ok {
		return fmt.Errorf("want a list, got %#v", got)
	}
	var have []string
	for _, v := range g {
		s, _ := v.(string)
		have = append(have, s)
	}
	w := slices.Sorted(slices.Values(want))
	slices.Sort(have)
	if !slices.Equal(w, have) {
		return fmt.Errorf("want %q in any order, got %q", w, have)
	}
	return nil
}

// samePayload compares a value that was sent with one that arrived: a msgpack bin may have
// become a base64 string.
func samePayload(sent, got any) bool {
	switch s := sent.(type) {
	case []byte:
		if b, ok := got.([]byte); ok {
			return slices.Equal(s, b)
		}
		return got == base64.StdEncoding.EncodeToString(s)
	case []any:
		g, ok := got.([]any)
		return ok && slices.EqualFunc(s, g, samePayload)
	case map[string]any:
		g, ok := got.(map[string]any)
		return ok && maps.EqualFunc(s, g, samePayload)
	default:
		return reflect.DeepEqual(sent, got)
	}
}
