package report

import (
	"fmt"
	"slices"

	"github.com/parley-signaling/parley/bench/internal/hist"
	"github.com/parley-signaling/parley/bench/internal/tally"
)

// scenarios groups the rows, in the order in which they were measured.
func (r *Report) scenarios() [][]*Row {
	var groups [][]*Row
	for _, row := range r.Rows {
		i := slices.IndexFunc(groups, func(g []*Row) bool { return g[0].Scenario == row.Scenario })
		if i < 0 {
			groups = append(groups, nil)
			i = len(groups) - 1
		}
		groups[i] = append(groups[i], row)
	}
	return groups
}

// Totals returns what went wrong in all runs together.
func (r *Row) Totals() (sum tally.Tally, failed uint64) {
	for _, run := range r.Runs {
		sum.Add(run.Tally)
		failed += run.Failed
	}
	return sum, failed
}

// Notes returns failures and warnings of all runs, each once.
func (r *Row) Notes() []string {
	var notes []string
	add := func(format string, args ...any) {
		if note := fmt.Sprintf(format, args...); !slices.Contains(notes, note) {
			notes = append(notes, note)
		}
	}
	if sum, _ := r.Totals(); sum.Bad() {
		add("FAILED: %s", sum.String())
		for _, e := range sum.Examples {
			add("for example: %s", e)
		}
	}
	if _, failed := r.Totals(); failed > 0 {
		add("FAILED: %d connections or requests went wrong", failed)
	}
	for _, run := range r.Runs {
		for _, e := range run.Errors {
			add("FAILED: %s", e)
		}
		for _, w := range run.Warnings {
			add("note: %s", w)
		}
	}
	return notes
}

// Latency returns the distribution of all runs together.
func (r *Row) Latency() *hist.Hist {
	var sum hist.Hist
	for _, run := range r.Runs {
		sum.Merge(&run.Latency)
	}
	return &sum
}
