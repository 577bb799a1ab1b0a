package dialect_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/dialect"
	"github.com/parley-signaling/parley/gateway/dialect/apprtc"
	"github.com/parley-signaling/parley/gateway/dialect/native"
	"github.com/parley-signaling/parley/gateway/dialect/peerjs"
	"github.com/parley-signaling/parley/gateway/dialect/swoole"
	"github.com/parley-signaling/parley/gateway/dialect/tracker"
	"github.com/parley-signaling/parley/gateway/dialect/trystero"
	"github.com/parley-signaling/parley/gateway/dialect/ywebrtc"
	"github.com/parley-signaling/parley/gateway/dialecttest"
)

// counted counts what is encoded of the events of rooms. There is one for all connections of a node.
type counted struct {
	actors.Format
	events atomic.Int64
}

func (c *counted) Append(dst []byte, m wire.Message) []byte {
	if _, ok := m.(*wire.Event); ok {
		c.events.Add(1)
	}
	return c.Format.Append(dst, m)
}

// over is a Format in place of the dialect's.
func (c *counted) over(f actors.Format) actors.Format {
	if c.Format == nil {
		c.Format = f
	}
	return c
}

// TestOneEncodingForAll: what a room tells everybody is encoded once, and for those who are on
// other nodes of a cluster once there; what is for one client is encoded for that alone.
func TestOneEncodingForAll(t *testing.T) {
	const each = 20 // clients on each node
	fixed := func(text string) func(int) string { return func(int) string { return text } }
	of := func(d dialect.Dialect) func(*actors.System) (dialect.Dialect, error) {
		return func(*actors.System) (dialect.Dialect, error) { return d, nil }
	}
	for name, d := range map[string]struct {
		open    func(*actors.System) (dialect.Dialect, error)
		query   func(int) string
		enter   func(int) string // what the i-th says to be in the room; "": nothing
		say     string           // by the first
		heard   int              // by how many, in all
		encoded int              // how often, in all
	}{
		"native": {
			of(native.New()), fixed(""), fixed(`{"type":"join","room":"t"}`),
			`{"type":"send","room":"t","event":"e"}`, 3*each - 1, 3,
		},
		"swoole": {
			of(swoole.New()), fixed(""), fixed(`{"cmd":"subscribe","subject":"t"}`),
			`{"cmd":"publish","subject":"t","event":"e"}`, 3*each - 1, 3,
		},
		"y-webrtc": {
			of(ywebrtc.New()), fixed(""), fixed(`{"type":"subscribe","topics":["t"]}`),
			`{"type":"publish","topic":"t"}`, 3 * each, 3,
		},
		"trystero": {
			of(trystero.New()), fixed(""), fixed(`{"type":"subscribe","topic":"t"}`),
			`{"type":"publish","topic":"t","payload":1}`, 3 * each, 3,
		},
		"tracker": { // the answer, and one offer each to two others
			tracker.New, fixed(""),
			func(i int) string {
				return fmt.Sprintf(`{"action":"announce","info_hash":"aaaaaaaaaaaaaaaaaaaa","peer_id":"%020d"}`, i)
			},
			`{"action":"announce","info_hash":"aaaaaaaaaaaaaaaaaaaa","peer_id":"00000000000000000000","offers":[{"offer":{},"offer_id":"1"},{"offer":{},"offer_id":"2"}]}`, 3, 3,
		},
		"peerjs": {
			func(sys *actors.System) (dialect.Dialect, error) { return peerjs.New(sys, peerjs.Options{}) },
			func(i int) string { return fmt.Sprintf("key=peerjs&id=%d&token=t", i) }, fixed(""),
			`{"type":"OFFER","dst":"30"}`, 1, 1,
		},
		"apprtc": {
			func(sys *actors.System) (dialect.Dialect, error) { return apprtc.New(sys, apprtc.Options{}) }, fixed(""),
			func(i int) string { // the first and the last are in one call
				return fmt.Sprintf(`{"cmd":"register","roomid":"%d","clientid":"%d"}`, i%(3*each-1), i)
			},
			`{"cmd":"send","msg":"m"}`, 1, 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			dialecttest.InCluster(t, 3, actors.Options{}, d.open, func(t *testing.T, c *dialecttest.Cluster) {
				var all []*dialecttest.Talker
				var counts []*counted
				for node, b := range c.Nodes {
					count := new(counted)
					counts = append(counts, count)
					for i := range each {
						k := b.ConnectAs(d.query(node*each+i), count.over)
						if enter := d.enter(node*each + i); enter != "" {
							k.Says(enter)
						}
						all = append(all, k)
					}
				}
				synctest.Wait()
				for i, k := range all {
					for _, told := range k.Heard() {
						require.NotContains(t, strings.ToLower(told), "error", i)
					}
				}
				for _, count := range counts {
					count.events.Store(0)
				}
				all[0].Says(d.say)
				heard, encoded := 0, 0
				for _, k := range all {
					heard += len(k.Heard())
				}
				for _, count := range counts {
					encoded += int(count.events.Load())
				}
				require.Equal(t, d.heard, heard)
				require.Equal(t, d.encoded, encoded)
			})
		})
	}
}
