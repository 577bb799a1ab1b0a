package browsertest

import (
	"net/url"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

const (
	waiting   = "Waiting for the other person…"
	connected = "Connected"
	left      = "The other person has left. You can wait here for them."
)

// Whoever opens the same link is in the call, two at a time.
func TestCall(t *testing.T) {
	c := everyday(t)
	home := engine(t, "127.0.0.1:0").URL()

	ada, bob, eve := c.person(t, "ada", true), c.person(t, "bob", true), c.person(t, "eve", true)
	ada.open(home)
	ada.status(waiting)
	link := eval[string](ada, `location.href`)
	room, err := url.Parse(link)
	require.NoError(t, err)
	require.Regexp(t, `^[0-9a-z]{8}$`, room.Query().Get("room"))
	require.Equal(t, link, eval[string](ada, `document.querySelector('#link').value`))

	bob.open(link)
	ada.sees("#remote", 10)
	bob.sees("#remote", 10)
	ada.status(connected)
	bob.status(connected)
	t.Logf("navigation to the first decoded frame of the other's video: %.0f ms", bob.firstFrame())
	require.Len(t, eval[[]string](bob, `__peers.map((pc) => pc.connectionState)`), 1, "one peer connection is enough")

	eve.open(link)
	eve.reads("#over h2", "This call is full")
	ada.status(connected)

	bob.press("#camera")
	ada.reads("#remote-note", "Their camera is off")
	bob.press("#microphone")
	ada.reads("#remote-note", "Their camera and microphone are off")
	bob.press("#camera")
	ada.reads("#remote-note", "Their microphone is off")
	ada.sees("#remote", 5)

	bob.press("#hang-up")
	bob.reads("#over h2", "You have left the call")
	ada.status(left)
	require.False(t, eval[bool](ada, `document.querySelector('#remote').checkVisibility()`))

	eve.press("#again")
	eve.sees("#remote", 5)
	ada.status(connected)
}

// A page that is loaded again is a new member at once, not after the linger.
func TestReload(t *testing.T) {
	c := everyday(t)
	link := engine(t, "127.0.0.1:0").URL() + "?room_id=" + url.QueryEscape("房间 1")
	ada, bob := c.person(t, "ada", true), c.person(t, "bob", true)
	ada.open(link)
	ada.status(waiting)
	bob.open(link)
	bob.sees("#remote", 5)
	for _, who := range []*person{ada, bob} {
		who.run(chromedp.Reload())
		ada.sees("#remote", 5)
		bob.sees("#remote", 5)
		ada.status(connected)
		bob.status(connected)
	}
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
