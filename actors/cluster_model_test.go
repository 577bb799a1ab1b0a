package actors_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/roomtest"
)

// TestGuaranteesInACluster shows that each guarantee holds where every client is connected to
// another node.
func TestGuaranteesInACluster(t *testing.T) {
	for _, g := range roomtest.Guarantees {
		t.Run(g.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				target, _, stop, err := roomtest.InCluster(actors.Options{
					Linger: 30 * time.Second, RoomCapacity: 6, QueueBytes: 256 << 10}, 1, 3)
				require.NoError(t, err)
				t.Cleanup(func() { require.NoError(t, stop()) })
				g.Show(&roomtest.World{TB: t, Target: target})
			})
		})
	}
}

// TestRoomModelInACluster holds what the clients of three nodes see against the model of one room.
func TestRoomModelInACluster(t *testing.T) {
	for _, seed := range seeds(t, 6, 7) {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := actors.Options{Linger: 30 * time.Second, RoomCapacity: 6, QueueBytes: 256 << 10}
				target, _, stop, err := roomtest.InCluster(o, seed, 3)
				require.NoError(t, err)
				defer func() { require.NoError(t, stop()) }()
				d := roomtest.NewDriver(target, seed)
				defer d.Close()
				if err := d.Run(steps(t, 700)); err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
				t.Logf("seed %d: %v", seed, d.Steps())
			})
		})
	}
}
