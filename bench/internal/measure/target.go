package measure

import "github.com/parley-signaling/parley/bench/internal/load"

// Target is a server that runs.
type Target struct {
	Name     string // in the report
	Dialect  string
	URL      string // with a path; the nodes of a cluster, separated by commas
	PIDs     []int  // its processes on this machine; none: unknown
	Metrics  string // URL of Prometheus metrics; empty: none
	Insecure bool
}

// job returns what all load processes together shall do.
func (t Target) job(s Scenario, o Options) load.Job {
	j := load.Job{
		URL: t.URL, Dialect: t.Dialect, Insecure: t.Insecure, Portable: o.Portable,
		Scenario: s.Kind, Run: o.ID, Presence: o.Presence, Payload: s.Payload,
		Rooms: s.Rooms, Members: s.Members, Publishers: s.Publishers, Bystanders: s.Bystanders,
		Slow: s.Slow, SlowBytes: s.SlowBytes,
		InFlight: s.InFlight, Warm: s.Warm,
	}
	if s.Kind == load.Idle {
		j.Publishers = 0
	}
	return j
}

// phase returns one measurement, of one of n processes.
func (s Scenario) phase(n int) load.Phase {
	p := load.Phase{
		WarmUp: s.WarmUp, Duration: s.Duration, Drain: s.Drain,
		Rate: s.Rate, Outstanding: s.Outstanding, Cycles: s.Cycles / float64(n),
	}
	switch {
	case s.Kind == load.Idle:
		p.Rate, p.Outstanding = 0, 0
	case s.Kind != load.Resume && s.Kind != load.Soak: // only these come back
	case s.Drop >= 1:
		p.DropAll = true
	default:
		p.Drop = s.Drop
	}
	return p
}
