package dialecttest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"testing"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/server"
	"github.com/parley-signaling/parley/web/browsertest/chromium"
)

// patience is how long anything in a browser may take.
const patience = chromium.Patience

var need = chromium.Need

func TestMain(m *testing.M) { chromium.Main(m) }

// needPackage wants a file of an npm package.
func needPackage(t *testing.T, file string) {
	t.Helper()
	_, err := os.Stat("node_modules/" + file)
	need(t, err == nil, "node_modules/"+file+" (npm ci in engine/dialecttest)")
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
	browser := chromium.Shared(t)
	ctx := browser.Window(t, browser.Profile(t))
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
