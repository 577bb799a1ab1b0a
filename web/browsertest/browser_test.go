package browsertest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// patience is how long anything in a browser may take on a busy machine with two cores.
const patience = 30 * time.Second

// flags of every Chromium here: media and candidates without a network, nothing phoning home.
var flags = map[string]any{
	"headless":                          "new",
	"no-sandbox":                        true,
	"disable-gpu":                       true,
	"disable-quic":                      true,
	"no-first-run":                      true,
	"disable-background-networking":     true,
	"disable-component-update":          true,
	"disable-sync":                      true,
	"disable-dev-shm-usage":             true,
	"allow-loopback-in-peer-connection": true,
	"disable-features":                  "WebRtcHideLocalIpsWithMdns",
	"host-resolver-rules":               "MAP parley.test 127.0.0.1",
	"autoplay-policy":                   "no-user-gesture-required",
	"mute-audio":                        true,

	// Several windows share one screen, and none of them is in the background.
	"disable-background-timer-throttling":    true,
	"disable-backgrounding-occluded-windows": true,
	"disable-renderer-backgrounding":         true,
	"use-fake-device-for-media-stream":       "fps=10", // two cores are few
}

// chromium is the browser's path, "" where there is none.
func chromium() string {
	for _, name := range []string{os.Getenv("PARLEY_CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// need skips the test, or fails it where everything is required.
func need(t *testing.T, there bool, what string) {
	t.Helper()
	switch {
	case there:
	case os.Getenv("PARLEY_REQUIRE_ALL") == "1":
		require.FailNow(t, what+" is missing, and PARLEY_REQUIRE_ALL=1")
	default:
		t.Skip(what + " is missing")
	}
}

// chrome is one running Chromium.
type chrome struct{ ctx context.Context }

// launch starts a Chromium. change overrides flags; false takes one away.
func launch(change map[string]any) (*chrome, error) {
	options := []chromedp.ExecAllocatorOption{chromedp.ExecPath(chromium())}
	for _, set := range []map[string]any{flags, change} {
		for name, value := range set {
			options = append(options, chromedp.Flag(name, value))
		}
	}
	allocator, _ := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, _ := chromedp.NewContext(allocator)
	if err := chromedp.Run(ctx); err != nil {
		return nil, err
	}
	return &chrome{ctx}, nil
}

// close ends the browser and waits for it, also where it does not want to.
func (c *chrome) close() {
	_ = chromedp.Cancel(c.ctx)
}

// shared is the Chromium of all tests that need no other.
var shared = sync.OnceValues(func() (*chrome, error) { return launch(nil) })

// everyday is the shared Chromium.
func everyday(t *testing.T) *chrome {
	t.Helper()
	need(t, chromium() != "", "Chromium")
	c, err := shared()
	require.NoError(t, err)
	return c
}

// special is a Chromium of the test's own, which ends with it.
func special(t *testing.T, change map[string]any) *chrome {
	t.Helper()
	need(t, chromium() != "", "Chromium")
	c, err := launch(change)
	require.NoError(t, err)
	t.Cleanup(c.close)
	return c
}

func TestMain(m *testing.M) {
	code := m.Run()
	if chromium() != "" {
		if c, err := shared(); err == nil {
			c.close()
		}
	}
	os.Exit(code)
}

// executor sends commands to the browser as a whole.
func (c *chrome) executor() context.Context {
	return cdp.WithExecutor(c.ctx, chromedp.FromContext(c.ctx).Browser)
}

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
	id, err := target.CreateBrowserContext().Do(c.executor())
	require.NoError(t, err)
	t.Cleanup(func() { _ = target.DisposeBrowserContext(id).Do(c.executor()) })
	allow := func(setting browser.PermissionSetting) {
		for _, device := range []string{"camera", "microphone"} {
			set := browser.SetPermission(&browser.PermissionDescriptor{Name: device}, setting).WithBrowserContextID(id)
			require.NoError(t, set.Do(c.executor()))
		}
	}
	if devices {
		allow(browser.PermissionSettingGranted)
	} else {
		allow(browser.PermissionSettingDenied)
	}
	window, err := target.CreateTarget("about:blank").WithBrowserContextID(id).WithNewWindow(true).WithWidth(1280).WithHeight(800).Do(c.executor())
	require.NoError(t, err)
	ctx, cancel := chromedp.NewContext(c.ctx, chromedp.WithTargetID(window))
	t.Cleanup(cancel)
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
	for err != nil && ctx.Err() == nil && strings.Contains(err.Error(), "context") { // the page was loaded anew meanwhile
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
