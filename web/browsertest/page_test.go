package browsertest

import (
	"context"
	"fmt"
	"strings"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

func awaitPromise(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }

// watchPeers keeps every peer connection that a page makes in __peers, before its scripts run.
func watchPeers() chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := page.AddScriptToEvaluateOnNewDocument(`{
			const Native = window.RTCPeerConnection
			window.__peers = []
			window.RTCPeerConnection = class extends Native {
				constructor(...all) { super(...all); window.__peers.push(this) }
			}
		}`).Do(ctx)
		return err
	})
}

// watchConsole puts what a page complains of into the test's log.
func (p *person) watchConsole() {
	chromedp.ListenTarget(p.ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			p.t.Log(p.name, "exception:", e.ExceptionDetails.Error())
		case *runtime.EventConsoleAPICalled:
			var said []string
			for _, a := range e.Args {
				said = append(said, strings.TrimSpace(string(a.Value)+" "+a.Description))
			}
			p.t.Log(p.name, "console:", strings.Join(said, " "))
		}
	})
}

// framesDecoded is the number of video frames decoded so far, over all peer connections.
func (p *person) framesDecoded() int {
	p.t.Helper()
	return eval[int](p, framesDecoded)
}

const framesDecoded = `(async () => {
	let frames = 0
	for (const pc of __peers)
		for (const s of (await pc.getStats()).values())
			if (s.type === 'inbound-rtp' && s.kind === 'video') frames += s.framesDecoded ?? 0
	return frames
})()`

// sees waits until video is decoded and shown by the element, at least more frames of it.
func (p *person) sees(video string, more int) {
	p.t.Helper()
	atLeast := p.framesDecoded() + more
	p.until(fmt.Sprintf(`document.querySelector(%q).videoWidth > 0`, video))
	p.until(fmt.Sprintf(`(async () => await %s >= %d)()`, framesDecoded, atLeast))
}

// status waits for the page's status line to say exactly this.
func (p *person) status(text string) {
	p.t.Helper()
	p.until(fmt.Sprintf(`document.querySelector('[role=status]').textContent === %q`, text))
}

// reads waits until the element is shown and contains the text.
func (p *person) reads(selector, text string) {
	p.t.Helper()
	p.until(fmt.Sprintf(`[...document.querySelectorAll(%q)].some((e) => e.checkVisibility() && e.textContent.includes(%q))`, selector, text))
}

// firstFrame is the time from navigation to the first decoded frame of the other's video.
func (p *person) firstFrame() float64 {
	p.t.Helper()
	p.until(`performance.getEntriesByName('parley:first-frame').length > 0`)
	return eval[float64](p, `performance.getEntriesByName('parley:first-frame')[0].startTime`)
}
