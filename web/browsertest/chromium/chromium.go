// Package chromium runs Chromium for tests: one that is shared, with windows that share nothing.
package chromium

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// Patience is how long anything in a browser may take on a busy machine with two cores.
const Patience = 30 * time.Second

// flags of every Chromium: media and candidates without a network, nothing phoning home.
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

// path is where the browser is, "" where there is none.
func path() string {
	for _, name := range []string{os.Getenv("PARLEY_CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// Need skips the test where what it needs is not there, or fails it where everything is required.
func Need(t *testing.T, there bool, what string) {
	t.Helper()
	switch {
	case there:
	case os.Getenv("PARLEY_REQUIRE_ALL") == "1":
		require.FailNow(t, what+" is missing, and PARLEY_REQUIRE_ALL=1")
	default:
		t.Skip(what + " is missing")
	}
}

// Browser is one running Chromium.
type Browser struct {
	ctx    context.Context
	cancel context.CancelFunc
}

// launch starts a Chromium. change overrides flags; false takes one away.
func launch(change map[string]any) (*Browser, error) {
	options := []chromedp.ExecAllocatorOption{chromedp.ExecPath(path())}
	all := maps.Clone(flags)
	maps.Copy(all, change)
	for name, value := range all {
		options = append(options, chromedp.Flag(name, value))
	}
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, _ := chromedp.NewContext(allocator)
	if err := chromedp.Run(ctx); err != nil {
		cancel()
		return nil, err
	}
	return &Browser{ctx, cancel}, nil
}

// close ends the browser and waits for it, also where it does not want to.
func (b *Browser) close() {
	_ = chromedp.Cancel(b.ctx)
	b.cancel()
}

var shared = sync.OnceValues(func() (*Browser, error) { return launch(nil) })

// Shared is the Chromium of all tests of a package that need no other. See Main.
func Shared(t *testing.T) *Browser {
	t.Helper()
	Need(t, path() != "", "Chromium")
	b, err := shared()
	require.NoError(t, err)
	return b
}

// Special is a Chromium of the test's own, which ends with it. change overrides the flags that all
// have; false takes one away.
func Special(t *testing.T, change map[string]any) *Browser {
	t.Helper()
	Need(t, path() != "", "Chromium")
	b, err := launch(change)
	require.NoError(t, err)
	t.Cleanup(b.close)
	return b
}

// Main is the TestMain of packages that use Shared.
func Main(m *testing.M) {
	started := false
	launchShared := shared
	shared = func() (*Browser, error) {
		started = true
		return launchShared()
	}
	code := m.Run()
	if started {
		if b, err := shared(); err == nil {
			b.close()
		}
	}
	os.Exit(code)
}

// Executor sends commands to the browser as a whole.
func (b *Browser) Executor() context.Context {
	return cdp.WithExecutor(b.ctx, chromedp.FromContext(b.ctx).Browser)
}

// Profile is a browser context that shares nothing with others. It ends with the test.
func (b *Browser) Profile(t *testing.T) cdp.BrowserContextID {
	t.Helper()
	id, err := target.CreateBrowserContext().Do(b.Executor())
	require.NoError(t, err)
	t.Cleanup(func() { _ = target.DisposeBrowserContext(id).Do(b.Executor()) })
	return id
}

// Window opens an empty window of 1280 by 800; what is only a tab behind another one shows no
// pictures. The first chromedp.Run with the context that is returned connects to it, and both
// live as long as the test.
func (b *Browser) Window(t *testing.T, profile cdp.BrowserContextID) context.Context {
	t.Helper()
	id, err := target.CreateTarget("about:blank").WithBrowserContextID(profile).WithNewWindow(true).
		WithWidth(1280).WithHeight(800).Do(b.Executor())
	require.NoError(t, err)
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithTargetID(id))
	t.Cleanup(cancel)
	return ctx
}
