package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestCollectorsPace(t *testing.T) {
	const mib = 1 << 20
	for _, c := range []struct {
		name    string
		percent int
		after   time.Duration
		live    uint64
		want    int
	}{
		{"idle", 50, time.Minute, 30 * mib, 50},
		{"busy", 50, often / 2, 10 * mib, 100},
		{"still busy", 100, often / 2, 10 * mib, 200},
		{"no further", 400, 0, 10 * mib, 400},
		{"now and then", 200, 2 * often, 10 * mib, 200},
		{"bounded garbage", 100, 0, 64 * mib, 200},
		{"much lives", 100, 0, 128 * mib, 100},
		{"very much lives", 400, 0, 4096 * mib, 50},
		{"nothing lives", 50, 0, 0, 100},
	} {
		require.Equal(t, c.want, nextPercent(c.percent, c.after, c.live), c.name)
	}
}
