package browsertest

import (
	"net/url"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

const (
	waiting = "Waiting for others"
	two     = "2 in the call"
	three   = "3 in the call"
)

// asksNothing are the flags for a Chromium that lets a page share its screen unasked.
var asksNothing = map[string]any{"use-fake-ui-for-media-stream": true}

// Three people, from the first visit to the last leaving: two clicks to talk, a late joiner, a
// screen shown and taken back, chat, mute.
func TestCall(t *testing.T) {
	c := special(t, asksNothing)
	home := engine(t, "127.0.0.1:0").URL()
	ada, bob, eve := c.person(t, "ada", true), c.person(t, "bob", true), c.person(t, "eve", true)
	for _, p := range []*person{ada, bob, eve} {
		p.run(beforeScripts(small))
	}

	ada.join(home) // the first click; the second copies the link
	ada.summary(waiting)
	link := eval[string](ada, `location.href`)
	room, err := url.Parse(link)
	require.NoError(t, err)
	require.Regexp(t, `^([a-z]{2}){2}-([a-z]{2}){3}-([a-z]{2}){2}$`, room.Query().Get("room"))
	ada.isText("#say", room.Query().Get("room"))
	ada.press("#invite")
	ada.reads("#invite", "Copied")

	bob.join(link)
	ada.tiles(2)
	bob.tiles(2)
	ada.summary(two)
	bob.summary(two)
	t.Logf("navigation to the first decoded frame of the other's video: %.0f ms", bob.firstFrame())
	require.Len(t, eval[[]string](bob, `__peers.map((pc) => pc.connectionState)`), 1, "one peer connection is enough")

	eve.join(link)
	for _, p := range []*person{ada, bob, eve} {
		p.tiles(3)
		p.summary(three)
	}

	tile := func(p *person) string {
		return `.tile:has(.plate span:first-child:not(:empty)):has([aria-label="Pin ` + p.name + `"])`
	}
	bob.press("#camera")
	ada.shows(tile(bob), false, false)
	bob.press("#microphone")
	ada.shows(tile(bob), false, true)
	bob.press("#camera")
	eve.shows(tile(bob), true, true)

	bob.press("#screen")
	for _, p := range []*person{ada, eve} {
		p.reads(".tile[data-shape=whole]", "Screen of bob")
	}
	ada.until(`document.querySelector('.tile[data-shape=whole] video').videoWidth > 640`)
	ada.look("screen")
	require.Equal(t, "true", eval[string](bob, `document.querySelector('#screen').ariaPressed`))
	bob.press("#screen")
	ada.until(`document.querySelector('.tile[data-shape=whole]') === null`)
	ada.sees(tile(bob)+" video", 5)

	eve.press("#open-chat")
	eve.run(chromedp.SendKeys("#text", "grüße 你好\r", chromedp.ByQuery))
	ada.reads("#open-chat .badge", "1")
	ada.press("#open-chat")
	ada.reads("#messages", "grüße 你好")
	bob.press("#open-chat")
	bob.reads("#messages", "eve")
	require.False(t, eval[bool](bob, `document.querySelector('#messages').textContent.includes('through the server')`))

	ada.press("#open-inside")
	require.Equal(t, 4, eval[int](ada, `document.querySelectorAll('#picture .actor:not(rect)').length + 1`), "three connections and the room")
	require.Positive(t, eval[int](ada, `document.querySelectorAll('#frames li').length`))
	ada.look("inside, three")
	ada.press(tile(bob) + " .bars")
	ada.reads("#figures", "VP8")
	ada.reads("#quality-text", "host to host")
	ada.run(chromedp.KeyEvent(kb.Escape))

	eve.press("#hang-up")
	eve.reads("#over h1", "You have left the call")
	require.Empty(t, eval[string](eve, `(document.querySelector('#preview').srcObject?.getTracks() ?? []).filter((t) => t.readyState === 'live').join()`))
	ada.tiles(2)
	bob.press("#hang-up")
	ada.summary(waiting)
	eve.press("#again")
	eve.tiles(2)
	ada.summary(two)
}

// small has a page ask for small pictures: two cores encode and decode twelve of them.
const small = `if (window.MediaDevices) {
	const ask = MediaDevices.prototype.getUserMedia
	MediaDevices.prototype.getUserMedia = function (wish) {
		return ask.call(this, { ...wish, ...(wish.video && { video: { ...wish.video, width: 160, height: 120, frameRate: 10 } }) })
	}
}`

// Four parties, each of whom sees and hears the three others.
func TestFour(t *testing.T) {
	c := everyday(t)
	link := engine(t, "127.0.0.1:0").URL() + "?room=four"
	var all []*person
	for _, name := range []string{"ada", "bob", "eve", "dan"} {
		p := c.person(t, name, true)
		p.run(beforeScripts(small))
		p.join(link)
		all = append(all, p)
	}
	for _, p := range all {
		p.tiles(4)
		p.summary("4 in the call")
		p.until(`__peers.length === 3 && __peers.every((pc) => pc.connectionState === 'connected')`)
		p.until(hearsAll)
	}
}

// hearsAll is true once sound has come over every connection.
const hearsAll = `(async () => (await Promise.all(__peers.map(async (pc) =>
	[...(await pc.getStats()).values()].some((s) => s.type === 'inbound-rtp' && s.kind === 'audio' && s.packetsReceived > 0)))).every(Boolean))()`

// The article's links still work, whatever the room is called.
func TestArticlesLink(t *testing.T) {
	c := everyday(t)
	link := engine(t, "127.0.0.1:0").URL() + "?room_id=" + url.QueryEscape("房间 1")
	ada, bob := c.person(t, "ada", true), c.person(t, "bob", true)
	ada.join(link)
	bob.join(link)
	ada.tiles(2)
	bob.isText("#room-name", "房间 1")
}

// A page written for the article's Swoole server does a call without being changed.
func TestArticlesPage(t *testing.T) {
	c := everyday(t)
	home := engine(t, "127.0.0.1:0").URL()
	first, second := c.person(t, "first", true), c.person(t, "second", true)
	first.open(home + "article.html")
	first.until(`/room_id=[0-9a-z]+$/.test(location.search) && localStream !== null`)
	second.open(eval[string](first, `location.href`))
	first.sees("#remoteVideo", 10)
	second.sees("#remoteVideo", 10)
}
