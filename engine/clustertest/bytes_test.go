package clustertest

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/server"
	"github.com/parley-signaling/parley/gateway/client"
)

// inside starts engines in this process, around a NATS in it.
func inside(t testing.TB, n int) (list []*server.Server) {
	t.Helper()
	nats, err := natsserver.NewServer(&natsserver.Options{
		Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, NoSigs: true, NoLog: true, JetStream: true, StoreDir: t.TempDir(),
	})
	require.NoError(t, err)
	nats.Start()
	require.True(t, nats.ReadyForConnections(patience))
	t.Cleanup(func() { nats.Shutdown(); nats.WaitForShutdown() })
	for range n {
		s, err := server.New(server.Config{
			Addr: "127.0.0.1:0", Clustering: server.Clustering{Cluster: []string{nats.ClientURL()}},
			Logger: slog.New(slog.NewTextHandler(io.Discard, nil)), Limits: server.Limits{AddressRate: -1},
		})
		require.NoError(t, err)
		require.NoError(t, s.Start())
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			_ = s.Shutdown(ctx) // the others' members may be late to go
		})
		list = append(list, s)
	}
	for _, s := range list {
		require.Eventually(t, func() bool { v, _ := s.ClusterStats(); return v.Nodes == n }, patience, 2*time.Millisecond)
	}
	return list
}

func sentBytes(list []*server.Server) (bytes uint64) {
	for _, s := range list {
		v, _ := s.ClusterStats()
		bytes += v.All.BytesOut
	}
	return bytes
}

// crowd is a room's members, spread over the engines.
type crowd struct {
	t       testing.TB
	engines []*server.Server
	name    string
	rooms   []*client.Room
	heard   chan time.Time
}

func (c *crowd) grow(to int) {
	for i := len(c.rooms); i < to; i++ {
		cl, err := client.Dial(c.t.Context(), c.engines[i%len(c.engines)].URL()+"ws", client.Options{})
		require.NoError(c.t, err)
		c.t.Cleanup(func() { _ = cl.Close() })
		room, err := cl.Join(c.t.Context(), c.name, client.JoinOptions{Hidden: true})
		require.NoError(c.t, err)
		c.rooms = append(c.rooms, room)
		go func() {
			for e := range room.Events() {
				if _, ok := e.(client.Message); ok {
					c.heard <- time.Now()
				}
			}
		}()
	}
}

// say has the first member say something, and waits until all others have heard it: the longest that took.
func (c *crowd) say(text string) (last time.Duration) {
	begun := time.Now()
	_, err := c.rooms[0].Send(c.t.Context(), "chat", text)
	require.NoError(c.t, err)
	for range len(c.rooms) - 1 {
		select {
		case at := <-c.heard:
			last = max(last, at.Sub(begun))
		case <-time.After(patience):
			c.t.Fatal("not everybody has heard it")
		}
	}
	return last
}

// cost is the bytes over NATS, of all engines together, of one message of 256 bytes.
func (c *crowd) cost() int {
	const count = 50
	text := strings.Repeat("x", 256)
	c.say(text)
	before := sentBytes(c.engines)
	for range count {
		c.say(text)
	}
	return int(sentBytes(c.engines)-before) / count
}

func TestBytesOverNATSGrowWithEnginesAndNotWithMembers(t *testing.T) {
	costs := map[string]int{}
	for _, n := range []int{2, 3, 5} {
		c := &crowd{t: t, engines: inside(t, n), name: "bytes", heard: make(chan time.Time, 1000)}
		for _, members := range []int{2 * n, 20 * n} {
			c.grow(members)
			cost := c.cost()
			costs[fmt.Sprint(n, " ", members)] = cost
			t.Logf("%d engines, %2d members: %4d bytes a message", n, members, cost)
		}
	}
	for _, n := range []int{2, 3, 5} {
		few, many := costs[fmt.Sprint(n, " ", 2*n)], costs[fmt.Sprint(n, " ", 20*n)]
		require.Less(t, many, few*13/10, "%d engines", n)
		// One frame up, and one down to each other engine; each with its text, an envelope, and acknowledgements.
		require.Less(t, many, n*(256+400), "%d engines", n)
	}
}

// BenchmarkAcross is from a member's message to the last of three who hear it, one on each engine. It reports p50 and p99 and
// what a join costs.
func BenchmarkAcross(b *testing.B) {
	engines := inside(b, 3)
	c := &crowd{t: b, engines: engines, name: "across", heard: make(chan time.Time, 1000)}
	c.grow(3)
	var all []time.Duration
	for b.Loop() {
		all = append(all, c.say("hello"))
	}
	slices.Sort(all)
	b.ReportMetric(float64(all[len(all)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds()), "p99-µs")
	before, begun := sentBytes(engines), time.Now()
	c.grow(303)
	b.ReportMetric(float64(time.Since(begun).Microseconds())/300, "µs/join")
	b.ReportMetric(float64(sentBytes(engines)-before)/300, "B/join")
}
