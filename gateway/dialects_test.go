package gateway

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/gateway/dialect"
	"github.com/parley-signaling/parley/gateway/dialect/apprtc"
	"github.com/parley-signaling/parley/gateway/dialect/peerjs"
	"github.com/parley-signaling/parley/gateway/dialect/swoole"
	"github.com/parley-signaling/parley/gateway/dialect/tracker"
	"github.com/parley-signaling/parley/gateway/dialect/trystero"
	"github.com/parley-signaling/parley/gateway/dialect/ywebrtc"
)

// others is a system with all dialects but the native one, each at its name.
func others(t *testing.T) func(*Options) {
	return func(o *Options) {
		o.System = newSystem(actors.Options{Logger: o.Logger})
		p, err := peerjs.New(o.System, peerjs.Options{})
		require.NoError(t, err)
		a, err := apprtc.New(o.System, apprtc.Options{})
		require.NoError(t, err)
		s, err := tracker.New(o.System)
		require.NoError(t, err)
		o.Routes = map[string]dialect.Dialect{
			"/swoole": swoole.New(), "/y-webrtc": ywebrtc.New(), "/trystero": trystero.New(), "/tracker": s, "/peerjs": p, "/apprtc": a,
		}
	}
}

// entering is what the clients of each say to be in a room; "": they are as they connect.
var entering = map[string]string{
	"/swoole":   `{"cmd":"subscribe","subject":"t"}`,
	"/y-webrtc": `{"type":"subscribe","topics":["t"]}`,
	"/trystero": `{"type":"subscribe","topic":"t"}`,
	"/tracker":  `{"action":"announce","info_hash":"aaaaaaaaaaaaaaaaaaaa","peer_id":"bbbbbbbbbbbbbbbbbbbb"}`,
	"/apprtc":   `{"cmd":"register","roomid":"t","clientid":"a"}`,

	"/peerjs?key=peerjs&id=a&token=t": "",
}

// TestDeadSocketsOfEveryDialect: a client that says nothing, not even that it is there, is out of its
// room when the time for a ping and its answer is over, whatever its protocol has for that itself.
func TestDeadSocketsOfEveryDialect(t *testing.T) {
	bubble(t, others(t), func(t *testing.T, g *Gateway, l *pipes) {
		for path, enter := range entering {
			p := l.dial(t)
			begin := time.Now()
			p.upgrade(path)
			if enter != "" {
				p.write(text(enter))
			}
			for op := ws.OpText; op != ws.OpPing; { // before it, what a protocol answers
				op, _ = p.frame()
			}
			require.LessOrEqual(t, time.Since(begin), 26*time.Second, path)
			require.Equal(t, 1, g.o.System.Stats().Members, path)
			p.wantClose(actors.ClosePing)
			require.LessOrEqual(t, time.Since(begin), 36*time.Second, path)
			p.wantEnd()
			synctest.Wait()
			require.Zero(t, g.o.System.Stats().Members, path)
		}
	})
}
