package browsertest

import (
	"os"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// violation is one rule of axe-core that a page breaks.
type violation struct {
	ID, Impact, Help string
	Nodes            []string
}

// TestAccessibility has axe-core look at every view of the page, light and dark, wide and narrow.
func TestAccessibility(t *testing.T) {
	axe, err := os.ReadFile("../node_modules/axe-core/axe.min.js")
	need(t, err == nil, "axe-core (npm ci in web)")
	c := everyday(t)
	link := engine(t, "127.0.0.1:0").URL() + "?room=axe"
	ada, bob, eve := c.person(t, "ada", true), c.person(t, "bob", false), c.person(t, "eve", true)

	check := func(p *person, view string) {
		p.run(chromedp.Evaluate(string(axe), nil))
		for _, scheme := range []string{"light", "dark"} {
			for _, width := range []int64{1280, 390} {
				p.run(
					emulation.SetDeviceMetricsOverride(width, 800, 1, false),
					emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{
						{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
					}))
				found := eval[[]violation](p, `axe.run().then(({ violations }) => violations.map(
					({ id, impact, help, nodes }) => ({ id, impact, help, nodes: nodes.map((n) => n.html) })))`)
				for _, v := range found {
					t.Logf("%s, %s, %d wide: %s (%s): %s %q", view, scheme, width, v.ID, v.Impact, v.Help, v.Nodes)
				}
				require.Empty(t, found, "%s, %s, %d wide", view, scheme, width)
				require.LessOrEqual(t, eval[int](p, `document.documentElement.scrollWidth`), int(width), "%s scrolls sideways", view)
			}
		}
	}

	ada.open(link)
	ada.status(waiting)
	check(ada, "alone")
	bob.open(link)
	bob.reads("#devices", "blocked")
	bob.sees("#remote", 1)
	ada.reads("#remote-note", "off")
	check(bob, "in a call without devices")
	check(ada, "in a call")
	eve.open(link)
	eve.reads("#over h2", "full")
	check(eve, "full")
}
