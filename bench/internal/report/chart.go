package report

import (
	"fmt"
	"math"
	"strings"
)

// chart is a drawing in a coordinate system of width × height.
type chart struct {
	Title, X string // X: what the horizontal axis is, where it is not obvious
	XTicks   []tick
	YTicks   []tick
	Series   []series
}

type tick struct {
	At    float64
	Label string
}

type series struct {
	Name   string
	Color  int
	Path   string // SVG path data
	Points []point
}

type point struct {
	X, Y float64
	Tip  string
}

// The plot's place in the drawing. page.html has the same numbers.
const (
	left, right          = 62.0, 546.0
	top, bottom          = 12.0, 226.0
	yTicksWanted         = 4
	markers              = 40 // at most so many points of a series are marked
	smallestLog  float64 = 1e-6
)

// axis maps values to the drawing.
type axis struct {
	low, high float64
	from, to  float64
	log       bool
}

func (a axis) at(v float64) float64 {
	low, high := a.low, a.high
	if a.log {
		v, low, high = math.Log10(max(v, smallestLog)), math.Log10(low), math.Log10(high)
	}
	if high <= low {
		return a.from
	}
	return a.from + (v-low)/(high-low)*(a.to-a.from)
}

// linear returns a vertical axis from 0 with ticks at round numbers of units.
func linear(highest, unit float64, label func(float64) string) (axis, []tick) {
	step := roundUp(highest/unit/yTicksWanted) * unit
	a := axis{low: 0, high: step * math.Max(1, math.Ceil(highest/step)), from: bottom, to: top}
	var ticks []tick
	for v := 0.0; v <= a.high*1.001; v += step {
		ticks = append(ticks, tick{a.at(v), label(v)})
	}
	return a, ticks
}

// roundUp returns the next 1, 2 or 5 times a power of ten.
func roundUp(v float64) float64 {
	if v <= 0 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= v*0.999 {
			return m * power
		}
	}
	return 10 * power
}

// logarithmic returns a vertical axis of positive values.
func logarithmic(lowest, highest float64, label func(float64) string) (axis, []tick) {
	a := axis{low: floorLog(lowest), high: ceilLog(highest), from: bottom, to: top, log: true}
	steps := []float64{1, 2, 5}
	if a.high/a.low > 1000 {
		steps = []float64{1}
	}
	var ticks []tick
	for power := math.Pow(10, math.Floor(math.Log10(a.low))); power <= a.high*1.001; power *= 10 {
		for _, m := range steps {
			if v := m * power; v >= a.low*0.999 && v <= a.high*1.001 {
				ticks = append(ticks, tick{a.at(v), label(v)})
			}
		}
	}
	return a, ticks
}

// floorLog and ceilLog round to 1, 2 or 5 times a power of ten.
func floorLog(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(max(v, smallestLog))))
	switch m := v / power; {
	case m >= 5:
		return 5 * power
	case m >= 2:
		return 2 * power
	}
	return power
}

func ceilLog(v float64) float64 { return roundUp(max(v, smallestLog)) }

// draw makes a line through the points, some of which are marked.
func (s *series) draw(points []point) {
	var path strings.Builder
	for i, p := range points {
		verb := "L"
		if i == 0 {
			verb = "M"
		}
		fmt.Fprintf(&path, "%s%.1f %.1f", verb, p.X, p.Y)
		if p.Tip != "" && len(points) <= markers*4 {
			s.Points = append(s.Points, p)
		}
	}
	s.Path = path.String()
}
