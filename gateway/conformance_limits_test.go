package gateway_test

import (
	"strings"
	"testing"

	"github.com/gobwas/ws"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/roomtest"
	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/gatewaytest"
)

// TestWrongKind: a binary frame on JSON, a text frame on msgpack close with 1003.
func TestWrongKind(t *testing.T) {
	both(t, func(t *testing.T, portable bool) {
		w := newWitnesses(t, portable)
		for c, op := range map[wire.Codec]ws.OpCode{wire.JSON: ws.OpBinary, wire.Msgpack: ws.OpText} {
			x := w.inRoom(c)
			x.Line().(*gatewaytest.Line).Frame(op, roomtest.Encode(wire.JSON, map[string]any{"type": "ping"}))
			require.Equal(t, 1003, x.Closed())
			w.relay()
		}
	})
}

// TestAbuse: more than 32 messages answered bad_frame in a minute close with 1008; any number
// of bad requests does not.
func TestAbuse(t *testing.T) {
	both(t, func(t *testing.T, portable bool) {
		w := newWitnesses(t, portable)
		eachCodec(t, func(t *testing.T, c wire.Codec) {
			w := w.on(t)
			x := w.inRoom(c)
			for range 200 {
				x.Do("send", "room", "own", "id", 7)
				x.Expect("error", "code", "bad_request", "id", 7)
			}
			for range 32 {
				x.Frame([]byte("x"))
				x.Expect("error", "code", "bad_frame", "id", roomtest.Absent)
			}
			x.Quiet()
			w.relay()
			x.Frame([]byte("x"))
			if m := x.Next(); m.Type() == "error" {
				require.Equal(t, "bad_frame", m["code"])
			} else {
				require.EqualValues(t, 1008, m["code"])
			}
			require.Equal(t, 1008, x.Closed())
			w.relay()
		})
	})
}

// TestMessageLimit: 64 KiB may be sent and are relayed, one byte more closes with 1009.
func TestMessageLimit(t *testing.T) {
	both(t, func(t *testing.T, portable bool) {
		w := newWitnesses(t, portable)
		eachCodec(t, func(t *testing.T, c wire.Codec) {
			w := w.on(t)
			x, y := w.PeerOf(c), w.PeerOf(1-c)
			room := "big " + c.String()
			x.Join(room)
			y.Join(room)
			x.Expect("member")
			sized := func(n int) []byte {
				m := map[string]any{"type": "send", "room": room, "event": "e", "data": strings.Repeat("d", 65_000)}
				over := n - len(roomtest.Encode(c, m))
				m["data"] = strings.Repeat("d", 65_000+over)
				b := roomtest.Encode(c, m)
				require.Len(t, b, n)
				return b
			}
			x.Frame(sized(64 << 10))
			require.Greater(t, len(y.Expect("event")["data"].(string)), 65_000)
			x.Frame(sized(64<<10 + 1))
			require.Equal(t, 1009, x.Closed())
			y.Expect("member", "change", "suspended")
			w.relay()
		})
	})
}
