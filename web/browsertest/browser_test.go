package browsertest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/web/browsertest/chromium"
)

// patience is how long anything in a browser may take.
const patience = chromium.Patience

var need = chromium.Need

// chrome is one running Chromium.
type chrome struct{ *chromium.Browser }

// everyday is the Chromium of all tests that need no other.
func everyday(t *testing.T) *chrome {
	t.Helper()
	return &chrome{chromium.Shared(t)}
}

// special is a Chromium of the test's own, which ends with it.
func special(t *testing.T, change map[string]any) *chrome {
	t.Helper()
	return &chrome{chromium.Special(t, change)}
}

func TestMain(m *testing.M) { chromium.Main(m) }

// person is a browser context of its own (cookies, permissions) with one window, and what
// happens there.
type person struct {
	t    *testing.T
	name string
	ctx  context.Context
	wire *wiretap

	allowDevices, denyDevices func() // change the person's mind about camera and microphone
}

// person opens a window. With devices it may use camera and microphone unasked; else the
// browser says no.
func (c *chrome) person(t *testing.T, name string, devices bool) *person {
	t.Helper()
	id := c.Profile(t)
	allow := func(setting browser.PermissionSetting) {
		for _, device := range []string{"camera", "microphone"} {
			set := browser.SetPermission(&browser.PermissionDescriptor{Name: device}, setting).WithBrowserContextID(id)
			require.NoError(t, set.Do(c.Executor()))
		}
	}
	if devices {
		allow(browser.PermissionSettingGranted)
	} else {
		allow(browser.PermissionSettingDenied)
	}
	ctx := c.Window(t, id)
	p := &person{t: t, name: name, ctx: ctx, wire: tap(ctx)}
	p.allowDevices = func() { allow(browser.PermissionSettingGranted) }
	p.denyDevices = func() { allow(browser.PermissionSettingDenied) }
	p.watchConsole()
	require.NoError(t, chromedp.Run(ctx)) // the first Run's context lives as long as the window
	p.run(p.wire.enable(), watchPeers())
	return p
}

// run carries out actions in the window within patience.
func (p *person) run(actions ...chromedp.Action) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	require.NoError(p.t, chromedp.Run(ctx, actions...), p.name)
}

func (p *person) open(url string) {
	p.t.Helper()
	p.run(chromedp.Navigate(url))
}

// press clicks what the selector finds.
func (p *person) press(selector string) {
	p.t.Helper()
	p.run(chromedp.Click(selector, chromedp.ByQuery))
}

// until waits for a JavaScript expression to become true, and shows the page's state where
// it does not.
func (p *person) until(condition string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	wait := chromedp.Poll(condition, nil, chromedp.WithPollingInterval(30*time.Millisecond), chromedp.WithPollingTimeout(0))
	err := chromedp.Run(ctx, wait)
	reloaded := func() bool {
		return strings.Contains(err.Error(), "context") || strings.Contains(err.Error(), "navigated")
	}
	for err != nil && ctx.Err() == nil && reloaded() { // meanwhile
		err = chromedp.Run(ctx, wait)
	}
	if err != nil {
		require.FailNow(p.t, p.name+": never became true: "+condition, "%v; %s", err, p.state())
	}
}

// state is what to look at when something went wrong.
func (p *person) state() string {
	var seen string
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	err := chromedp.Run(ctx, chromedp.Evaluate(`JSON.stringify({
		url: location.href, text: document.body.innerText,
		peers: (window.__peers ?? []).map((pc) => [pc.signalingState, pc.iceConnectionState, pc.connectionState]) })`, &seen))
	return fmt.Sprint(seen, " ", err)
}

// eval is the value of a JavaScript expression, a promise's where it is one.
func eval[T any](p *person, expression string) (value T) {
	p.t.Helper()
	p.run(chromedp.Evaluate(expression, &value, chromedp.EvalAsValue, awaitPromise))
	return value
}
