package browsertest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/server"
	"github.com/parley-signaling/parley/gateway/client"
)

// front is a proxy to what operators see, which counts who looks on, and may hold up what they do.
type front struct {
	*httptest.Server

	mu     sync.Mutex
	live   int           // guarded by mu: streams that are open
	hold   chan struct{} // guarded by mu: writes wait until it is closed; nil: they do not
	writes []string      // guarded by mu: those that have come
}

func newFront(t *testing.T, s *server.Server) *front {
	t.Helper()
	to, err := url.Parse("http://" + s.AdminAddr().String())
	require.NoError(t, err)
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }, FlushInterval: -1}
	f := &front{}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/live") {
			f.count(1)
			defer f.count(-1)
		}
		if r.Method != http.MethodGet {
			<-f.comes(r.Method + " " + r.URL.Path)
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		f.release()
		f.CloseClientConnections()
		f.Close()
	})
	return f
}

func (f *front) count(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.live += n
}

func (f *front) looking() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.live
}

// holdUp has writes wait until release.
func (f *front) holdUp() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hold = make(chan struct{})
}

func (f *front) release() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.hold != nil {
		close(f.hold)
		f.hold = nil
	}
}

// comes notes a write, and is closed when it may go on.
func (f *front) comes(what string) <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.writes = append(f.writes, what)
	if f.hold != nil {
		return f.hold
	}
	open := make(chan struct{})
	close(open)
	return open
}

func (f *front) written() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.writes...)
}

