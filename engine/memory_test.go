package main

import (
	"math"
	"runtime/debug"
	"testing"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/stretchr/testify/require"
)

func TestMemoryIsBounded(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })

	debug.SetMemoryLimit(3 << 30)
	require.EqualValues(t, 3<<30, boundMemory(0), "GOMEMLIMIT")
	require.EqualValues(t, 4<<30, boundMemory(4<<30), "the setting wins")
	require.EqualValues(t, 4<<30, debug.SetMemoryLimit(-1))

	debug.SetMemoryLimit(math.MaxInt64)
	machine, err := memlimit.FromSystem()
	if err != nil {
		t.Skip("this system does not tell how much memory it has")
	}
	limit := boundMemory(0)
	require.Positive(t, limit, "also where no container has a limit")
	require.LessOrEqual(t, float64(limit), ofMemory*float64(machine))
	require.Equal(t, limit, debug.SetMemoryLimit(-1))
}
