package browsertest

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/server"
	"github.com/parley-signaling/parley/gateway/client"
)

const adminToken = "a token of operators <b>&"

// operated starts an engine with operators, and people in some rooms; the first one's are in all
// of them and are returned.
func operated(t *testing.T, rooms ...string) (dashboard string, talk func(room, text string)) {
	t.Helper()
	s := engine(t, "127.0.0.1:0", func(c *server.Config) {
		c.AdminAddr, c.AdminToken, c.Version = "127.0.0.1:0", adminToken, "v1.2.3"
	})
	ctx := t.Context()
	first := map[string]*client.Room{}
	for i := range 2 {
		c, err := client.Dial(ctx, "ws"+strings.TrimPrefix(s.URL(), "http")+"ws", client.Options{Logger: slog.New(slog.DiscardHandler)})
		require.NoError(t, err)
		t.Cleanup(func() { _ = c.Close() })
		for n, name := range rooms {
			if i > 0 && n > 0 {
				break
			}
			r, err := c.Join(ctx, name, client.JoinOptions{Profile: "a profile"})
			require.NoError(t, err)
			go func() {
				for range r.Events() {
				}
			}()
			if i == 0 {
				first[name] = r
			}
		}
	}
	return "http://" + s.AdminAddr().String() + "/dashboard/", func(room, text string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		_, err := first[room].Send(ctx, "chat", text)
		require.NoError(t, err)
	}
}

// signIn opens the dashboard and shows the token.
func (p *person) signIn(dashboard string) {
	p.t.Helper()
	p.open(dashboard)
	p.until(`document.body.dataset.view === 'login' && document.activeElement.id === 'token'`)
	p.types(adminToken + kb.Enter)
	p.until(`document.body.dataset.view === 'overview'`)
}

// figure waits for a figure of the overview.
func (p *person) figure(nth int, text string) {
	p.t.Helper()
	p.isText(fmt.Sprintf(".figure:nth-child(%d) b", nth), text)
}

// The whole way of an operator, without a mouse but for what has none: in, figures that live,
// the list, one room, and out.
func TestDashboard(t *testing.T) {
	c := everyday(t)
	rooms := []string{"den", "<i>x</i>"}
	for i := range 30 {
		rooms = append(rooms, fmt.Sprintf("room-%02d", i))
	}
	dashboard, talk := operated(t, rooms...)
	ada := c.person(t, "ada", false)
	ada.open(dashboard)
	ada.until(`document.activeElement.id === 'token'`)
	ada.types("a wrong token" + kb.Enter)
	ada.reads("#login-problem", "That is not the token.")
	ada.signIn(dashboard)
	require.Equal(t, dashboard, eval[string](ada, `location.href`), "the token is in no address")
	require.Equal(t, `[null,"a token of operators <b>&"]`, eval[string](ada, `JSON.stringify([localStorage.getItem('parley:admin-token'), sessionStorage.getItem('parley:admin-token')])`))

	ada.figure(1, "2")
	ada.figure(2, "32")
	ada.figure(3, "33")
	ada.reads("#node", "Ready")
	ada.reads("#node", "v1.2.3")
	ada.until(`document.querySelectorAll('#map .room').length === 32`)
	ada.until(`document.querySelector('#map').getAttribute('aria-label').includes('the largest is den with 2 members')`)
	ada.until(`document.querySelector('.plot path.line').getAttribute('d').length > 10`)
	talk("den", "something secret")

	ada.tabTo("nav a[data-to=rooms]")
	ada.types(kb.Enter)
	ada.until(`document.querySelectorAll('#room-rows tr').length === 25 && document.activeElement.id === 'rooms-title'`)
	require.Equal(t, "<i>x</i>", eval[string](ada, `document.querySelector('#room-rows a').textContent`))
	ada.tabTo("#later")
	ada.types(kb.Enter)
	ada.until(`document.querySelectorAll('#room-rows tr').length === 7`)
	ada.press("#earlier")
	ada.until(`document.querySelectorAll('#room-rows tr').length === 25`)
	ada.press("#search")
	ada.types("de")
	ada.until(`document.querySelectorAll('#room-rows tr').length === 1 && document.querySelector('#room-rows').innerText.includes('den')`)
	ada.types("ath")
	ada.reads("#no-rooms", "death")
	ada.types(strings.Repeat(kb.Backspace, 3))
	ada.until(`document.querySelectorAll('#room-rows tr').length === 1`)
	ada.tabTo("#room-rows a")
	ada.types(kb.Enter)

	ada.reads("#room-title", "den")
	ada.until(`document.querySelectorAll('#member-rows li').length === 2`)
	ada.reads("#member-rows", "moderator")
	ada.reads("#event-rows", "chat")
	require.NotContains(t, eval[string](ada, `document.body.innerText`), "secret", "what is said is hidden")
	ada.tabTo("#event-rows button")
	ada.types(kb.Enter)
	ada.reads("#event-rows pre", "something secret")
	ada.until(`document.activeElement.textContent === 'Hide'`)
	ada.types(kb.Enter)
	ada.until(`!document.querySelector('#event-rows pre')`)
	ada.press("#payloads")
	ada.reads("#event-rows pre", "something secret")
	ada.reads("#event-rows pre", "a profile")
	talk("den", "and more of it")
	ada.reads("#event-rows pre", "and more of it")

	ada.press("#sign-out")
	ada.until(`document.body?.dataset.view === 'login' && sessionStorage.getItem('parley:admin-token') === null && !document.querySelector('#member-rows li')`)
}

