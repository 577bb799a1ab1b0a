package report

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// WriteTable writes all figures' medians: a block for each scenario, a column for each server.
func (r *Report) WriteTable(w io.Writer) error {
	for _, group := range r.scenarios() {
		fmt.Fprintf(w, "\n%s: %s\n", group[0].Scenario, group[0].Title)
		if err := writeBlock(w, group); err != nil {
			return err
		}
		for _, row := range group {
			row.writeNotes(w)
		}
	}
	return nil
}

func writeBlock(w io.Writer, group []*Row) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(tw, "\t")
	for _, row := range group {
		fmt.Fprintf(tw, "%s\t", row.Target)
	}
	fmt.Fprintln(tw)
	for _, line := range lines(group) {
		fmt.Fprintf(tw, "%s\t", line.name)
		for _, cell := range line.cells {
			fmt.Fprintf(tw, "%s\t", cell)
		}
		fmt.Fprintln(tw)
	}
	return tw.Flush()
}

// line is one figure of several servers.
type line struct {
	name  string
	main  bool
	cells []string // "–": none
}

// lines returns a scenario's figures, and its verdicts at the end.
func lines(group []*Row) []line {
	var list []line
	index := map[string]int{}
	for col, row := range group {
		for _, f := range row.Median() {
			i, ok := index[f.Name]
			if !ok {
				i = len(list)
				index[f.Name] = i
				list = append(list, line{f.Name, f.Main, blank(len(group))})
			}
			list[i].cells[col] = f.String()
		}
	}
	verdict := line{"lost, doubled, reordered", true, blank(len(group))}
	for col, row := range group {
		verdict.cells[col] = row.Verdict()
	}
	return append(list, verdict)
}

func blank(n int) []string {
	cells := make([]string, n)
	for i := range cells {
		cells[i] = "–"
	}
	return cells
}

// Verdict says in a word or two whether all runs went well.
func (r *Row) Verdict() string {
	sum, failed := r.Totals()
	switch {
	case sum.Bad():
		return fmt.Sprintf("%d, %d, %d", sum.Lost, sum.Doubled, sum.Reordered)
	case failed > 0:
		return fmt.Sprintf("%s errors", Short(float64(failed)))
	}
	return "none"
}

// writeNotes tells what is to be known about a row besides its figures.
func (r *Row) writeNotes(w io.Writer) {
	for _, note := range r.Notes() {
		fmt.Fprintf(w, "  %s: %s\n", r.Target, note)
	}
}