// guest is a program in a room.
func guest(t *testing.T, s *server.Server, room string) (*client.Room, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c, err := client.Dial(t.Context(), "ws"+strings.TrimPrefix(s.URL(), "http")+"ws", client.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	r, err := c.Join(ctx, room, client.JoinOptions{})
	if err == nil {
		go func() {
			for range r.Events() {
			}
		}()
	}
	return r, err
}

// operators starts an engine whose operators go through a front.
func operators(t *testing.T) (*server.Server, *front) {
	t.Helper()
	s := engine(t, "127.0.0.1:0", func(c *server.Config) {
		c.AdminAddr, c.AdminToken, c.DrainWindow = "127.0.0.1:0", adminToken, time.Millisecond
	})
	return s, newFront(t, s)
}

func TestOperatorLocksARoom(t *testing.T) {
	c := everyday(t)
	s, f := operators(t)
	_, err := guest(t, s, "a/b c")
	require.NoError(t, err)
	ada := c.person(t, "ada", false)
	ada.signIn(f.URL + "/dashboard/")
	ada.open(f.URL + "/dashboard/#/room//a%2Fb%20c")
	ada.isText("#lock-text", "Lock")
	f.holdUp()
	ada.tabTo("#lock")
	ada.types(kb.Enter)
	ada.until(`document.querySelector('#room').ariaBusy === 'true' && [...document.querySelectorAll('#room-actions button')].every((b) => b.ariaDisabled === 'true')`)
	ada.types(kb.Enter)
	ada.run(chromedp.Evaluate(`document.querySelector('#close-room').click()`, nil))
	require.False(t, eval[bool](ada, `document.querySelector('#question').open`), "one thing at a time")
	f.release()
	ada.isText("#lock-text", "Unlock")
	ada.reads("#room-marks", "locked")
	ada.reads("#said", "nobody new gets in")
	ada.until(`document.activeElement.id === 'lock' && document.activeElement.ariaDisabled === 'false'`)
	require.Len(t, f.written(), 1)
	_, err = guest(t, s, "a/b c")
	require.ErrorContains(t, err, "locked")

	ada.types(kb.Enter)
	ada.isText("#lock-text", "Lock")
	_, err = guest(t, s, "a/b c")
	require.NoError(t, err)
}

func TestOperatorKicksAMember(t *testing.T) {
	c := everyday(t)
	s, f := operators(t)
	first, err := guest(t, s, "den")
	require.NoError(t, err)
	second, err := guest(t, s, "den")
	require.NoError(t, err)
	ada := c.person(t, "ada", false)
	ada.signIn(f.URL + "/dashboard/")
	ada.open(f.URL + "/dashboard/#/room//den")
	ada.until(`document.querySelectorAll('#member-rows li').length === 2`)
	button := `#member-rows button[aria-label="Kick ` + second.Self().ID + `"]`
	ada.tabTo(button)
	ada.types(kb.Enter)
	ada.reads("#question-title", second.Self().ID)
	ada.until(`document.activeElement.id === 'question-field'`)
	ada.types(kb.Escape)
	ada.until(`!document.querySelector('#question').open && document.activeElement.ariaLabel === 'Kick ` + second.Self().ID + `'`)
	require.True(t, second.Joined(), "nothing was done")

	f.holdUp()
	ada.types(kb.Enter)
	ada.until(`document.activeElement.id === 'question-field'`)
	ada.types("be kind" + kb.Enter)
	ada.until(`document.querySelector('#question').ariaBusy === 'true' && document.querySelector('#question-field').readOnly`)
	ada.types(kb.Escape)
	require.True(t, eval[bool](ada, `document.querySelector('#question').open`), "it is under way")
	ada.types(kb.Enter)
	f.release()
	ada.until(`!document.querySelector('#question').open && document.activeElement.id === 'members-title'`)
	ada.until(`document.querySelectorAll('#member-rows li').length === 1`)
	ada.reads("#said", "is out")
	require.Len(t, f.written(), 1)
	require.Eventually(t, func() bool { return second.Err() != nil }, patience, time.Millisecond)
	require.ErrorContains(t, second.Err(), "be kind")
	require.True(t, first.Joined())
	require.Eventually(t, func() bool { return len(first.Members()) == 0 }, patience, time.Millisecond, "the room knows")
}

func TestOperatorClosesARoom(t *testing.T) {
	c := everyday(t)
	s, f := operators(t)
	member, err := guest(t, s, "den")
	require.NoError(t, err)
	ada := c.person(t, "ada", false)
	ada.signIn(f.URL + "/dashboard/")
	ada.open(f.URL + "/dashboard/#/room//den")
	ada.press("#close-room")
	ada.reads("#question-title", "Close den?")
	ada.run(chromedp.SetValue("#question-field", strings.Repeat("é", 200), chromedp.ByQuery))
	ada.press("#question-yes")
	ada.reads("#question-problem", "text: 400 bytes, 0 to 256")
	require.True(t, member.Joined())
	ada.run(chromedp.SetValue("#question-field", "good night", chromedp.ByQuery))
	ada.press("#question-yes")
	ada.reads("#room-gone", "This room is over.")
	ada.until(`document.querySelector('#room-actions').hidden && document.activeElement.id === 'room-title'`)
	require.Eventually(t, func() bool { return member.Err() != nil }, patience, time.Millisecond)
}

// What the engine cannot do is said, and it can be tried again.
func TestOperatorIsToldWhatFails(t *testing.T) {
	c := everyday(t)
	s, f := operators(t)
	_, err := guest(t, s, "den")
	require.NoError(t, err)
	ada := c.person(t, "ada", false)
	ada.signIn(f.URL + "/dashboard/")
	ada.open(f.URL + "/dashboard/#/room//den")
	ada.isText("#lock-text", "Lock")
	ada.run(chromedp.Evaluate(`window.real = window.fetch; window.fetch = (to, o) => o?.body ? Promise.reject(new TypeError('cut')) : real(to, o)`, nil))
	ada.press("#lock")
	ada.reads("#room-problem", "It may have been done all the same")
	ada.press("#close-room")
	ada.press("#question-yes")
	ada.reads("#question-problem", "It may have been done all the same")
	ada.press("#question-no")
	ada.until(`document.activeElement.id === 'close-room'`)
	ada.run(chromedp.Evaluate(`window.fetch = real`, nil))
	ada.press("#lock")
	ada.isText("#lock-text", "Unlock")
	ada.isText("#room-problem", "")

	ada.run(chromedp.Evaluate(`sessionStorage.setItem('parley:admin-token', 'another one')`, nil))
	ada.press("#close-room")
	ada.press("#question-yes")
	ada.until(`document.body.dataset.view === 'login' && !document.querySelector('#question').open`)
}

func TestOperatorDrains(t *testing.T) {
	c := everyday(t)
	s, f := operators(t)
	ada := c.person(t, "ada", false)
	ada.signIn(f.URL + "/dashboard/")
	ada.run(chromedp.Evaluate(`window.heard = []; new MutationObserver(() => heard.push(said.textContent)).observe(said, { childList: true, characterData: true, subtree: true })`, nil))
	ada.tabTo("#drain")
	ada.types(kb.Enter)
	ada.until(`document.activeElement.id === 'question-field' && document.querySelector('#question-yes').disabled`)
	ada.types("drai" + kb.Enter)
	require.False(t, s.Draining())
	require.Empty(t, f.written())
	ada.types("n")
	ada.until(`!document.querySelector('#question-yes').disabled`)
	ada.types(kb.Enter)
	require.NoError(t, s.Wait())
	require.Equal(t, []string{"POST /api/v1/node/drain"}, f.written())
	ada.until(`heard.some((text) => text.includes('draining'))`) // what is said next takes its place
	ada.reads("#banner", "does not answer")
}

// A tab that nobody sees asks for nothing, and what it shows on return is no drop to zero.
func TestHiddenDashboardRests(t *testing.T) {
	c := everyday(t)
	s, f := operators(t)
	_, err := guest(t, s, "den")
	require.NoError(t, err)
	ada := c.person(t, "ada", false)
	ada.signIn(f.URL + "/dashboard/")
	ada.figure(1, "1")
	ada.until(`(document.querySelector('.figure .spark .line').getAttribute('d').match(/L/g) ?? []).length >= 2`)
	require.Equal(t, 1, f.looking())

	self := chromedp.FromContext(ada.ctx).Target.TargetID
	window, _, err := browser.GetWindowForTarget().WithTargetID(self).Do(c.Executor())
	require.NoError(t, err)
	become := func(state browser.WindowState) {
		require.NoError(t, browser.SetWindowBounds(window, &browser.Bounds{WindowState: state}).Do(c.Executor()))
	}
	become(browser.WindowStateMinimized)
	ada.until(`document.hidden`)
	require.Eventually(t, func() bool { return f.looking() == 0 }, patience, 10*time.Millisecond)
	require.Equal(t, "1", eval[string](ada, `document.querySelector('.figure b').textContent`))
	eval[bool](ada, `(window.rested = performance.now(), true)`)
	ada.until(`performance.now() - rested > 5000`) // a gap is longer than what is taken to go on
	become(browser.WindowStateNormal)
	ada.until(`!document.hidden`)
	require.Eventually(t, func() bool { return f.looking() == 1 }, patience, 10*time.Millisecond)
	ada.until(`(document.querySelector('.figure .spark .line').getAttribute('d').match(/M/g) ?? []).length === 2`)
	require.NotRegexp(t, `[ML][\d.]+ 22\.0`, eval[string](ada, `document.querySelector('.figure .spark .line').getAttribute('d')`), "connections were never 0")
	ada.isText("#banner", "")
}
