package gateway

import (
	"strings"
	"testing"

	"github.com/gobwas/ws"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
)

// limited gives a gateway a system whose connections may send 20 messages a second.
func limited(o *Options) {
	o.System = newSystem(actors.Options{Logger: o.Logger, MessageRate: 20})
}

// TestFloodsAreClosed: whatever it is that comes without end.
func TestFloodsAreClosed(t *testing.T) {
	for name, flood := range map[string]string{
		"pings":           ping("x"),
		"pongs":           masked(0x8a, "x"),
		"messages":        text(`{"type":"ping"}`),
		"empty fragments": masked(0x00, ""),
	} {
		t.Run(name, func(t *testing.T) {
			both(t, limited, func(t *testing.T, s *server) {
				p := s.ws(t, "/ws")
				if name == "empty fragments" {
					p.write(masked(0x01, "begun"))
				}
				go p.Conn.Write([]byte(strings.Repeat(flood, 5000)))
				require.Equal(t, "too many messages", p.wantClose(actors.ClosePolicy))
				p.Close()
				s.wantConnections(0)
				require.Equal(t, [Endings]uint64{EndedPolicy: 1}, s.g.Stats().Ended)
				require.Equal(t, [actors.Cuts]uint64{actors.CutFlood: 1}, s.sys.Stats().Cut)
			})
		})
	}
}

// TestTooManyPings are not answered, but what is within the rate is.
func TestTooManyPings(t *testing.T) {
	both(t, limited, func(t *testing.T, s *server) {
		p := s.ws(t, "/echo")
		p.write(strings.Repeat(ping("x"), 150))
		p.want(ws.OpPong, "x")
		require.Eventually(t, func() bool { return s.g.Stats().Pongs >= 30 }, patience, 1e6)
		s.wantConnections(1)
	})
}

// TestFragmentsWithinTheRate: a message may come in many pieces.
func TestFragmentsWithinTheRate(t *testing.T) {
	both(t, limited, func(t *testing.T, s *server) {
		p := s.ws(t, "/echo")
		p.write(masked(0x01, "a") + strings.Repeat(masked(0x00, "b"), 80) + masked(0x80, "c"))
		p.want(ws.OpText, "a"+strings.Repeat("b", 80)+"c")
	})
}
