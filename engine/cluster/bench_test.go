package cluster

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
)

// sink is a System that counts, and sends back what asks for it.
type sink struct {
	back  *Cluster
	nodes atomic.Int32
	taken atomic.Int64
	woken chan struct{}
}

func (s *sink) Adopt(v actors.View) { s.nodes.Store(int32(len(v.Nodes))) }
func (s *sink) Cut(string)          {}
func (s *sink) Lost()               {}
func (s *sink) Backlog(string) int  { return 0 }
func (s *sink) Take(node string, frame []byte) {
	s.taken.Add(1)
	if s.back != nil {
		s.back.Send(node, frame)
	}
	select {
	case s.woken <- struct{}{}:
	default:
	}
}

// benchPair starts two nodes; echo has the second one send everything back.
func benchPair(b *testing.B, secret string, echo bool) (a, c *Cluster, x, y *sink) {
	s := startNATS(b)
	var nodes [2]*Cluster
	var sinks [2]*sink
	for i := range nodes {
		var err error
		nodes[i], err = New(Options{URLs: []string{s.url()}, Node: fmt.Sprint("n", i), Secret: secret, Lease: 30 * time.Second})
		require.NoError(b, err)
		sinks[i] = &sink{woken: make(chan struct{}, 1)}
		b.Cleanup(nodes[i].abandon)
	}
	if echo {
		sinks[1].back = nodes[1]
	}
	for i := range nodes {
		require.NoError(b, nodes[i].Start(b.Context(), sinks[i]))
	}
	for _, s := range sinks {
		require.Eventually(b, func() bool { return s.nodes.Load() == 2 }, patience, time.Millisecond)
	}
	return nodes[0], nodes[1], sinks[0], sinks[1]
}

// One frame there and back at a time: half of that is what a room's node is away.
func BenchmarkRoundTrip(b *testing.B) {
	for _, secret := range []string{"", "0123456789abcdef"} {
		b.Run(fmt.Sprint("secret=", secret != ""), func(b *testing.B) {
			a, c, x, _ := benchPair(b, secret, true)
			frame := make([]byte, 300)
			var all []time.Duration
			for b.Loop() {
				begun := time.Now()
				a.Send(c.Self(), frame)
				<-x.woken
				all = append(all, time.Since(begun))
			}
			slices.Sort(all)
			b.ReportMetric(float64(all[len(all)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(all[len(all)*99/100].Microseconds()), "p99-µs")
		})
	}
}

// As many frames as go, one way.
func BenchmarkFrames(b *testing.B) {
	for _, size := range []int{100, 1000, 10_000} {
		b.Run(fmt.Sprint(size, "B"), func(b *testing.B) {
			a, c, _, y := benchPair(b, "0123456789abcdef", false)
			frame := make([]byte, size)
			b.SetBytes(int64(size))
			sent := int64(0)
			for b.Loop() {
				for a.Waiting(c.Self()) > 8<<20 {
					<-y.woken
				}
				a.Send(c.Self(), frame)
				sent++
			}
			for y.taken.Load() < sent {
				<-y.woken
			}
			b.ReportMetric(float64(sent)/b.Elapsed().Seconds(), "frames/s")
			s := a.Stats().Links[c.Self()]
			b.ReportMetric(float64(s.BytesOut)/float64(sent)-float64(size), "overhead-B")
		})
	}
}
