package browsertest

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// types presses keys, as on a keyboard.
func (p *person) types(keys string) { p.t.Helper(); p.run(chromedp.KeyEvent(keys)) }

// tabTo presses Tab until the element has the focus.
func (p *person) tabTo(selector string) {
	p.t.Helper()
	at := fmt.Sprintf(`document.activeElement?.matches(%q) ?? false`, selector)
	for range 40 {
		if eval[bool](p, at) {
			return
		}
		p.types(kb.Tab)
	}
	require.FailNow(p.t, "no way by Tab to "+selector)
}

// A whole call without a mouse.
func TestKeyboard(t *testing.T) {
	c := everyday(t)
	link := engine(t, "127.0.0.1:0").URL() + "?room=keys"
	ada, bob := c.person(t, "ada", true), c.person(t, "bob", true)
	bob.join(link)
	ada.lobby(link)
	ada.tabTo("#name")
	ada.types("ada")
	ada.tabTo("#join")
	ada.types(kb.Enter)
	ada.tiles(2)
	bob.reads(other, "ada")

	ada.types("m")
	bob.shows(other, true, true)
	ada.types("v")
	bob.shows(other, false, true)
	ada.types("mv")
	bob.shows(other, true, false)

	ada.types("c")
	ada.until(`document.activeElement.id === 'text'`)
	ada.types("mvs is not a shortcut here" + kb.Enter)
	bob.press("#open-chat")
	bob.reads("#messages", "mvs is not a shortcut here")
	bob.shows(other, true, false)
	ada.types(kb.Escape)
	ada.until(`document.querySelector('#panel').hidden && document.activeElement.id === 'open-chat'`)

	ada.types("?")
	ada.reads("#help", "Keyboard shortcuts")
	ada.types(kb.Escape)
	ada.until(`!document.querySelector('#help').open`)
	ada.types("1")
	ada.until(`document.querySelector('.tile[data-shape=whole] .pin').ariaPressed === 'true'`)
	ada.types("1")

	ada.tabTo("#hang-up")
	ada.types(kb.Enter)
	ada.reads("#over h1", "You have left the call")
	ada.tabTo("#again")
	ada.types(kb.Enter)
	ada.tiles(2)
}
