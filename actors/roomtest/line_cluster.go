package roomtest

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing/synctest"
	"time"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/clustertest"
	"github.com/parley-signaling/parley/actors/wire"
)

// InCluster returns a Target over several Systems that are one: every line goes to another one
// than the line before. Like InMemory's it lives in a testing/synctest bubble.
func InCluster(o actors.Options, seed uint64, nodes int, prepare ...func(*actors.System) error) (t Target, net *clustertest.Network, stop func() error, err error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	net = clustertest.New()
	var all []*clustertest.Node
	for range nodes {
		node := net.NewNode()
		o.Cluster = node
		if node.System, err = actors.NewSystem(o); err != nil {
			return Target{}, nil, nil, err
		}
		for _, f := range prepare {
			if err := f(node.System); err != nil {
				return Target{}, nil, nil, err
			}
		}
		all = append(all, node)
	}
	net.Join(all...)
	synctest.Wait()
	var mu sync.Mutex
	rng := rand.New(rand.NewPCG(seed, 2))
	next := 0
	t = Target{
		Dial: func(c wire.Codec) (Line, error) {
			mu.Lock()
			defer mu.Unlock()
			next++
			return newMemoryLine(all[next%nodes].System, c, rng.Uint64()), nil
		},
		Settle: func(try func() error) error {
			synctest.Wait()
			return try()
		},
		Advance: func(d time.Duration) {
			time.Sleep(d)
			synctest.Wait()
		},
		Linger: o.Linger, Slack: time.Second, Capacity: o.RoomCapacity, Queue: o.QueueBytes,
	}
	return t, net, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		for _, node := range all {
			err = errors.Join(err, node.System.Close(ctx))
		}
		return err
	}, nil
}

// NewLine returns a line to a System without sockets, in a testing/synctest bubble.
func NewLine(sys *actors.System, c wire.Codec, seed uint64) Line { return newMemoryLine(sys, c, seed) }
