package browsertest

import (
	"os"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// says types a line into the chat and sends it.
func (p *person) says(text string) {
	p.t.Helper()
	p.run(chromedp.SendKeys(`input[name=text]`, text+"\r", chromedp.ByQuery))
}

// What is said while the line is down is heard once, when it is back; a reloaded page is the
// same guest, whom nobody has seen leave.
func TestChatExample(t *testing.T) {
	c := everyday(t)
	s := engine(t, "127.0.0.1:0")
	l := newLine(t, s.Addr().String())
	ada, bob := c.person(t, "ada", false), c.person(t, "bob", false)
	ada.open(s.URL() + "examples/chat.html")
	ada.reads("output", "open")
	bob.open(l.url() + "examples/chat.html")
	ada.reads("[role=log] p", "has joined")
	bob.says("first")
	ada.reads("[role=log] p:last-child", "first")
	l.cut()
	bob.reads("output", "reconnecting")
	bob.says("second")
	ada.says("meanwhile")
	l.mend()
	ada.reads("[role=log] p:last-child", "second")
	bob.reads("[role=log] p", "meanwhile")

	bob.run(chromedp.Reload())
	bob.reads("output", "open")
	bob.says("third")
	ada.reads("[role=log] p:last-child", "third")
	require.Equal(t, 3, eval[int](ada, `[...document.querySelectorAll('[role=log] p')].filter((line) => /first|second|third/.test(line.textContent)).length`))
	require.Equal(t, 1, eval[int](ada, `[...document.querySelectorAll('[role=log] p')].filter((line) => /has joined/.test(line.textContent)).length`))
	require.Zero(t, eval[int](ada, `[...document.querySelectorAll('[role=log] p')].filter((line) => /has left/.test(line.textContent)).length`))
}

// Two see each other; one goes, and the other sees that.
func TestCallExample(t *testing.T) {
	c := everyday(t)
	link := engine(t, "127.0.0.1:0").URL() + "examples/call.html?room=example"
	ada, bob := c.person(t, "ada", true), c.person(t, "bob", true)
	for _, p := range []*person{ada, bob} {
		p.open(link)
		p.run(chromedp.SendKeys(`input[name=name]`, p.name+"\r", chromedp.ByQuery))
		p.reads("figcaption", p.name+" (you)")
	}
	for _, p := range []*person{ada, bob} {
		p.until(`document.querySelectorAll('figure').length === 2`)
	}
	ada.sees("figure:nth-child(2) video", 5)
	bob.sees("figure:nth-child(2) video", 5)
	ada.reads("figcaption", "bob · connected")
	bob.open("about:blank")
	ada.until(`document.querySelectorAll('figure').length === 1`)
}

func TestExamplesAccessibility(t *testing.T) {
	axe, err := os.ReadFile("../node_modules/axe-core/axe.min.js")
	need(t, err == nil, "axe-core (npm ci in web)")
	p := everyday(t).person(t, "ada", true)
	home := engine(t, "127.0.0.1:0").URL() + "examples/"
	check := func(view string) {
		p.run(chromedp.Evaluate(string(axe), nil))
		for _, scheme := range []string{"light", "dark"} {
			for _, width := range []int64{1280, 360} {
				p.run(
					emulation.SetDeviceMetricsOverride(width, 800, 1, false),
					emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}))
				found := eval[[]string](p, `axe.run().then(({ violations }) =>
					violations.map(({ id, help, nodes }) => [id, help, ...nodes.map((n) => n.html)].join(' ')))`)
				require.Empty(t, found, "%s, %s, %d wide", view, scheme, width)
				require.LessOrEqual(t, eval[int](p, `document.documentElement.scrollWidth`), int(width), "%s scrolls sideways", view)
				if dir := os.Getenv("PARLEY_SCREENSHOTS"); dir != "" {
					var png []byte
					p.run(chromedp.CaptureScreenshot(&png))
					require.NoError(t, os.WriteFile(dir+"/"+view+"-"+scheme+"-"+map[int64]string{1280: "wide", 360: "phone"}[width]+".png", png, 0o644))
				}
			}
		}
	}
	p.open(home)
	check("index")
	p.open(home + "chat.html")
	p.reads("output", "open")
	check("chat empty")
	p.says("hello")
	p.reads("[role=log] p", "hello")
	check("chat")
	p.open(home + "call.html")
	check("call before")
	p.run(chromedp.SendKeys(`input[name=name]`, "ada\r", chromedp.ByQuery))
	p.reads("figcaption", "ada (you)")
	check("call")
}