// Another engine behind the same line: the page says that there is none, and goes on with the new one.
func TestDashboardComesBack(t *testing.T) {
	c := everyday(t)
	s := engine(t, "127.0.0.1:0", func(c *server.Config) { c.AdminAddr = "127.0.0.1:0" })
	line := newLine(t, s.AdminAddr().String())
	ada := c.person(t, "ada", false)
	ada.open(line.url() + "dashboard")
	ada.figure(1, "0") // without a token there is nothing to ask for
	ada.look("dashboard.empty")
	line.cut()
	ada.reads("#banner", "The engine does not answer")
	ada.isText("#node-state", "No answer")
	ada.look("dashboard.lost")
	line.mend()
	ada.isText("#banner", "")
	ada.isText("#node-state", "Ready")
	ada.until(`document.querySelector('#sign-out').hidden`)
}

// accessible has axe-core look at what the dashboard shows, and takes pictures of it.
func (p *person) accessible(view string) {
	p.t.Helper()
	axe, err := os.ReadFile("../node_modules/axe-core/axe.min.js")
	need(p.t, err == nil, "axe-core (npm ci in web)")
	p.run(chromedp.Evaluate(string(axe), nil))
	for _, look := range []struct {
		scheme   string
		width    int64
		language string
	}{{"light", 1440, "en"}, {"dark", 360, "en"}, {"dark", 900, "zh-CN"}, {"light", 360, "zh-CN"}} {
		p.run(
			emulation.SetDeviceMetricsOverride(look.width, 760, 1, false),
			emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{
				{Name: "prefers-color-scheme", Value: look.scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
			}))
		p.speaks(look.language)
		found := eval[[]violation](p, `axe.run().then(({ violations }) => violations.map(
			({ id, impact, help, nodes }) => ({ id, impact, help, nodes: nodes.map((n) => n.html) })))`)
		require.Empty(p.t, found, "%s, %v", view, look)
		require.LessOrEqual(p.t, eval[int](p, `document.documentElement.scrollWidth`), int(look.width), "%s, %v scrolls sideways", view, look)
	}
	p.speaks("en")
	p.run(emulation.ClearDeviceMetricsOverride(), emulation.SetEmulatedMedia())
	p.look("dashboard." + view)
}

func TestDashboardAccessibility(t *testing.T) {
	c := everyday(t)
	dashboard, talk := operated(t, "den", "a-room-with-a-name-that-is-longer-than-most-names-of-rooms-are", "W"+strings.Repeat("\u90e8\u5c4b", 20))
	for range 20 {
		talk("den", "hello")
	}
	ada := c.person(t, "ada", false)
	check := ada.accessible
	ada.open(dashboard)
	ada.until(`document.body.dataset.view === 'login'`)
	check("login")
	ada.signIn(dashboard)
	ada.figure(2, "3")
	check("overview")
	ada.press("#drain")
	ada.reads("#question-label", "drain")
	check("drain")
	ada.press("#question-no")
	ada.run(chromedp.Evaluate(`location.hash = '#/rooms'`, nil))
	ada.until(`document.querySelectorAll('#room-rows tr').length === 3`)
	check("rooms")
	ada.run(chromedp.Evaluate(`location.hash = '#/room//den'`, nil))
	ada.reads("#event-rows", "chat")
	ada.press("#payloads")
	ada.reads("#event-rows pre", "hello")
	check("room")
	ada.press("#lock")
	ada.isText("#lock-text", "Unlock")
	ada.press("#member-rows button")
	check("kick")
	ada.press("#question-no")
	ada.run(chromedp.Evaluate(`location.hash = '#/room//nowhere'`, nil))
	ada.reads("#room-gone", "This room is over")
	check("over")
}
