package browsertest

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// wiretap keeps what a page's WebSockets hear.
type wiretap struct {
	mu       sync.Mutex
	received []message // guarded by mu
	opened   int       // guarded by mu: WebSockets
}

// message is as much of the protocol as the tests look at.
type message struct {
	Type      string
	Seq       int
	Epoch     string
	Recovered bool
	Change    string
	Member    string
	Self      struct{ Member, Role string }
}

func tap(ctx context.Context) *wiretap {
	w := &wiretap{}
	chromedp.ListenTarget(ctx, func(event any) {
		if _, ok := event.(*network.EventWebSocketCreated); ok {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.opened++
		}
		e, ok := event.(*network.EventWebSocketFrameReceived)
		if !ok {
			return
		}
		var m message
		if json.Unmarshal([]byte(e.Response.PayloadData), &m) != nil {
			return // a control frame
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.received = append(w.received, m)
	})
	return w
}

func (w *wiretap) enable() chromedp.Action { return network.Enable() }

// sockets is how many WebSockets the page has opened.
func (w *wiretap) sockets() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.opened
}

// numbered are the seqs of what the room told the page since the last join that was not
// recovered, in the order in which they came.
func (w *wiretap) numbered() (seqs []int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range w.received {
		switch m.Type {
		case "joined":
			if !m.Recovered {
				seqs = nil
			}
		case "event", "member", "room":
			seqs = append(seqs, m.Seq)
		}
	}
	return seqs
}

// changes are what the page heard of the member, in order.
func (w *wiretap) changes(member string) (changes []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range w.received {
		if m.Type == "member" && m.Member == member {
			changes = append(changes, m.Change)
		}
	}
	return changes
}

// joins are the answers to the page's joins so far.
func (w *wiretap) joins() (joins []message) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range w.received {
		if m.Type == "joined" {
			joins = append(joins, m)
		}
	}
	return joins
}
