// Package report holds what the harness has measured, and shows it: as a table, as JSON and
// as a page.
package report

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/parley-signaling/parley/bench/internal/hist"
	"github.com/parley-signaling/parley/bench/internal/tally"
)

// format is the version of report.json; a reader refuses others.
const format = 1

// Report is one use of the harness.
type Report struct {
	Format  int       `json:"format"`
	Time    time.Time `json:"time"`
	Host    Host      `json:"host"`
	Command []string  `json:"command"`
	Rows    []*Row    `json:"rows"`
}

// Host is the machine.
type Host struct {
	OS     string `json:"os"`
	Arch   string `json:"arch"`
	Kernel string `json:"kernel,omitempty"`
	CPU    string `json:"cpu,omitempty"`
	Cores  int    `json:"cores"`
	Memory uint64 `json:"memory,omitempty"` // bytes
	Go     string `json:"go"`
}

// Row is one server in one scenario.
type Row struct {
	Scenario string `json:"scenario"`
	Title    string `json:"title"` // what was done, in words
	Target   string `json:"target"`
	Runs     []*Run `json:"runs"`
}

// Run is one measurement.
type Run struct {
	Figures []Figure `json:"figures"`

	Latency hist.Hist `json:"latency"` // of what the scenario is about, from the intended time
	Last    hist.Hist `json:"last"`    // until every member had it

	Duration time.Duration `json:"duration"`

	Step    time.Duration `json:"step"` // of Series
	Unit    string        `json:"unit"` // of Series, a second
	Series  []uint64      `json:"series,omitempty"`
	Memory  []Memory      `json:"memory,omitempty"`
	Samples []Sample      `json:"samples,omitempty"`
	Knee    []KneeStep    `json:"knee,omitempty"`

	Tally    tally.Tally `json:"tally"`
	Failed   uint64      `json:"failed"`
	Errors   []string    `json:"errors,omitempty"`
	Warnings []string    `json:"warnings,omitempty"`
}

// Bad reports whether anything happened that must not.
func (r *Run) Bad() bool { return r.Tally.Bad() || r.Failed > 0 }

// Memory is the server's resident memory with so many connections.
type Memory struct {
	Connections int    `json:"connections"`
	RSS         uint64 `json:"rss"` // bytes
}

// Sample is the server at one moment. What could not be found out is 0.
type Sample struct {
	At          float64 `json:"at"`  // s since the window's beginning
	RSS         uint64  `json:"rss"` // bytes
	Threads     int     `json:"threads"`
	Descriptors int     `json:"descriptors,omitempty"`
	Goroutines  int     `json:"goroutines,omitempty"`
}

// KneeStep is one rate that was tried.
type KneeStep struct {
	Rate       float64       `json:"rate"`       // messages a second and room
	Deliveries float64       `json:"deliveries"` // a second
	P99        time.Duration `json:"p99"`
	Broken     string        `json:"broken,omitempty"` // the bound that did not hold
}

// Bad reports whether any run was.
func (r *Report) Bad() bool {
	for _, row := range r.Rows {
		for _, run := range row.Runs {
			if run.Bad() {
				return true
			}
		}
	}
	return false
}

// Row returns the row of a server in a scenario, which it adds where there is none.
func (r *Report) Row(scenario, title, target string) *Row {
	for _, row := range r.Rows {
		if row.Scenario == scenario && row.Target == target {
			return row
		}
	}
	row := &Row{Scenario: scenario, Title: title, Target: target}
	r.Rows = append(r.Rows, row)
	return row
}

// WriteJSON writes the report.
func (r *Report) WriteJSON(w io.Writer) error {
	r.Format = format
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	return e.Encode(r)
}

// ReadFile reads what WriteJSON has written.
func ReadFile(name string) (*Report, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var r Report
	if err := json.Unmarshal(b, &r); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if r.Format != format {
		return nil, fmt.Errorf("%s: a report of format %d, not %d", name, r.Format, format)
	}
	return &r, nil
}
