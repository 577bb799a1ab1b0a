package browsertest

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// All that travels to a browser for the first visit, counted at a TCP proxy: every byte of every
// answer, its head included. The second visit asks for the page alone. No WebSocket is wanted
// before the first paint, nor until one joins.
func TestWeight(t *testing.T) {
	const limit = 52 << 10
	p := special(t, nil).person(t, "ada", true)
	l := newLine(t, engine(t, "127.0.0.1:0").Addr().String())
	p.lobby(l.url())
	p.until(`document.readyState === 'complete'`)
	heard := l.heardBytes()
	t.Logf("%d bytes for the first visit", heard)
	require.Less(t, heard, limit)
	require.Greater(t, heard, limit/2, "it is all there")
	files := eval[[]string](p, `performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname)`)
	require.LessOrEqual(t, len(files), 5, "%q", files) // the icon is used twice
	require.Zero(t, p.wire.sockets())

	p.run(chromedp.Navigate(l.url() + "?room=again"))
	p.until(`document.readyState === 'complete' && document.querySelector('#lobby-room').textContent === 'again'`)
	again := l.heardBytes() - heard
	t.Logf("%d bytes for the second", again)
	require.Less(t, again, 6<<10)

	p.press("#join")
	p.summary(waiting)
	require.Equal(t, 1, p.wire.sockets())
}
