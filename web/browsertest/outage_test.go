package browsertest

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// losing has the window's peer connections lose so many packets of a hundred; WebSockets are
// not touched.
func losing(percent float64) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		all := []*network.Conditions{{DownloadThroughput: -1, UploadThroughput: -1, PacketLoss: percent}}
		_, err := network.EmulateNetworkConditionsByRule(false, all).Do(ctx)
		return err
	})
}

// The path between two peers dies, as when a network is changed: both say so and restart ICE
// by themselves, and when there is a path again the same connection goes on.
func TestPathLost(t *testing.T) {
	p := everyday(t).person(t, "ada", true)
	p.script(engine(t, "127.0.0.1:0").URL(), "pair.js")
	p.run(losing(0.0001)) // what is there before a connection is made can be changed afterwards
	eval[bool](p, `(async () => {
		globalThis.call = await m.pair('path')
		await call.up()
		globalThis.credentials = () => call.peers.map(({ pc }) => /ice-ufrag:(.*)/.exec(pc.localDescription.sdp)[1])
		globalThis.before = credentials()
		globalThis.seen = call.peers.map((peer) => {
			const states = []
			peer.on('state', ({ state }) => states.push(state))
			return states
		})
		return true
	})()`)
	p.run(losing(100))
	p.until(`call.peers.every(({ state }) => state === 'failed')`) // after patience, on the test's fast clock
	p.run(losing(0.0001))
	p.until(`call.peers.every(({ state, pc }) => state === 'connected' && pc.signalingState === 'stable')`)
	require.Equal(t, "again", eval[string](p, `m.echo(call, 'again')`))
	require.True(t, eval[bool](p, `credentials().every((c, i) => c !== before[i])`), "ICE was restarted")
	for _, states := range eval[[][]string](p, `seen`) {
		require.Equal(t, "reconnecting", states[0])
		require.Equal(t, "connected", states[len(states)-1])
	}
	require.Len(t, eval[[]string](p, `__peers.map((pc) => pc.connectionState)`), 2, "the same connections")
	require.Empty(t, eval[[]string](p, `m.errors`))
}
