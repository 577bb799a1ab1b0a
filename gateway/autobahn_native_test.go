package gateway

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gobwas/ws"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/roomtest"
	"github.com/parley-signaling/parley/actors/wire"
)

// TestNativeHoweverFramed is sections 5, 9 and 10 with our own subprotocols, text and binary:
// a member who tells itself something hears the same, however its message was cut into frames
// and those into segments, with pings between them.
func TestNativeHoweverFramed(t *testing.T) {
	both(t, nil, func(t *testing.T, s *server) {
		for _, c := range []wire.Codec{wire.JSON, wire.Msgpack} {
			for _, size := range []int{0, 1, 1000, 60_000} {
				for _, cut := range []int{1, 7, 126, 1300, wire.MaxMessage} {
					if size/cut > 2000 {
						continue
					}
					t.Run(fmt.Sprint(c, " ", size, " in ", cut), func(t *testing.T) { tellOneself(s.native(t, c), c, size, cut) })
				}
			}
		}
	})
}

// native opens a connection in the codec's subprotocol.
func (s *server) native(t *testing.T, c wire.Codec) *peer {
	return s.ws(t, "/ws", "Sec-WebSocket-Protocol: parley.v1."+c.String())
}

func tellOneself(p *peer, c wire.Codec, size, cut int) {
	p.Helper()
	op := map[wire.Codec]ws.OpCode{wire.JSON: ws.OpText, wire.Msgpack: ws.OpBinary}[c]
	next := func(want string) roomtest.Msg {
		p.Helper()
		for {
			got, b := p.frame()
			if got == ws.OpPong {
				continue
			}
			require.Equal(p, op, got)
			m, err := roomtest.Decode(c, []byte(b))
			require.NoError(p, err)
			require.Equal(p, want, m.Type(), "%v", m)
			return m
		}
	}
	p.write(masked(0x80|byte(op), string(roomtest.Encode(c, map[string]any{"type": "join", "id": 1, "room": "r" + p.LocalAddr().String()}))))
	joined := next("joined")
	self := joined["self"].(map[string]any)["member"]

	data := strings.Repeat("é**", size/4) + strings.Repeat("*", size%4)
	m := map[string]any{"type": "send", "room": joined["room"], "event": "told", "to": self, "data": data}
	for i, f := range fragments(byte(op), string(roomtest.Encode(c, m)), cut) {
		p.write(f)
		if i < 20 {
			p.write(ping(fmt.Sprint(i)))
		}
	}
	require.Equal(p, data, next("event")["data"])
	p.write(closing(1000, ""))
	p.wantClose(1000)
	p.wantEnd()
}
