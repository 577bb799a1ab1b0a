package browsertest

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// lesson is a section of the SDK's README: a page and its script.
func lesson(t *testing.T, title string) (html, script string) {
	t.Helper()
	readme, err := os.ReadFile("../sdk/README.md")
	require.NoError(t, err)
	found := regexp.MustCompile("(?s)## " + title + "\n\n```html\n(.*?)```\n\n```js\n(.*?)```").FindSubmatch(readme)
	require.NotNil(t, found, title)
	return string(found[1]), string(found[2])
}

// follow does what the README says in an empty page.
func (p *person) follow(url, html, script string) {
	p.t.Helper()
	script = strings.NewReplacer("'parley-signaling/webrtc'", "'"+url+"sdk/webrtc.js'", "'parley-signaling'", "'"+url+"sdk/parley.js'").Replace(script)
	p.open(url + "blank.html")
	p.run(chromedp.Evaluate(fmt.Sprintf(`document.body.append(document.createRange().createContextualFragment(%q))`, html), nil))
	eval[bool](p, fmt.Sprintf(`import(URL.createObjectURL(new Blob([%q], { type: 'text/javascript' }))).then(() => true)`, script))
}

// lines are those that are not blank.
func lines(script string) (n int) {
	for line := range strings.Lines(script) {
		if strings.TrimSpace(line) != "" {
			n++
		}
	}
	return n
}

// The README's chat and call do what it says, in 15 and in 30 lines.
func TestReadme(t *testing.T) {
	c := everyday(t)
	url := engine(t, "127.0.0.1:0").URL()
	ada, bob := c.person(t, "ada", true), c.person(t, "bob", true)

	html, chat := lesson(t, "A chat")
	require.LessOrEqual(t, lines(chat), 15)
	ada.follow(url, html, chat)
	bob.follow(url, html, chat)
	ada.reads("li", "has joined")
	bob.says("hello")
	ada.reads("li", ": hello")
	bob.reads("li", "You: hello")

	html, call := lesson(t, "A call")
	require.LessOrEqual(t, lines(call), 30)
	ada.follow(url, html, call)
	bob.follow(url, html, call)
	for _, p := range []*person{ada, bob} {
		p.until(`document.querySelectorAll('video').length === 2`)
		p.sees("video:nth-child(2)", 5)
	}
}
