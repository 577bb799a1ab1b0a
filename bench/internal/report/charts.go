package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/parley-signaling/parley/bench/internal/hist"
)

func seconds(v float64) string {
	d := time.Duration(math.Round(v * 1e9))
	switch {
	case d >= time.Second:
		return strconv.FormatFloat(v, 'g', 3, 64) + " s"
	case d >= time.Millisecond:
		return strconv.FormatFloat(v*1e3, 'g', 3, 64) + " ms"
	}
	return strconv.FormatFloat(math.Round(v*1e6), 'g', 3, 64) + " µs"
}

// latency draws percentile curves; their horizontal axis gives each further nine the same room.
func (v *view) latency(group []*Row) chart {
	c := chart{Title: "Latency by percentile, from the intended time", X: "percentile"}
	most, lowest, highest := int64(0), math.Inf(1), 0.0
	for _, row := range group {
		if h := row.Latency(); h.Count() > 0 {
			most = max(most, h.Count())
			lowest, highest = min(lowest, h.Min().Seconds()), max(highest, h.Max().Seconds())
		}
	}
	if most == 0 {
		return c
	}
	nines := min(max(math.Ceil(math.Log10(float64(most))), 2), 5)
	x := axis{low: 0, high: nines, from: left, to: right}
	y, ticks := logarithmic(max(lowest, 1e-6), highest, seconds)
	c.YTicks, c.XTicks = ticks, percentileTicks(x)
	for _, row := range group {
		if h := row.Latency(); h.Count() > 0 {
			s := series{Name: row.Target, Color: v.color(row.Target)}
			s.draw(curve(h, x, y, row.Target))
			c.Series = append(c.Series, s)
		}
	}
	return c
}

func percentileTicks(x axis) []tick {
	ticks := []tick{{x.at(0), "0"}, {x.at(nine(50)), "50 %"}}
	for n := 1; n <= int(x.high); n++ {
		p := 100 * (1 - math.Pow(10, -float64(n)))
		ticks = append(ticks, tick{x.at(float64(n)), strconv.FormatFloat(p, 'f', max(0, n-2), 64) + " %"})
	}
	return ticks
}

// nine returns how many nines a percentile has.
func nine(percentile float64) float64 { return -math.Log10(1 - percentile/100) }

func curve(h *hist.Hist, x, y axis, name string) []point {
	end := min(math.Log10(float64(h.Count())), x.high)
	var list []point
	const steps = 120
	for i := range steps + 1 {
		at := end * float64(i) / steps
		p := 100 * (1 - math.Pow(10, -at))
		list = append(list, point{X: x.at(at), Y: y.at(max(h.At(p), h.Min()).Seconds())})
	}
	for _, p := range []float64{50, 90, 99, 99.9, 99.99} {
		if nine(p) > end {
			break
		}
		i := int(math.Round(nine(p) / end * steps))
		list[i].Tip = fmt.Sprintf("%s: %v %% within %s", name, p, Duration(h.At(p)))
	}
	return list
}

// throughput draws what was done over the window of each server's first run.
func (v *view) throughput(group []*Row) chart {
	c := chart{Title: "Throughput over time", X: "seconds"}
	highest, longest := 0.0, 0.0
	for _, row := range group {
		run := row.Runs[0]
		for _, n := range run.steady() {
			highest = max(highest, n)
		}
		longest = max(longest, run.Duration.Seconds())
		if run.Unit != "" {
			c.Title = strings.ToUpper(run.Unit[:1]) + run.Unit[1:] + " a second, over time"
		}
	}
	if highest == 0 {
		return c
	}
	x := axis{low: 0, high: longest, from: left, to: right}
	y, ticks := linear(highest, 1, shortest)
	c.YTicks, c.XTicks = ticks, timeTicks(x)
	for _, row := range group {
		s := series{Name: row.Target, Color: v.color(row.Target)}
		var list []point
		for i, n := range row.Runs[0].steady() {
			at := (float64(i) + 0.5) * row.Runs[0].Step.Seconds()
			list = append(list, point{x.at(at), y.at(n), fmt.Sprintf("%s: %s a second at %.1f s", row.Target, Short(n), at)})
		}
		if len(list) > 0 {
			s.draw(list)
			c.Series = append(c.Series, s)
		}
	}
	return c
}

// steady returns the series as rates a second, over the whole steps of the window.
func (r *Run) steady() []float64 {
	if len(r.Series) == 0 || r.Step <= 0 {
		return nil
	}
	list := make([]float64, int(r.Duration/r.Step))
	for i := range list {
		if i < len(r.Series) {
			list[i] = float64(r.Series[i]) / r.Step.Seconds()
		}
	}
	return list
}

func timeTicks(x axis) []tick {
	step := roundUp(x.high / 6)
	var ticks []tick
	for t := 0.0; t <= x.high*1.001; t += step {
		ticks = append(ticks, tick{x.at(t), strconv.FormatFloat(t, 'g', 4, 64)})
	}
	return ticks
}

// memory draws what a server needs for more and more connections.
func (v *view) memory(group []*Row) chart {
	c := chart{Title: "Resident memory over connections", X: "connections"}
	return v.lines(c, group, mebibytes, func(run *Run) (xs, ys []float64) {
		for _, m := range run.Memory {
			xs, ys = append(xs, float64(m.Connections)), append(ys, float64(m.RSS))
		}
		return xs, ys
	}, "connections")
}

// resident draws memory over time, where it was watched for long enough to tell something.
func (v *view) resident(group []*Row) chart {
	c := chart{Title: "Resident memory over time", X: "seconds"}
	return v.lines(c, group, mebibytes, func(run *Run) (xs, ys []float64) {
		if run.Duration < 10*time.Second {
			return nil, nil
		}
		for _, s := range run.Samples {
			xs, ys = append(xs, s.At), append(ys, float64(s.RSS))
		}
		return xs, ys
	}, "s")
}

// knee draws p99 over the rates that were tried.
func (v *view) knee(group []*Row) chart {
	c := chart{Title: "p99 over the rate", X: "messages a second and room"}
	return v.lines(c, group, percentiles, func(run *Run) (xs, ys []float64) {
		for _, k := range sortedKnee(run.Knee) {
			xs, ys = append(xs, k.Rate), append(ys, k.P99.Seconds())
		}
		return xs, ys
	}, "messages/s")
}

// scale is what a vertical axis counts.
type scale struct {
	unit  float64 // whose multiples are round
	log   bool
	label func(float64) string
}

var (
	mebibytes   = scale{1 << 20, false, bytesShort}
	percentiles = scale{1, true, seconds}
)

func bytesShort(v float64) string {
	if v == 0 {
		return "0"
	}
	return trimZeros(bytesText(v))
}

func shortest(v float64) string { return trimZeros(Short(v)) }
