package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"
)

// Figure is one number of a run.
type Figure struct {
	Name   string  `json:"name"` // unique within a run
	Unit   string  `json:"unit"` // one of the units below
	Value  float64 `json:"value"`
	Better int     `json:"better"`         // 1: more is better, -1: less is, 0: neither
	Main   bool    `json:"main,omitempty"` // it is what the scenario is for
}

// Units.
const (
	Seconds   = "s"
	PerSecond = "/s"
	Bytes     = "B"
	Share     = "%" // the value is a fraction
	Number    = ""
)

// String returns the value with a unit fit for people.
func (f Figure) String() string {
	switch f.Unit {
	case Seconds:
		return Duration(time.Duration(f.Value * float64(time.Second)))
	case PerSecond:
		return Short(f.Value)
	case Bytes:
		return bytesText(f.Value)
	case Share:
		return fmt.Sprintf("%.0f %%", f.Value*100)
	}
	return Short(f.Value)
}

// Duration returns a time of about three digits.
func Duration(d time.Duration) string {
	switch {
	case d >= 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d >= time.Second:
		return fmt.Sprintf("%.2f s", d.Seconds())
	case d >= 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", d.Seconds()*1e3)
	case d >= time.Millisecond:
		return fmt.Sprintf("%.2f ms", d.Seconds()*1e3)
	}
	return fmt.Sprintf("%d µs", d.Microseconds())
}

// Short returns a number of about three digits.
func Short(v float64) string {
	switch a := math.Abs(v); {
	case a >= 999_500:
		return trim(v/1e6) + " M"
	case a >= 9_995:
		return trim(v/1e3) + " k"
	case a >= 100 || v == math.Trunc(v):
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return trim(v)
}

func trim(v float64) string {
	prec := 2
	switch a := math.Abs(v); {
	case a >= 100:
		prec = 0
	case a >= 10:
		prec = 1
	}
	return strconv.FormatFloat(v, 'f', prec, 64)
}

func bytesText(v float64) string {
	switch a := math.Abs(v); {
	case a >= 1<<30:
		return trim(v/(1<<30)) + " GiB"
	case a >= 1<<20:
		return trim(v/(1<<20)) + " MiB"
	case a >= 100<<10:
		return trim(v/(1<<10)) + " KiB"
	}
	return strconv.FormatFloat(v, 'f', 0, 64) + " B"
}

// Median returns a row's figures, each the median of its runs' (of an even number the mean
// of the middle two), in the order of the first run that has it.
func (r *Row) Median() []Figure {
	var list []Figure
	values := map[string][]float64{}
	for _, run := range r.Runs {
		for _, f := range run.Figures {
			if values[f.Name] == nil {
				list = append(list, f)
			}
			values[f.Name] = append(values[f.Name], f.Value)
		}
	}
	for i := range list {
		list[i].Value = median(values[list[i].Name])
	}
	return list
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	n := len(v)
	return (v[(n-1)/2] + v[n/2]) / 2
}

// Spread returns the smallest and largest value of a figure.
func (r *Row) Spread(name string) (lowest, highest float64) {
	lowest, highest = math.Inf(1), math.Inf(-1)
	for _, run := range r.Runs {
		for _, f := range run.Figures {
			if f.Name == name {
				lowest, highest = min(lowest, f.Value), max(highest, f.Value)
			}
		}
	}
	return lowest, highest
}
