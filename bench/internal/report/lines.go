package report

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
)

// lines draws what of returns of each server's first run, over something from 0.
func (v *view) lines(c chart, group []*Row, how scale, of func(*Run) (xs, ys []float64), unit string) chart {
	var farthest, highest, lowest float64
	for _, row := range group {
		xs, ys := of(row.Runs[0])
		for i := range xs {
			farthest, highest = max(farthest, xs[i]), max(highest, ys[i])
			if lowest == 0 || ys[i] < lowest {
				lowest = ys[i]
			}
		}
	}
	if highest == 0 || farthest == 0 {
		return c
	}
	x := axis{low: 0, high: farthest, from: left, to: right}
	step := roundUp(farthest / 6)
	for at := 0.0; at <= farthest*1.001; at += step {
		c.XTicks = append(c.XTicks, tick{x.at(at), shortest(at)})
	}
	y, ticks := linear(highest, how.unit, how.label)
	if how.log {
		y, ticks = logarithmic(lowest, highest, how.label)
	}
	c.YTicks = ticks
	for _, row := range group {
		xs, ys := of(row.Runs[0])
		var list []point
		for i := range xs {
			list = append(list, point{x.at(xs[i]), y.at(ys[i]), fmt.Sprintf("%s: %s at %s %s", row.Target, how.label(ys[i]), Short(xs[i]), unit)})
		}
		if len(list) > 1 {
			s := series{Name: row.Target, Color: v.color(row.Target)}
			s.draw(list)
			c.Series = append(c.Series, s)
		}
	}
	return c
}

func sortedKnee(steps []KneeStep) []KneeStep {
	return slices.SortedFunc(slices.Values(steps), func(a, b KneeStep) int { return cmp.Compare(a.Rate, b.Rate) })
}

var zeros = regexp.MustCompile(`\.0+\b`)

// trimZeros makes "20.0 MiB" of an axis "20 MiB".
func trimZeros(s string) string { return zeros.ReplaceAllString(s, "") }
