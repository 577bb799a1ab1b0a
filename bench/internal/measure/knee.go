package measure

import (
	"fmt"

	"github.com/parley-signaling/parley/bench/internal/load"
	"github.com/parley-signaling/parley/bench/internal/report"
)

// The search doubles the rate until a bound breaks, twice in a row, then halves the interval.
const (
	kneeDoublings  = 16
	kneeBisections = 3
	// keptUp is the share of the messages due that must have arrived within the window.
	keptUp = 0.95
)

// knee looks for the largest rate at which p99 keeps its bound, everything arrives and
// deliveries keep up.
func (x *session) knee() error {
	good, bad := 0.0, 0.0
	rate := x.s.Rate
	for range kneeDoublings + kneeBisections {
		step, err := x.try(rate)
		if err == nil && step.Broken != "" && !x.run.Bad() {
			step, err = x.try(rate) // a neighbour on the machine may have been at work
		}
		if err != nil {
			return err
		}
		if step.Broken == "" {
			good = rate
		} else {
			bad = rate
		}
		if x.run.Bad() || (bad > 0 && len(x.run.Knee) > 1 && bad/max(good, 1e-9) < 1.15) {
			break
		}
		rate = nextRate(good, bad)
	}
	return x.kneeFigures(good)
}

func nextRate(good, bad float64) float64 {
	switch {
	case bad == 0:
		return good * 2
	case good == 0:
		return bad / 2
	}
	return (good + bad) / 2
}

// try measures one rate.
func (x *session) try(rate float64) (report.KneeStep, error) {
	s := x.s
	s.Rate = rate
	r, p, err := x.measure(s)
	if err != nil {
		return report.KneeStep{}, err
	}
	part := r.Parts[load.Fanout]
	step := report.KneeStep{Rate: rate, Deliveries: float64(part.Delivered) / x.seconds(), P99: part.Latency.At(99)}
	step.Broken = x.broken(part, rate)
	x.run.Knee = append(x.run.Knee, step)
	x.run.Tally.Add(part.Tally)
	x.run.Failed += part.Failed
	x.run.Errors = append(x.run.Errors, part.Errors...)
	if step.Broken == "" {
		x.best(r, p, part)
	}
	return step, nil
}

// broken names the bound that does not hold; empty: all do.
func (x *session) broken(part *load.Part, rate float64) string {
	due := rate * float64(x.s.Rooms) * float64(x.s.Members-1) * x.seconds()
	switch p99 := part.Latency.At(99); {
	case part.Tally.Bad():
		return part.Tally.String()
	case part.Failed > 0:
		return "connections lost or requests refused"
	case p99 > x.s.KneeP99 && 2*part.Late.At(99) > p99:
		return "p99 " + report.Duration(p99) + ", but the harness itself was " + report.Duration(part.Late.At(99)) + " late"
	case p99 > x.s.KneeP99:
		return "p99 " + report.Duration(p99)
	case float64(part.Delivered) < keptUp*due:
		return fmt.Sprintf("only %.0f %% arrived in time", 100*float64(part.Delivered)/due)
	case x.fleet.PeakCPU >= busy:
		return fmt.Sprintf("the harness used %.0f %% of a core", x.fleet.PeakCPU*100)
	}
	return ""
}

// best keeps the figures of the largest rate so far that held.
func (x *session) best(r *load.Result, p *probe, part *load.Part) {
	x.run.Figures, x.run.Warnings = nil, nil
	x.run.Samples, x.run.Step, x.run.Duration = p.samples, load.SeriesStep, x.s.Duration
	x.fanout(part, p.cpu())
	x.usage(r, p)
}

func (x *session) kneeFigures(good float64) error {
	if good == 0 {
		x.warn("no rate held, not even %s messages/s", report.Short(x.run.Knee[len(x.run.Knee)-1].Rate))
	}
	knee := report.Figure{Name: "knee, messages/s a room", Unit: report.Number, Value: good, Better: 1, Main: true}
	x.run.Figures = append([]report.Figure{knee}, x.run.Figures...)
	if k := lowestBroken(x.run.Knee, good); k != nil {
		x.warn("above the knee, at %s messages/s a room: %s", report.Short(k.Rate), k.Broken)
	}
	return nil
}

// lowestBroken returns the step with the smallest rate above one that did not hold.
func lowestBroken(steps []report.KneeStep, above float64) (lowest *report.KneeStep) {
	for i := range steps {
		if s := &steps[i]; s.Broken != "" && s.Rate > above && (lowest == nil || s.Rate < lowest.Rate) {
			lowest = s
		}
	}
	return lowest
}
