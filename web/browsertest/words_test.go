package browsertest

import (
	"net"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/server"
)

// Without devices one joins all the same, sees the other, and is told why one is not seen.
func TestPermissionDenied(t *testing.T) {
	c := everyday(t)
	link := engine(t, "127.0.0.1:0").URL() + "?room=denied"
	ada, bob := c.person(t, "ada", true), c.person(t, "bob", false)
	bob.join(link)
	bob.reads("#devices", "Camera and microphone are blocked for this page.")
	bob.look("denied")
	bob.summary(waiting)
	ada.join(link)
	bob.sees(other+" video", 5)
	ada.summary(two)
	ada.shows(other, false, true)

	bob.allowDevices()
	bob.press("#devices button")
	ada.sees(other+" video", 5)
	ada.shows(other, true, false)
}

func TestNoDevices(t *testing.T) {
	c := special(t, map[string]any{"use-fake-device-for-media-stream": false})
	link := engine(t, "127.0.0.1:0").URL() + "?room=none"
	ada := c.person(t, "ada", true)
	ada.join(link)
	ada.reads("#devices", "No camera and no microphone were found.")
	ada.look("no devices")
	ada.summary(waiting)
	ada.press("#language")
	ada.summary("等待其他人")
	require.Equal(t, "zh-CN", eval[string](ada, `document.documentElement.lang`))
}

// A page over plain HTTP from another name than localhost has no navigator.mediaDevices.
func TestInsecureContext(t *testing.T) {
	c := everyday(t)
	_, port, _ := net.SplitHostPort(engine(t, "127.0.0.1:0").Addr().String())
	ada := c.person(t, "ada", true)
	ada.join("http://parley.test:" + port + "/?room=plain")
	ada.reads("#devices", "Browsers allow camera and microphone only on https pages or on localhost")
	ada.look("insecure")
	ada.summary(waiting)
	ada.press("#copy") // the clipboard, too, is for secure contexts only
	ada.reads("#copy", "Copied")
}

// What keeps somebody out, and what throws somebody out, is said in words of its own.
func TestRefusals(t *testing.T) {
	c := everyday(t)
	s := engine(t, "127.0.0.1:0", func(c *server.Config) { c.RoomCapacity = 2 })
	link := s.URL() + "?room=small"
	ada, bob, eve := c.person(t, "ada", true), c.person(t, "bob", false), c.person(t, "eve", false)
	refused := func(p *person, title string) {
		t.Helper()
		p.lobby(link)
		p.press("#join")
		p.reads("#over h1", title)
		p.look(title)
	}
	ada.join(link)
	bob.join(link)
	refused(eve, "This call is full")

	ada.press("#open-people")
	ada.reads("#people", "bob")
	ada.press("#people button")
	bob.reads("#over h1", "You were removed from the call")
	bob.look("kicked")
	ada.press("#lock")
	ada.until(`document.querySelector('#lock').checked`)
	refused(eve, "This call is locked")
	link = s.URL() + "?room=" + strings.Repeat("x", 129)
	refused(eve, "This link names no call")
}

// A call is of six; who is one too many leaves again.
func TestSix(t *testing.T) {
	c := everyday(t)
	home := engine(t, "127.0.0.1:0").URL()
	crowd, ada := c.person(t, "crowd", false), c.person(t, "ada", false)
	crowd.script(home, "storm.js")
	eval[bool](crowd, `(async () => {
		const { connect } = await import('/sdk/parley.js')
		globalThis.rooms = await Promise.all([...'abcdef'].map((name) => connect('/ws', { storage: null }).join('crowd', { profile: { name } })))
		return true
	})()`)
	ada.lobby(home + "?room=crowd")
	ada.press("#join")
	ada.reads("#over h1", "This call is full")
	eval[bool](crowd, `rooms[2].leave().then(() => true)`)
	ada.press("#again")
	ada.until(`document.querySelectorAll('.tile').length === 6`)
	ada.look("six")
}

// A waiting room: who knocks is told so, and the host decides.
func TestWaitingRoom(t *testing.T) {
	c := everyday(t)
	link := engine(t, "127.0.0.1:0", func(c *server.Config) { c.Behavior = []string{"meeting-*=moderated"} }).URL() + "?room=meeting-monday"
	ada, bob, eve := c.person(t, "ada", true), c.person(t, "bob", true), c.person(t, "eve", false)
	ada.join(link)
	for _, p := range []*person{bob, eve} {
		p.lobby(link)
		p.run(chromedp.SetValue("#name", p.name, chromedp.ByQuery))
		p.press("#join")
		p.reads("#knocking h1", "Waiting to be let in")
	}
	ada.reads("#open-people .badge", "2")
	ada.press("#open-people")
	ada.reads("#knocks", "bob is at the door")
	ada.reads("#knocks", "eve is at the door")
	ada.press("#knocks li:nth-child(2) button:first-of-type")
	eve.reads("#over h1", "You were not let in")
	eve.look("refused")
	ada.press("#knocks .primary")
	ada.tiles(2)
	bob.tiles(2)
	ada.press("#people li:nth-child(2) button") // makes bob the host
	bob.press("#open-people")
	bob.reads("#people li:first-child", "Host")
}

// A room whose members ring each other.
func TestRinging(t *testing.T) {
	c := everyday(t)
	link := engine(t, "127.0.0.1:0", func(c *server.Config) { c.Behavior = []string{"call-*=call"} }).URL() + "?room=call-desk"
	ada, bob := c.person(t, "ada", true), c.person(t, "bob", true)
	for _, p := range []*person{ada, bob} {
		p.lobby(link)
		p.run(chromedp.SetValue("#name", p.name, chromedp.ByQuery))
		p.press("#join")
		p.reads("#directory h1", "Who would you like to call?")
	}
	ada.press("#callees button")
	ada.reads("#ringing", "Calling bob")
	bob.reads("#ringing", "ada is calling")
	bob.press("#decline")
	ada.reads("#directory-text", "bob has declined.")
	bob.press("#callees button")
	ada.reads("#ringing", "bob is calling")
	ada.press("#accept")
	ada.tiles(2)
	bob.tiles(2)
	bob.run(chromedp.Reload()) // goes on with it
	ada.tiles(2)
	bob.tiles(2)
	ada.press("#hang-up")
	bob.reads("#directory", "The call has ended.")
	ada.reads("#callees", "bob")
}
