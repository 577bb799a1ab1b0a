package load

import (
	"maps"

	"github.com/parley-signaling/parley/bench/internal/client"
)

// named is a driver of a process, under the name of its part in the results.
type named struct {
	name string
	driver
	phase func(Phase) Phase // what of a phase is meant for it
}

// mix runs several drivers on one loop.
type mix []named

// newMix returns the drivers of a job. A soak is all scenarios at once, paced; where the
// dialect has no resume, without drops.
func newMix(e *env) mix {
	same := func(p Phase) Phase { return p }
	switch e.job.Scenario {
	case Call:
		return mix{{Call, newCalls(e), same}}
	case Churn:
		return mix{{Churn, newChurns(e), same}}
	case Resume:
		return mix{{Resume, newGroup(e, "storm", stormTag, true), same}}
	case Soak:
		return newSoak(e)
	}
	return mix{{e.job.Scenario, newGroup(e, "group", groupTag, false), same}}
}

func newSoak(e *env) mix {
	steady := func(p Phase) Phase { p.Drop, p.DropAll = 0, false; return p }
	m := mix{
		{Fanout, newGroup(e, "group", groupTag, false), steady},
		{Call, newCalls(e), steady},
		{Churn, newChurns(e), steady},
	}
	if e.dialect.Answers() {
		m = append(m, named{Resume, newGroup(e, "storm", stormTag, true), func(p Phase) Phase { return p }})
	}
	return m
}

// grow opens what is needed; n counts the connections of each group.
func (m mix) grow(n int) {
	for _, d := range m {
		d.Grow(n)
	}
}

func (m mix) grown() (bool, error) {
	all := true
	for _, d := range m {
		ok, err := d.Grown()
		if err != nil {
			return false, err
		}
		all = all && ok
	}
	return all, nil
}

// begin starts a phase and returns the parts that it will fill.
func (m mix) begin(p Phase) map[string]*Part {
	parts := map[string]*Part{}
	for _, d := range m {
		parts[d.name] = &Part{}
		d.Begin(d.phase(p), meter{windowOf(p), parts[d.name]})
	}
	return parts
}

func (m mix) tick(now int64) int64 {
	next := int64(client.Never)
	for _, d := range m {
		next = min(next, d.Tick(now))
	}
	return next
}

func (m mix) over(now int64) bool {
	for _, d := range m {
		if !d.Over(now) {
			return false
		}
	}
	return true
}

func (m mix) published() map[uint32]uint32 {
	all := map[uint32]uint32{}
	for _, d := range m {
		maps.Copy(all, d.Published())
	}
	return all
}

func (m mix) expect(published map[uint32]uint32) {
	for _, d := range m {
		d.Expect(published)
	}
}

func (m mix) settled() bool {
	for _, d := range m {
		if !d.Settled() {
			return false
		}
	}
	return true
}

func (m mix) finish() {
	for _, d := range m {
		d.Finish()
	}
}

func (m mix) close() {
	for _, d := range m {
		d.Close()
	}
}
