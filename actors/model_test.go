package actors_test

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/clocktest"
	"github.com/parley-signaling/parley/actors/roomtest"
)

// seeds are those of ROOMTEST_SEED ("7" or "100-199"), or a few that stay.
func seeds(t *testing.T, few ...uint64) []uint64 {
	s := os.Getenv("ROOMTEST_SEED")
	if s == "" {
		return few
	}
	var from, to uint64
	if n, _ := fmt.Sscanf(s, "%d-%d", &from, &to); n != 2 {
		_, err := fmt.Sscanf(s, "%d", &from)
		require.NoError(t, err, "ROOMTEST_SEED")
		to = from
	}
	var all []uint64
	for seed := from; seed <= to; seed++ {
		all = append(all, seed)
	}
	return all
}

func steps(t *testing.T, n int) int {
	if s := os.Getenv("ROOMTEST_STEPS"); s != "" {
		var err error
		n, err = strconv.Atoi(s)
		require.NoError(t, err, "ROOMTEST_STEPS")
	}
	return n
}

// TestRoomModelInMemory takes random steps, several clients at once, and holds every message
// that every client sees against the model in package roomtest. To repeat a failure, give
// its seed: ROOMTEST_SEED=7 go test -run TestRoomModelInMemory ./actors
func TestRoomModelInMemory(t *testing.T) {
	for _, seed := range seeds(t, 1, 2, 3) {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) { walk(t, actors.Options{}, seed, 700) })
	}
}

// The model holds, too, where a fake clock is the system's time.
func TestRoomModelWithAFakeClock(t *testing.T) {
	for _, seed := range seeds(t, 5) {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			walk(t, clocktest.New().Options(actors.Options{}), seed, 700)
		})
	}
}

// The guarantees hold for rooms with a behaviour, too, where it only relays.
func TestRoomModelWithABehaviour(t *testing.T) {
	relay := func(co *actors.Co, room *actors.Room) error {
		room.Hook(actors.Hooks{
			Join: func(*actors.Join) error { return nil },
			Send: func(*actors.Event) error { return nil },
		})
		for {
			if _, err := co.Recv(); err != nil {
				return err
			}
		}
	}
	for _, seed := range seeds(t, 4) {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			walk(t, actors.Options{}, seed, 700, func(sys *actors.System) error { return sys.Behavior("*", relay) })
		})
	}
}

func walk(t *testing.T, o actors.Options, seed uint64, n int, prepare ...func(*actors.System) error) {
	synctest.Test(t, func(t *testing.T) {
		o.Linger, o.RoomCapacity, o.QueueBytes = 30*time.Second, 6, 256<<10
		target, stop, err := roomtest.InMemory(o, seed, prepare...)
		require.NoError(t, err)
		defer func() { require.NoError(t, stop()) }()
		d := roomtest.NewDriver(target, seed)
		defer d.Close()
		if err := d.Run(steps(t, n)); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		t.Logf("seed %d: %v", seed, d.Steps())
	})
}
