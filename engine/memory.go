package main

import (
	"math"
	"runtime/debug"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// ofContainer is how much of a container's memory the engine takes for its own: the kernel's
// part of a connection, and what is neither, needs some too.
const ofContainer = 0.8

// boundMemory makes want, in bytes, the runtime's limit; where it is 0 that is what GOMEMLIMIT
// says, else the container's limit (cgroup). It returns the limit; 0: there is none.
func boundMemory(want int64) int64 {
	if limit := debug.SetMemoryLimit(-1); want == 0 && limit != math.MaxInt64 {
		return limit
	}
	if want == 0 {
		limit, err := memlimit.ApplyRatio(memlimit.FromCgroup, ofContainer)()
		if err != nil || limit == 0 || limit > math.MaxInt64/2 {
			return 0 // no cgroup, or one without a limit
		}
		want = int64(limit)
	}
	debug.SetMemoryLimit(want)
	return want
}
