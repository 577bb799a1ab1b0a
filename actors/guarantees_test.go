package actors_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/roomtest"
)

// TestGuarantees shows each guarantee of the protocol by an example.
func TestGuarantees(t *testing.T) {
	for _, g := range roomtest.Guarantees {
		t.Run(g.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				target, stop, err := roomtest.InMemory(actors.Options{
					Linger: 30 * time.Second, RoomCapacity: 6, QueueBytes: 256 << 10}, 1)
				require.NoError(t, err)
				t.Cleanup(func() { require.NoError(t, stop()) })
				g.Show(&roomtest.World{TB: t, Target: target})
			})
		})
	}
}
