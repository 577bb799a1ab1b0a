// Package tally checks that every message arrives exactly once and in order.
package tally

import "fmt"

// Tally counts what must not happen. The zero Tally is ready.
type Tally struct {
	Lost      uint64 `json:"lost"`
	Doubled   uint64 `json:"doubled"`
	Reordered uint64 `json:"reordered"` // arrived after a later one of its publisher, or of its room
	Stray     uint64 `json:"stray"`     // arrived where it did not belong
	Damaged   uint64 `json:"damaged"`   // not what was sent

	Examples []string `json:"examples,omitempty"` // of the first few, for people
}

// maxExamples bounds Examples.
const maxExamples = 5

// Bad reports whether anything was counted.
func (t *Tally) Bad() bool { return t.Sum() > 0 }

// Sum returns all that was counted.
func (t *Tally) Sum() uint64 { return t.Lost + t.Doubled + t.Reordered + t.Stray + t.Damaged }

// Add adds what another tally has counted.
func (t *Tally) Add(o Tally) {
	t.Lost += o.Lost
	t.Doubled += o.Doubled
	t.Reordered += o.Reordered
	t.Stray += o.Stray
	t.Damaged += o.Damaged
	for _, e := range o.Examples {
		t.example("%s", e)
	}
}

// Note counts one in *n and keeps the words as an example.
func (t *Tally) Note(n *uint64, format string, args ...any) {
	*n++
	t.example(format, args...)
}

func (t *Tally) example(format string, args ...any) {
	if len(t.Examples) < maxExamples {
		t.Examples = append(t.Examples, fmt.Sprintf(format, args...))
	}
}

// String says what was counted, in words.
func (t *Tally) String() string {
	return fmt.Sprintf("%d lost, %d doubled, %d reordered, %d stray, %d damaged", t.Lost, t.Doubled, t.Reordered, t.Stray, t.Damaged)
}
