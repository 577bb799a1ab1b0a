package clustertest

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/gateway/client"
)

const operator = "an operator's token"

// figures are metrics of several engines, added up.
type figures struct{ rooms, sent, cpu float64 }

// figuresOf asks those that answer.
func figuresOf(engines ...*process) (all figures) {
	for _, e := range engines {
		req, _ := http.NewRequest(http.MethodGet, "http://"+e.addr+"/metrics", nil)
		req.Header.Set("Authorization", "Bearer "+operator)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			continue
		}
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
			name, value, _ := strings.Cut(lines.Text(), " ")
			n, _ := strconv.ParseFloat(value, 64)
			switch name {
			case "parley_rooms":
				all.rooms += n
			case "parley_cluster_sent_bytes_total":
				all.sent += n
			case "process_cpu_seconds_total":
				all.cpu += n
			}
		}
		resp.Body.Close()
	}
	return all
}

// settle waits until all rooms are on these engines, and returns their figures.
func settle(t *testing.T, rooms int, engines ...*process) (f figures) {
	t.Helper()
	require.Eventually(t, func() bool {
		f = figuresOf(engines...)
		return int(f.rooms) == rooms
	}, patience, 20*time.Millisecond, "%v", lazy(func() string { return fmt.Sprint("rooms: ", f.rooms) }))
	return f
}

// populate has a member of each room on each engine, and counts the gaps that they are told of.
func populate(t *testing.T, engines []*process, rooms int) (gaps *atomic.Int64) {
	t.Helper()
	gaps = new(atomic.Int64)
	const ofOne = 250 // a connection is in 256 rooms at most
	var all sync.WaitGroup
	for i := range engines {
		dial := func(ctx context.Context, network, _ string) (nc net.Conn, err error) { // elsewhere, if that one is gone
			for k := range engines {
				var d net.Dialer
				if nc, err = d.DialContext(ctx, network, engines[(i+k)%len(engines)].addr); err == nil {
					return nc, nil
				}
			}
			return nil, err
		}
		for from := 0; from < rooms; from += ofOne {
			c, err := client.Dial(t.Context(), "ws://"+engines[i].addr+"/ws", client.Options{NetDial: dial})
			require.NoError(t, err)
			t.Cleanup(func() { _ = c.Close() })
			all.Go(func() {
				for r := from; r < min(from+ofOne, rooms); r++ {
					room, err := c.Join(t.Context(), fmt.Sprint("room-", r), client.JoinOptions{})
					if err != nil {
						t.Errorf("room-%d: %v", r, err)
						return
					}
					go func() {
						for e := range room.Events() {
							if _, ok := e.(client.Gap); ok {
								gaps.Add(1)
							}
						}
					}()
				}
			})
		}
	}
	all.Wait()
	return gaps
}

// An engine comes to rooms that are there, goes in peace, and one dies. CLUSTER_ROOMS=5000 is what the figures of the cluster's README are from.
func TestManyRoomsMove(t *testing.T) {
	rooms := int(number64(t, "CLUSTER_ROOMS", 300))
	nats := startNATS(t)
	args := []string{"--admin-token=" + operator, "--message-rate=0", "--log-level=info"}
	engines := connected(t, []string{nats.addr, nats.addr, nats.addr}, args...)
	gaps := populate(t, engines, rooms)
	before := settle(t, rooms, engines...)

	fourth := engine(t, 3, ports(t, 1)[0], append(args, "--cluster=nats://"+nats.addr)...)
	begun := time.Now()
	fourth.start()
	fourth.ready()
	took := time.Since(begun)
	after := settle(t, rooms, append(engines, fourth)...)
	moved := figuresOf(fourth).rooms
	require.Positive(t, moved)
	t.Logf("a fourth is ready after %.2f s, all rooms are there after %.2f s; %.0f have moved: %.0f B and %.2f ms of CPU each",
		took.Seconds(), time.Since(begun).Seconds(), moved, (after.sent-before.sent)/moved, 1000*(after.cpu-before.cpu)/moved)

	begun = time.Now()
	fourth.drain()
	t.Logf("it drains, and has ended after %.2f s", time.Since(begun).Seconds())
	before = settle(t, rooms, engines...)
	require.Zero(t, gaps.Load(), "nobody has noticed")

	lost := figuresOf(engines[2]).rooms
	before = figuresOf(engines[:2]...)
	begun = time.Now()
	engines[2].kill()
	after = settle(t, rooms, engines[:2]...)
	var buried time.Time
	for _, e := range engines[:2] { // whoever was first
		if at := e.lastly("a node's lease has run out"); !at.IsZero() {
			buried = at
		}
	}
	require.False(t, buried.IsZero())
	t.Logf("one is killed: after %.1f s its lease has run out, after %.1f s its %.0f rooms are at the others; %.2f ms of CPU each, of both",
		buried.Sub(begun).Seconds(), time.Since(begun).Seconds(), lost, 1000*(after.cpu-before.cpu)/lost)
	require.Eventually(t, func() bool { return gaps.Load() >= 2*int64(lost) }, patience, 10*time.Millisecond,
		"whose room has begun anew is told so")
}
