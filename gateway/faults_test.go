package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/clocktest"
	"github.com/parley-signaling/parley/actors/roomtest"
	"github.com/parley-signaling/parley/gateway"
	"github.com/parley-signaling/parley/gateway/dialect"
	"github.com/parley-signaling/parley/gateway/dialect/native"
	"github.com/parley-signaling/parley/gateway/gatewaytest"
)

// TestFaults lets villains of every kind loose on a gateway, and jumps its clock, while healthy
// clients use it: the random ones of TestRoomModelSockets, who are cut and stalled themselves
// and hold all they hear against the model, and some who talk in a room that villains come to.
// In the end nothing is left of all that: no connection, room, goroutine, descriptor or memory.
//
// FAULTS_SEED repeats a seed, as far as real time allows; FAULTS_STEPS=20000 takes some minutes.
func TestFaults(t *testing.T) {
	both(t, func(t *testing.T, portable bool) {
		seed := number(t, "FAULTS_SEED", 1)
		f := newFaults(t, portable, seed)
		f.round(t, seed, 15) // what is made once and kept is made now
		before := f.rest(t)
		f.round(t, seed+1, int(number(t, "FAULTS_STEPS", 300)))
		after := f.rest(t)
		t.Logf("before: %+v, after: %+v", before, after)
		require.LessOrEqual(t, after.goroutines, before.goroutines)
		require.LessOrEqual(t, after.descriptors, before.descriptors)
		require.Less(t, after.heap, before.heap+512<<10, "bytes")
	})
}

type faults struct {
	clock       *clocktest.Clock
	sys         *actors.System
	target      roomtest.Target
	addr, brisk string
}

// newFaults starts three gateways to the same rooms: one for villains and talkers; one with brisk
// limits; and one behind a proxy that breaks lines, whose connections are counted.
func newFaults(t *testing.T, portable bool, seed uint64) *faults {
	f := &faults{clock: clocktest.New()}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	o := actors.Options{Linger: 30 * time.Second, RoomCapacity: 6, Clock: f.clock, Logger: log}
	var err error
	f.sys, err = actors.NewSystem(o)
	require.NoError(t, err)
	require.NoError(t, f.sys.Behavior("panic *", func(co *actors.Co, room *actors.Room) error {
		for {
			e, err := co.Recv()
			if err != nil {
				return err
			}
			if e.Name == "panic" {
				panic("as it was told to")
			}
		}
	}))
	t.Cleanup(func() { require.NoError(t, f.sys.Close(context.Background())) })
	f.addr, _ = f.serve(t, gateway.Options{Portable: portable, Logger: log, CloseTimeout: time.Second})
	f.brisk, _ = f.serve(t, gateway.Options{Portable: portable, Logger: log, CloseTimeout: time.Second, PingInterval: time.Second,
		PongTimeout: 750 * time.Millisecond, NoRoomTimeout: time.Second, HeaderTimeout: time.Second})
	counted, g := f.serve(t, gateway.Options{Portable: portable, Logger: log})
	p, err := gatewaytest.NewProxy(counted, seed)
	require.NoError(t, err)
	t.Cleanup(p.Close)
	f.target = gatewaytest.Target(p, "/ws", seed, func() int { return g.Stats().Connections })
	f.target.Linger, f.target.Capacity = o.Linger, o.RoomCapacity
	f.target.Now, f.target.Advance = f.clock.Now, f.clock.Advance
	return f
}

func (f *faults) serve(t *testing.T, o gateway.Options) (addr string, g *gateway.Gateway) {
	o.System, o.Shards = f.sys, 2
	o.Routes = map[string]dialect.Dialect{"/ws": native.New(), "/panicky": panicky{}}
	g, err := gateway.New(o)
	require.NoError(t, err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- g.Serve(ln) }()
	t.Cleanup(func() {
		require.NoError(t, g.Close())
		require.ErrorIs(t, <-served, gateway.ErrClosed)
	})
	return ln.Addr().String(), g
}

// round has healthy clients take so many steps among villains.
func (f *faults) round(t *testing.T, seed uint64, steps int) {
	ts, err := talk(f.addr, 3)
	defer ts.close()
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var running sync.WaitGroup
	var visits sync.Map
	for name, visit := range villainies {
		v := &villain{rng: rand.New(rand.NewPCG(seed, uint64(len(name)))), addr: f.addr, brisk: f.brisk, serial: serial{of: name}}
		count := new(atomic.Int32)
		visits.Store(name, count)
		running.Go(func() {
			for count.Load() == 0 || ctx.Err() == nil {
				if err := visit(v); err != nil {
					t.Errorf("%s, visit %d: %v", name, count.Load(), err)
					return
				}
				count.Add(1)
				time.Sleep(5 * time.Millisecond) // the healthy need a processor, too
			}
		})
	}
	d := roomtest.NewDriver(f.target, seed)
	defer d.Close()
	err = d.Run(steps)
	stop()
	running.Wait()
	require.NoError(t, err, "seed %d", seed)
	require.NoError(t, ts.end())
	visits.Range(func(name, n any) bool {
		t.Log(name, n.(*atomic.Int32).Load())
		return true
	})
	t.Logf("healthy: %v; a talker sent %d", d.Steps(), ts.all[0].sent)
}

// resources are what a server may hold.
type resources struct {
	goroutines, descriptors int
	heap                    int
}

// rest waits until nobody is left, and tells what is held then.
func (f *faults) rest(t *testing.T) resources {
	require.NoError(t, f.target.Settle(func() error {
		f.clock.Advance(time.Minute)
		if s := f.sys.Stats(); s.Connections+s.Rooms+s.Members > 0 {
			return fmt.Errorf("%d connections, %d rooms and %d members are left", s.Connections, s.Rooms, s.Members)
		}
		return nil
	}))
	calm, n := 0, 0
	require.NoError(t, f.target.Settle(func() error { // who ends, ends a little later
		if now := runtime.NumGoroutine(); now != n {
			calm, n = 0, now
		}
		if calm++; calm < 100 {
			return errors.New("not calm yet")
		}
		return nil
	}))
	r := resources{goroutines: n, heap: heapInUse()}
	if list, err := os.ReadDir("/proc/self/fd"); err == nil {
		r.descriptors = len(list)
	}
	return r
}
