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

// beforeScripts runs a script in every page from now on, before the page's own.
func beforeScripts(script string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := page.AddScriptToEvaluateOnNewDocument(script).Do(ctx)
		return err
	})
}

// watchPeers keeps every peer connection that a page makes in __peers, before its scripts run.
func watchPeers() chromedp.Action {
	return beforeScripts(`{
		const Native = window.RTCPeerConnection
		window.__peers = []
		window.RTCPeerConnection = class extends Native {
			constructor(...all) { super(...all); window.__peers.push(this) }
		}
	}`)
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
	p.until(fmt.Sprintf(`document.querySelector(%q)?.videoWidth > 0`, video))
	p.until(fmt.Sprintf(`(async () => await %s >= %d)()`, framesDecoded, atLeast))
}

// other is the tile of somebody else, in a call of two.
const other = ".tile:not([data-me])"

// lobby opens the link and waits for camera and microphone, or for the reason why there is none.
func (p *person) lobby(link string) {
	p.t.Helper()
	p.open(link)
	p.until(`document.querySelector('#preview').checkVisibility() || document.querySelector('#devices') !== null`)
}

// join opens the link and enters the call under the person's name, and waits until it is in.
func (p *person) join(link string) {
	p.t.Helper()
	p.lobby(link)
	p.run(chromedp.SetValue("#name", p.name, chromedp.ByQuery))
	p.press("#join")
	p.until(`document.body.dataset.stage === 'call'`)
}

// summary waits for the header to say exactly this of the call.
func (p *person) summary(text string) { p.t.Helper(); p.isText("#summary", text) }

// line waits for the banner to say exactly this of the line to the server; "": all is well.
func (p *person) line(text string) { p.t.Helper(); p.isText("#banner[role=status] #line", text) }

// isText waits until the element says exactly this.
func (p *person) isText(selector, text string) {
	p.t.Helper()
	p.until(fmt.Sprintf(`document.querySelector(%q)?.textContent === %q`, selector, text))
}

// tiles waits until so many people are shown, oneself included, and the others' video moves.
func (p *person) tiles(n int) {
	p.t.Helper()
	p.until(fmt.Sprintf(`document.querySelectorAll('.tile').length === %d`, n))
	p.until(fmt.Sprintf(`[...document.querySelectorAll('%s video')].filter((v) => v.checkVisibility() && v.videoWidth > 0).length === %d`, other, n-1))
}

// shows waits until the tile shows exactly these of "picture" and "muted".
func (p *person) shows(tile string, picture, muted bool) {
	p.t.Helper()
	p.until(fmt.Sprintf(`((tile) => tile.querySelector('video').checkVisibility() === %t && tile.querySelector('.plate svg').checkVisibility() === %t)(document.querySelector(%q))`, picture, muted, tile))
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
