package browsertest

import (
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/server"
)

// A call that goes straight is sent through the engine's TURN server, and back, as one likes.
func TestForceRelay(t *testing.T) {
	c := everyday(t)
	link := engine(t, "127.0.0.1:0", func(c *server.Config) {
		c.TURNAddr, c.TURNPrivatePeers = "127.0.0.1:0", true
	}).URL() + "?room=relay"
	ada, bob := c.person(t, "ada", true), c.person(t, "bob", true)
	ada.join(link)
	bob.join(link)
	ada.tiles(2)
	ada.press("#open-inside")
	require.False(t, eval[bool](ada, `document.querySelector('#relay').disabled`))
	ada.press("#relay")
	ada.reads(other+" .relayed", "Relayed")
	bob.reads(other+" .relayed", "Relayed")
	ada.sees(other+" video", 5)
	bob.sees(other+" video", 5)
	ada.press(other + " .bars")
	ada.reads("#quality-text", "Through a relay: relay to")
	ada.types(kb.Escape)
	ada.press("#relay")
	ada.until(`!document.querySelector('.relayed').checkVisibility()`)
	ada.sees(other+" video", 5)
}
