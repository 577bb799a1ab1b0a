package report

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// tie is the difference below which two figures count as equal.
const tie = 0.15

// Ratio compares one figure.
type Ratio struct {
	Scenario, Target string
	Figure           Figure // of the second report
	Before, Ratio    float64
	Verdict          string // better, worse, tie; empty: neither is better
}

// Compare returns the ratios of b's figures to a's, where both have them and a's is not 0.
func Compare(a, b *Report) []Ratio {
	var list []Ratio
	for _, rb := range b.Rows {
		for _, ra := range a.Rows {
			if ra.Scenario == rb.Scenario && ra.Target == rb.Target {
				list = append(list, compareRows(ra, rb)...)
			}
		}
	}
	return list
}

func compareRows(a, b *Row) []Ratio {
	before := map[string]float64{}
	for _, f := range a.Median() {
		before[f.Name] = f.Value
	}
	var list []Ratio
	for _, f := range b.Median() {
		was := before[f.Name]
		if was == 0 {
			continue
		}
		r := Ratio{b.Scenario, b.Target, f, was, f.Value / was, ""}
		if f.Better != 0 {
			r.Verdict = verdict(r.Ratio, f.Better)
		}
		list = append(list, r)
	}
	return list
}

func verdict(ratio float64, better int) string {
	switch {
	case ratio > 1-tie && ratio < 1+tie:
		return "tie"
	case (ratio > 1) == (better > 0):
		return "better"
	}
	return "worse"
}

// WriteComparison writes the ratios of b to a as a table.
func WriteComparison(w io.Writer, a, b *Report) error {
	ratios := Compare(a, b)
	if len(ratios) == 0 {
		_, err := fmt.Fprintln(w, "The two reports have no scenario of the same server in common.")
		return err
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	last := ""
	for _, r := range ratios {
		if head := r.Scenario + ", " + r.Target; head != last {
			fmt.Fprintf(tw, "%s\tfirst\tsecond\tratio\t\n", head)
			last = head
		}
		was := r.Figure
		was.Value = r.Before
		fmt.Fprintf(tw, "  %s\t%s\t%s\t%.2f\t%s\n", r.Figure.Name, was, r.Figure, r.Ratio, r.Verdict)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nA difference below %.0f %% is a tie. Figures of different times on a shared machine drift by more\nthan that: measure what is to be compared in one run (-against).\n", tie*100)
	return err
}
