// Package measure runs scenarios against servers and makes figures of what was seen.
package measure

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parley-signaling/parley/bench/internal/load"
)

// Scenario is one kind of load, with all its numbers.
type Scenario struct {
	Name string // of the row in the report
	Kind string // load.Fanout …

	Rooms, Members, Publishers int
	Payload                    int     // bytes of JSON
	Rate                       float64 // messages a second and room
	Outstanding                int     // above 0: closed loop, of each publisher
	InFlight                   int     // calls or churns
	Cycles                     float64 // calls or churns a second; 0: as fast as they go
	Warm                       bool    // calls on connections that stay
	Drop                       float64 // share of sockets dropped each second, 0–1; 1: all at once, once
	Bystanders                 int     // rooms that are not dropped, and have no slow members
	Slow                       int     // members of each room that read slowly
	SlowBytes                  int     // so many bytes a second, each; 0: nothing

	Knee    bool          // look for the largest rate that the server stands
	KneeP99 time.Duration // what it must stand it with

	WarmUp, Duration, Drain time.Duration
}

// Presets are the scenarios by name: the kinds with their usual numbers, and those of the
// benchmark tables.
func Presets() []Scenario {
	const warmUp, drain = 700 * time.Millisecond, 5 * time.Second
	base := Scenario{Payload: 256, Publishers: 1, WarmUp: warmUp, Duration: 3 * time.Second, Drain: drain, KneeP99: 50 * time.Millisecond}
	make := func(name, kind string, change func(s *Scenario)) Scenario {
		s := base
		s.Name, s.Kind = name, kind
		change(&s)
		return s
	}
	thousand := func(s *Scenario) { s.Rooms, s.Members, s.Rate = 1, 1000, 20 }
	storm := func(drop float64) func(s *Scenario) {
		return func(s *Scenario) {
			s.Rooms, s.Members, s.Rate, s.Bystanders, s.Drop, s.Duration = 110, 10, 10, 10, drop, 8*time.Second
		}
	}
	return []Scenario{
		make("fanout", load.Fanout, thousand),
		make("f1k", load.Fanout, thousand),
		make("f1k-max", load.Fanout, func(s *Scenario) { s.Rooms, s.Members, s.Outstanding = 1, 1000, 4 }),
		make("f1k-max16", load.Fanout, func(s *Scenario) { s.Rooms, s.Members, s.Outstanding = 1, 1000, 16 }),
		make("f10-max", load.Fanout, func(s *Scenario) { s.Rooms, s.Members, s.Outstanding = 100, 10, 4 }),
		make("knee", load.Fanout, func(s *Scenario) { s.Rooms, s.Members, s.Rate, s.Knee = 1, 1000, 20, true }),
		make("call", load.Call, func(s *Scenario) { s.InFlight = 64 }),
		make("call-warm", load.Call, func(s *Scenario) { s.InFlight, s.Warm = 64, true }),
		make("churn", load.Churn, func(s *Scenario) { s.InFlight = 64 }),
		make("idle", load.Idle, func(s *Scenario) { s.Rooms, s.Members, s.Duration = 1500, 10, 30*time.Second }),
		make("resume", load.Resume, storm(0.1)),
		make("storm", load.Resume, storm(1)),
		make("slow", load.Slow, func(s *Scenario) {
			s.Rooms, s.Bystanders, s.Members, s.Slow, s.Payload, s.Rate = 8, 4, 20, 5, 16<<10, 25
			s.SlowBytes, s.WarmUp, s.Duration = 16<<10, 5*time.Second, 20*time.Second
		}),
		make("soak", load.Soak, func(s *Scenario) {
			s.Rooms, s.Members, s.Rate, s.InFlight, s.Cycles, s.Drop = 20, 10, 10, 16, 10, 0.05
			s.Duration = time.Minute
		}),
	}
}

// suite is what runs when nothing is asked for: about two minutes for one server.
var suite = []struct {
	name   string
	change func(s *Scenario)
}{
	{"f1k", func(s *Scenario) { s.Duration = 8 * time.Second }},
	{"f1k-max", func(s *Scenario) { s.Duration = 5 * time.Second }},
	{"f10-max", func(s *Scenario) { s.Duration = 5 * time.Second }},
	{"knee", func(s *Scenario) { s.Duration = 2 * time.Second }},
	{"call", func(s *Scenario) { s.Duration = 5 * time.Second }},
	{"call-warm", func(s *Scenario) { s.Duration = 5 * time.Second }},
	{"churn", func(s *Scenario) { s.Duration = 5 * time.Second }},
	{"idle", func(s *Scenario) { s.Rooms, s.Duration = 500, 28*time.Second }},
	{"resume", func(*Scenario) {}},
	{"storm", func(*Scenario) {}},
	{"soak", func(s *Scenario) { s.Duration = 15 * time.Second }},
}

// Suite returns the scenarios that run when none is named.
func Suite() []Scenario {
	var list []Scenario
	for _, one := range suite {
		s, _ := Preset(one.name) // they are all there, which a test shows
		one.change(&s)
		list = append(list, s)
	}
	return list
}

// Names lists the presets.
func Names() []string {
	var names []string
	for _, s := range Presets() {
		names = append(names, s.Name)
	}
	return names
}

// Preset returns a scenario by its name.
func Preset(name string) (Scenario, error) {
	all := Presets()
	if i := slices.IndexFunc(all, func(s Scenario) bool { return s.Name == name }); i >= 0 {
		return all[i], nil
	}
	return Scenario{}, fmt.Errorf("no scenario %q; there are %s", name, strings.Join(Names(), ", "))
}

// Connections returns how many are open at once.
func (s Scenario) Connections() int {
	switch s.Kind {
	case load.Call:
		return 2 * s.InFlight
	case load.Churn:
		return s.InFlight
	case load.Soak:
		return 2*s.Rooms*s.Members + 3*s.InFlight
	}
	return s.Rooms * s.Members
}
