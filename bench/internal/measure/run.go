package measure

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parley-signaling/parley/bench/internal/fleet"
	"github.com/parley-signaling/parley/bench/internal/load"
	"github.com/parley-signaling/parley/bench/internal/proc"
	"github.com/parley-signaling/parley/bench/internal/report"
)

// Options are the same for all scenarios of one use of the harness.
type Options struct {
	Spawn     fleet.Spawner
	Processes int    // at least so many load processes; more where descriptors demand it
	PerProc   int    // connections that one may have
	ID        string // makes rooms unique
	Presence  bool   // members are listed, and told of others
	Portable  bool   // no epoll in the harness
}

// session is one scenario on one server, while it runs.
type session struct {
	ctx    context.Context
	opt    Options
	target Target
	s      Scenario
	fleet  *fleet.Fleet
	jobs   []load.Job
	run    *report.Run
}

// Run measures once. An error means that there is nothing to report; what went wrong with
// messages is in the report.
func Run(ctx context.Context, t Target, s Scenario, o Options) (run *report.Run, err error) {
	n := max(o.Processes, (s.Connections()+o.PerProc-1)/o.PerProc)
	if n > 1 && (s.Kind == load.Call || s.Kind == load.Churn) {
		n = min(n, s.InFlight)
	}
	x := &session{ctx: ctx, opt: o, target: t, s: s, jobs: fleet.Split(t.job(s, o), n), run: &report.Run{}}
	x.fleet, err = fleet.Start(ctx, o.Spawn, x.jobs)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, x.fleet.End()) }()
	if s.Kind == load.Idle {
		return x.run, x.idle()
	}
	if err := x.grow(1); err != nil {
		return nil, err
	}
	if s.Knee {
		return x.run, x.knee()
	}
	r, p, err := x.measure(x.s)
	if err != nil {
		return nil, err
	}
	x.report(r, p)
	return x.run, nil
}

// grow opens a share of all connections.
func (x *session) grow(share float64) error {
	counts := make([]int, len(x.jobs))
	for i, j := range x.jobs {
		counts[i] = int(float64(max(j.Hi-j.Lo, 2*j.InFlight)) * share)
	}
	return x.fleet.Grow(counts)
}

// measure works through one phase and watches the server meanwhile.
func (x *session) measure(s Scenario) (*load.Result, *probe, error) {
	p := &probe{target: x.target, every: sampleEvery(s.Duration)}
	r, err := x.fleet.Run(s.phase(len(x.jobs)), func(phase load.Phase) { p.start(x.ctx, phase) })
	p.wait()
	return r, p, err
}

// sampleEvery aims at some 60 samples: one costs the server's processes nothing, but the
// harness some.
func sampleEvery(d time.Duration) time.Duration {
	return max(d/60, 250*time.Millisecond).Round(10 * time.Millisecond)
}

// idle grows step by step, then looks at the silence.
func (x *session) idle() error {
	const steps = 5
	for i := range steps + 1 {
		if err := x.grow(float64(i) / steps); err != nil {
			return err
		}
		rss, ok := x.settledRSS()
		if !ok {
			break
		}
		x.run.Memory = append(x.run.Memory, report.Memory{Connections: x.s.Connections() * i / steps, RSS: rss})
	}
	if err := x.grow(1); err != nil { // there is nobody to be watched
		return err
	}
	r, p, err := x.measure(x.s)
	if err != nil {
		return err
	}
	// What all of them need is seen at the end of the silence: the servers have collected by then.
	if n, m := len(p.samples), len(x.run.Memory); n > 0 && m > 0 {
		x.run.Memory[m-1].RSS = p.samples[n-1].RSS
	}
	x.report(r, p)
	return nil
}

// settledRSS waits until memory has stopped changing, up to 3 s.
func (x *session) settledRSS() (uint64, bool) {
	last := proc.Look(x.target.PIDs...)
	for range 6 {
		if !last.Found || x.ctx.Err() != nil {
			return 0, false
		}
		time.Sleep(500 * time.Millisecond)
		now := proc.Look(x.target.PIDs...)
		change := float64(now.RSS) - float64(last.RSS)
		last = now
		if change < 0.002*float64(now.RSS) && change > -0.002*float64(now.RSS) {
			break
		}
	}
	return last.RSS, last.Found
}

func (x *session) warn(format string, args ...any) {
	x.run.Warnings = append(x.run.Warnings, fmt.Sprintf(format, args...))
}
