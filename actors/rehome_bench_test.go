package actors_test

import (
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/clustertest"
	"github.com/parley-signaling/parley/actors/wire"
)

// rehomed is a connection that counts the joined that it is told, and reads all it is told.
type rehomed struct {
	conn  *actors.Conn
	ready chan struct{}
	over  chan struct{}
}

func (c *rehomed) Ready() {
	select {
	case c.ready <- struct{}{}:
	default:
	}
}

// told counts joined messages, of whoever they are.
type told struct{ joined *atomic.Int64 }

func (f told) Append(dst []byte, m wire.Message) []byte {
	if _, is := m.(*wire.Joined); is {
		f.joined.Add(1)
	}
	return m.AppendTo(dst, wire.JSON)
}

func (c *rehomed) run() {
	var iov [16][]byte
	for {
		select {
		case <-c.ready:
		case <-c.over:
			c.conn.Ended(true)
			return
		}
		for {
			n := 0
			for _, b := range c.conn.Pending(iov[:0]) {
				n += len(b)
			}
			if n == 0 {
				break
			}
			c.conn.Wrote(n)
		}
	}
}

// BenchmarkRehoming has 5,000 rooms of four members on three nodes, of which one dies: how long it
// takes until every member that lives is told of its room's new epoch, and what is under way to one
// node at most.
//
//	go test -run '^$' -bench Rehoming -benchtime 1x ./actors
func BenchmarkRehoming(b *testing.B) {
	const rooms, members = 5000, 4
	for range b.N {
		b.StopTimer()
		net := clustertest.New()
		net.QueueBytes = 32 << 20
		net.Delay = func() time.Duration { return 0 }
		var nodes []*clustertest.Node
		var conns []*rehomed
		for range 3 {
			node := net.NewNode()
			sys, err := actors.NewSystem(actors.Options{Cluster: node, Logger: slog.New(slog.DiscardHandler)})
			require.NoError(b, err)
			node.System = sys
			nodes = append(nodes, node)
		}
		net.Join(nodes...)
		wait := func(done func() bool) {
			for !done() {
				time.Sleep(time.Millisecond)
			}
		}
		wait(func() bool {
			return nodes[0].System.Owner(actors.RoomName{Name: "x"}) != "" && nodes[2].System.Owner(actors.RoomName{Name: "x"}) != ""
		})
		var joined atomic.Int64
		format := told{&joined}
		stay := int64(0) // told of a new epoch
		for i := range rooms {
			name := fmt.Sprint("room ", i)
			lost := nodes[0].System.Owner(actors.RoomName{Name: name}) == nodes[0].Self()
			for k := range members {
				c := &rehomed{ready: make(chan struct{}, 1), over: make(chan struct{})}
				conns = append(conns, c)
				at := 1 + (i+k)%2
				c.conn = nodes[at].System.Connect(actors.ConnOptions{Format: format, Transport: c})
				r := actors.NewRequest()
				r.Kind, r.Room = wire.KindJoin, name
				c.conn.Do(r)
				go c.run()
				if lost {
					stay++
				}
			}
		}
		wait(func() bool { return joined.Load() == rooms*members })
		joined.Store(0)
		before := []clustertest.Traffic{net.Traffic(nodes[1], nodes[2]), net.Traffic(nodes[2], nodes[1])}
		net.Silence(nodes[0])
		b.StartTimer()
		net.Expire(nodes[0])
		wait(func() bool { return joined.Load() >= stay })
		b.StopTimer()
		frames, bytes, most := 0, 0, 0
		for i, t := range []clustertest.Traffic{net.Traffic(nodes[1], nodes[2]), net.Traffic(nodes[2], nodes[1])} {
			frames += t.Frames - before[i].Frames
			bytes += t.Bytes - before[i].Bytes
			most = max(most, t.Most)
		}
		b.ReportMetric(float64(stay), "members")
		b.ReportMetric(float64(frames), "frames")
		b.ReportMetric(float64(bytes), "bytes")
		b.ReportMetric(float64(most), "most-bytes-under-way")
		for _, c := range conns {
			close(c.over)
		}
		for _, n := range nodes {
			require.NoError(b, n.System.Close(b.Context()))
		}
	}
}
