package main

import (
	"math"
	"runtime/debug"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// ofMemory is how much of a container's, or a machine's, memory the engine takes for its own: the
// kernel's part of a connection, and what is neither, needs some too.
const ofMemory = 0.8

// boundMemory makes want, in bytes, the runtime's limit; where it is 0 that is what GOMEMLIMIT
// says, else most of what the container (cgroup) or the machine has. It returns the limit; 0: there
// is none, because that is not known.
func boundMemory(want int64) int64 {
	if limit := debug.SetMemoryLimit(-1); want == 0 && limit != math.MaxInt64 {
		return limit
	}
	if want == 0 {
		if want = int64(ofMemory * float64(memory())); want == 0 {
			return 0
		}
	}
	debug.SetMemoryLimit(want)
	return want
}

// memory is what there is, in bytes; 0: unknown. A container without a limit has all.
func memory() uint64 {
	all, err := memlimit.FromSystem()
	if err != nil {
		all = 0
	}
	own, err := memlimit.FromCgroup()
	if err != nil || own == 0 || own > math.MaxInt64/2 || all > 0 && own > all {
		return all
	}
	return own
}
