package browsertest

import (
	"os"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/server"
)

// violation is one rule of axe-core that a page breaks.
type violation struct {
	ID, Impact, Help string
	Nodes            []string
}

// TestAccessibility has axe-core look at every page, in each theme and language, wide and narrow.
func TestAccessibility(t *testing.T) {
	axe, err := os.ReadFile("../node_modules/axe-core/axe.min.js")
	need(t, err == nil, "axe-core (npm ci in web)")
	c := everyday(t)
	home := engine(t, "127.0.0.1:0", func(c *server.Config) { c.Behavior = []string{"meeting-*=moderated", "call-*=call"} }).URL()
	link := home + "?room=axe"
	ada, bob := c.person(t, "ada", true), c.person(t, "bob", false)

	check := func(p *person, view string) {
		t.Helper()
		p.run(chromedp.Evaluate(string(axe), nil))
		for _, look := range []struct {
			scheme   string
			width    int64
			language string
		}{{"light", 1280, "en"}, {"dark", 360, "en"}, {"dark", 1280, "zh-CN"}, {"light", 360, "zh-CN"}} {
			p.run(
				emulation.SetDeviceMetricsOverride(look.width, 760, 1, false),
				emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{
					{Name: "prefers-color-scheme", Value: look.scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
				}))
			p.speaks(look.language)
			found := eval[[]violation](p, `axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations.map(
				({ id, impact, help, nodes }) => ({ id, impact, help, nodes: nodes.map((n) => n.html) })))`)
			for _, v := range found {
				t.Logf("%s, %v: %s (%s): %s %q", view, look, v.ID, v.Impact, v.Help, v.Nodes)
			}
			require.Empty(t, found, "%s, %v", view, look)
			require.LessOrEqual(t, eval[int](p, `document.documentElement.scrollWidth`), int(look.width), "%s, %v scrolls sideways", view, look)
		}
		p.speaks("en")
		p.look(view)
	}

	ada.lobby(link)
	check(ada, "lobby")
	bob.lobby(link)
	check(bob, "lobby without devices")
	ada.press("#settings-open")
	check(ada, "settings")
	ada.press("#help-open")
	check(ada, "help")
	ada.press("#help .primary")
	ada.press("#join")
	ada.summary(waiting)
	check(ada, "alone")
	bob.press("#join")
	bob.sees(other+" video", 1)
	for _, part := range []string{"chat", "people", "inside"} {
		ada.run(chromedp.Evaluate(`document.querySelector('#open-`+part+`').click()`, nil))
		if part == "chat" {
			ada.run(chromedp.SendKeys("#text", "hello\r", chromedp.ByQuery))
		}
		check(ada, part)
	}
	ada.press("#drop")
	ada.reads("#resume", "as the same member")
	check(ada, "inside, after a drop")
	check(bob, "in a call without devices")
	bob.press(other + " .bars")
	bob.reads("#figures", "VP8")
	check(bob, "quality")
	bob.press("#quality .primary")
	bob.press("#hang-up")
	bob.reads("#over h1", "left")
	check(bob, "over")
	ada.press("#hang-up")

	meeting := home + "?room=meeting-axe"
	ada.join(meeting)
	bob.lobby(meeting)
	bob.press("#join")
	bob.reads("#knocking h1", "Waiting to be let in")
	check(bob, "knocking")
	ada.press("#open-people")
	ada.reads("#knocks", "is at the door")
	check(ada, "at the door")

	desk := home + "?room=call-axe"
	for _, p := range []*person{ada, bob} {
		p.lobby(desk)
		p.press("#join")
		p.reads("#directory h1", "Who would you like to call?")
		if p == ada {
			check(p, "nobody to call")
		}
	}
	ada.reads("#callees", "Guest")
	check(ada, "directory")
	ada.press("#callees button")
	ada.reads("#ringing", "Calling")
	check(ada, "calling")
	bob.reads("#ringing", "is calling")
	check(bob, "ringing")
}
