package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"px": func(v float64) string { return fmt.Sprintf("%.1f", v) },
}).Parse(pageText))

// view is what the page shows.
type view struct {
	*Report
	Machine  string
	When     string
	Asked    string // the command line
	Bad      bool
	Verdict  string
	Targets  []target
	Sections []section
	Palette  []int // 1 to colors
}

// target is a server, which keeps its colour through the page.
type target struct {
	Name  string
	Color int // 1 to colors
}

// section is one scenario.
type section struct {
	Name, Title string
	Columns     []target
	Lines       []pageLine
	Notes       []note
	Charts      []chart
}

type pageLine struct {
	Name  string
	Main  bool
	Cells []string
}

type note struct {
	Target, Text string
	Bad          bool
}

// colors is how many the page has; more servers than that share them.
const colors = 6

// WriteHTML writes a page that needs nothing else: no script, no font, no network.
func (r *Report) WriteHTML(w io.Writer) error {
	v := view{
		Report: r, Machine: r.Host.String(), When: r.Time.Format("2 January 2006, 15:04 MST"),
		Asked: strings.Join(r.Command, " "), Bad: r.Bad(),
	}
	for i := range colors {
		v.Palette = append(v.Palette, i+1)
	}
	for _, row := range r.Rows {
		if !slices.ContainsFunc(v.Targets, func(t target) bool { return t.Name == row.Target }) {
			v.Targets = append(v.Targets, target{row.Target, len(v.Targets)%colors + 1})
		}
	}
	for _, group := range r.scenarios() {
		v.Sections = append(v.Sections, v.section(group))
	}
	v.Verdict = "Everything arrived exactly once and in order."
	if v.Bad {
		v.Verdict = "Something was lost, doubled, reordered or refused; see the notes."
	}
	return page.Execute(w, v)
}

func (v *view) color(name string) int {
	i := slices.IndexFunc(v.Targets, func(t target) bool { return t.Name == name })
	return v.Targets[i].Color
}

func (v *view) section(group []*Row) section {
	s := section{Name: group[0].Scenario, Title: group[0].Title}
	for _, row := range group {
		s.Columns = append(s.Columns, target{row.Target, v.color(row.Target)})
		for _, text := range row.Notes() {
			bad := strings.HasPrefix(text, "FAILED: ")
			text = strings.TrimPrefix(strings.TrimPrefix(text, "FAILED: "), "note: ")
			s.Notes = append(s.Notes, note{row.Target, text, bad})
		}
	}
	for _, l := range lines(group) {
		s.Lines = append(s.Lines, pageLine{l.name, l.main, l.cells})
	}
	for _, c := range []func([]*Row) chart{v.latency, v.throughput, v.memory, v.resident, v.knee} {
		if one := c(group); len(one.Series) > 0 {
			s.Charts = append(s.Charts, one)
		}
	}
	return s
}

// String describes the machine in a line.
func (h Host) String() string {
	parts := []string{}
	if h.CPU != "" {
		parts = append(parts, h.CPU)
	}
	parts = append(parts, fmt.Sprintf("%d cores", h.Cores))
	if h.Memory > 0 {
		parts = append(parts, bytesText(float64(h.Memory)))
	}
	parts = append(parts, strings.TrimSpace(h.OS+" "+h.Kernel), h.Arch, h.Go)
	return strings.Join(parts, " · ")
}
