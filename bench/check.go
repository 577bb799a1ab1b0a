package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parley-signaling/parley/bench/internal/client"
	"github.com/parley-signaling/parley/bench/internal/dialect"
	"github.com/parley-signaling/parley/bench/internal/load"
	"github.com/parley-signaling/parley/bench/internal/measure"
)

// against is another running server.
type against struct {
	name, dialect, url string
	pids               []int
}

func parseAgainst(text string) (a against, err error) {
	parts := strings.Split(text, ",")
	if len(parts) < 3 || parts[0] == "" {
		return a, fmt.Errorf("--against: must be NAME,DIALECT,URL[,PID…], not %q", text)
	}
	a = against{name: parts[0], dialect: parts[1], url: parts[2]}
	if _, err := dialect.Find(a.dialect); err != nil {
		return a, fmt.Errorf("--against: %w", err)
	}
	if _, err := client.ParseURL(a.url); err != nil {
		return a, fmt.Errorf("--against: %w", err)
	}
	for _, p := range parts[3:] {
		pid, err := strconv.Atoi(p)
		if err != nil || pid <= 0 {
			return a, fmt.Errorf("--against: %q is no process id", p)
		}
		a.pids = append(a.pids, pid)
	}
	return a, nil
}

// check finds what is out of range, or does not go together.
func (s *settings) check() error {
	var errs []error
	wrong := func(is bool, format string, args ...any) {
		if is {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	for _, d := range s.Dialect {
		if _, err := dialect.Find(d); err != nil {
			errs = append(errs, fmt.Errorf("--dialect: %w", err))
		}
	}
	if s.URL != "" {
		if _, err := client.ParseURLs(s.URL); err != nil {
			errs = append(errs, fmt.Errorf("--url: %w", err))
		}
		wrong(s.Engine != "", "--engine: does not go with --url")
		wrong(len(s.EngineArgs) > 0, "--engine-arg: does not go with --url")
		wrong(s.ServerCores != "" && !s.Pin, "--server-cores: a server at --url is not started here; pin it yourself")
	} else {
		wrong(len(s.PID) > 0, "--pid: needs --url; the process of an engine that is started here is known")
		wrong(slices.Contains(s.Dialect, "plain"), "--dialect: the engine does not speak plain; see --yardstick")
	}
	wrong(s.Runs < 1 || s.Runs > 1000, "--runs: must be 1 to 1000, not %d", s.Runs)
	wrong(s.Processes < 1 || s.Processes > 200, "--processes: must be 1 to 200, not %d", s.Processes)
	for _, pid := range s.PID {
		wrong(pid <= 0, "--pid: %d is no process id", pid)
	}
	for _, m := range s.scenarios {
		errs = append(errs, checkScenario(m)...)
	}
	return errors.Join(unique(errs)...)
}

// checkScenario finds numbers that make no sense for a scenario. A mistake in a flag shows
// once for each scenario that has it.
func checkScenario(m measure.Scenario) (errs []error) {
	limit := func(flag string, value, lowest, highest int) {
		if value < lowest || value > highest {
			errs = append(errs, fmt.Errorf("--%s: must be %d to %d, not %d", flag, lowest, highest, value))
		}
	}
	long := func(flag string, value, lowest time.Duration) {
		if value < lowest || value > 24*time.Hour {
			errs = append(errs, fmt.Errorf("--%s: must be %s to 24h, not %s", flag, lowest, value))
		}
	}
	long("warm-up", m.WarmUp, 0)
	long("duration", m.Duration, 100*time.Millisecond)
	long("drain", m.Drain, 100*time.Millisecond)
	long("knee-p99", m.KneeP99, time.Microsecond)
	limit("payload", m.Payload, dialect.MinSize, 60000)
	switch m.Kind {
	case load.Call, load.Churn:
		limit("in-flight", m.InFlight, 1, 100_000)
		return append(errs, checkRate("cycles", m.Cycles, true))
	case load.Soak:
		limit("in-flight", m.InFlight, 1, 100_000)
		errs = append(errs, checkRate("cycles", m.Cycles, false))
	}
	limit("rooms", m.Rooms, 1, 1_000_000)
	limit("members", m.Members, 2, 1_000_000)
	limit("publishers", m.Publishers, 1, max(1, m.Members))
	limit("outstanding", m.Outstanding, 0, 10_000)
	limit("bystanders", m.Bystanders, 0, m.Rooms)
	limit("drop", int(m.Drop*100), 0, 100)
	if m.Kind == load.Slow {
		limit("slow", m.Slow, 0, m.Members-max(m.Publishers, 2))
		limit("slow-bytes", m.SlowBytes, 0, 1<<30)
	} else if m.Slow > 0 {
		errs = append(errs, fmt.Errorf("--slow: is for the scenario slow, not for %s", m.Name))
	}
	if m.Kind != load.Idle {
		errs = append(errs, checkRate("rate", m.Rate, m.Outstanding > 0))
	}
	if m.Knee && m.Outstanding > 0 {
		errs = append(errs, errors.New("--outstanding: the knee is looked for in open loop"))
	}
	if m.Kind == load.Resume && m.Outstanding > 0 {
		errs = append(errs, errors.New("--outstanding: resume is an open loop"))
	}
	return errs
}

func checkRate(flag string, rate float64, zero bool) error {
	if rate > 1e6 || rate < 0 || (rate == 0 && !zero) {
		return fmt.Errorf("--%s: must be above 0 and at most 1000000, not %v", flag, rate)
	}
	return nil
}

func unique(errs []error) (list []error) {
	seen := map[string]bool{}
	for _, err := range errs {
		if err != nil && !seen[err.Error()] {
			seen[err.Error()] = true
			list = append(list, err)
		}
	}
	return list
}
