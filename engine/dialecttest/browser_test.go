package dialecttest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/server"
)

// patience is how long anything in a browser may take on a busy machine with two cores.
const patience = 30 * time.Second

// flags of the Chromium here: candidates without a network, nothing phoning home.
var flags = map[string]any{
	"headless":                               "new",
	"no-sandbox":                             true,
	"disable-gpu":                            true,
	"disable-quic":                           true,
	"no-first-run":                           true,
	"disable-background-networking":          true,
	"disable-component-update":               true,
	"disable-sync":                           true,
	"disable-dev-shm-usage":                  true,
	"allow-loopback-in-peer-connection":      true,
	"disable-features":                       "WebRtcHideLocalIpsWithMdns",
	"autoplay-policy":                        "no-user-gesture-required",
	"disable-background-timer-throttling":    true,
	"disable-backgrounding-occluded-windows": true,
	"disable-renderer-backgrounding":         true,
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

// needPackage wants a file of an npm package.
func needPackage(t *testing.T, file string) {
	t.Helper()
	_, err := os.Stat("node_modules/" + file)
	need(t, err == nil, "node_modules/"+file+" (npm ci in engine/dialecttest)")
}

// shared is the Chromium of all tests.
var shared = sync.OnceValues(func() (context.Context, error) {
	options := []chromedp.ExecAllocatorOption{chromedp.ExecPath(chromium())}
	for name, value := range flags {
		options = append(options, chromedp.Flag(name, value))
	}
	allocator, _ := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, _ := chromedp.NewContext(allocator)
	return ctx, chromedp.Run(ctx)
})

func TestMain(m *testing.M) {
	code := m.Run()
	if chromium() != "" {
		if ctx, err := shared(); err == nil {
			_ = chromedp.Cancel(ctx)
		}
	}
	os.Exit(code)
}

// engine starts one on a free port of this machine; it ends with the test. It serves the pages
// and packages of the tests, as a web server of one's own would.
func engine(t *testing.T, cfg server.Config) *server.Server {
	t.Helper()
	cfg.Addr = "127.0.0.1:0"
	cfg.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	mux := http.NewServeMux()
	mux.Handle("/test/", http.StripPrefix("/test/", http.FileServer(http.Dir("testdata"))))
	mux.Handle("/npm/", http.StripPrefix("/npm/", http.FileServer(http.Dir("node_modules"))))
	cfg.Handler = mux
	s, err := server.New(cfg)
	require.NoError(t, err)
	require.NoError(t, s.Start())
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		require.NoError(t, s.Shutdown(ctx))
	})
	return s
}

// page is one window.
type page struct {
	t    *testing.T
	name string
	ctx  context.Context
}

// open opens a window.
func open(t *testing.T, name, url string) *page {
	t.Helper()
	need(t, chromium() != "", "Chromium")
	browser, err := shared()
	require.NoError(t, err)
	// In a profile of its own, which shares nothing with others, and in a window of its own:
	// what is behind another tab shows no pictures.
	executor := cdp.WithExecutor(browser, chromedp.FromContext(browser).Browser)
	profile, err := target.CreateBrowserContext().Do(executor)
	require.NoError(t, err)
	t.Cleanup(func() { _ = target.DisposeBrowserContext(profile).Do(executor) })
	window, err := target.CreateTarget("about:blank").WithBrowserContextID(profile).WithNewWindow(true).Do(executor)
	require.NoError(t, err)
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithTargetID(window))
	t.Cleanup(cancel)
	p := &page{t, name, ctx}
	require.NoError(t, chromedp.Run(ctx)) // the first Run's context lives as long as the window
	p.run(chromedp.Navigate(url))
	return p
}

func (p *page) run(actions ...chromedp.Action) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	require.NoError(p.t, chromedp.Run(ctx, actions...), p.name)
}

// call calls a function of the page with arguments and returns what its promise comes to.
func call[T any](p *page, function string, args ...any) (value T) {
	p.t.Helper()
	list, err := json.Marshal(append([]any{}, args...))
	require.NoError(p.t, err)
	await := func(e *runtime.EvaluateParams) *runtime.EvaluateParams { return e.WithAwaitPromise(true) }
	p.run(chromedp.Evaluate(fmt.Sprintf("%s(...%s)", function, list), &value, chromedp.EvalAsValue, await))
	return value
}
