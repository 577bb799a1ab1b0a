package browsertest

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

const (
	lost = "Line to the server lost, reconnecting… The call goes on."
	back = "The line is back. Nothing was lost."
)

// The signaling line is cut during a call: the media goes on, the page resumes, and what was
// said meanwhile arrives.
func TestLineCut(t *testing.T) {
	c := everyday(t)
	s := engine(t, "127.0.0.1:0")
	l := newLine(t, s.Addr().String())

	ada, bob := c.person(t, "ada", true), c.person(t, "bob", true)
	ada.join(l.url() + "?room=cut")
	bob.join(s.URL() + "?room=cut")
	ada.tiles(2)
	bob.tiles(2)
	bob.run(chromedp.Evaluate(`new MutationObserver(() => {
		if (document.querySelectorAll('.tile').length < 2) globalThis.sawSomebodyLeave = true
	}).observe(document.querySelector('#tiles'), { childList: true })`, nil))

	l.cut()
	ada.line(lost)
	ada.isText("#media", "")
	ada.look("line lost")
	bob.reads(other, "Lost the line to the server")
	bob.line("")
	bob.press("#camera") // missed by ada, for now
	bob.press("#microphone")
	ada.press("#microphone") // waits in ada's queue
	ada.press("#open-chat")
	ada.run(chromedp.SendKeys("#text", "still here\r", chromedp.ByQuery))
	bob.reads("#open-chat .badge", "1") // straight, without the server
	bob.sees(other+" video", 15)
	ada.line(lost)

	// Somebody else speaks through the server meanwhile: twenty messages of which ada gets none.
	bob.run(chromedp.Evaluate(`import('/sdk/parley.js').then(async ({ connect }) => {
		const room = await connect('/ws', { storage: null }).join('cut', { profile: { name: 'carl' } })
		for (let n = 0; n < 20; n++) await room.send('chat', { text: 'said ' + n })
		await room.leave()
	})`, nil, awaitPromise))

	l.mend()
	ada.line(back)
	ada.line("") // for a moment only
	ada.summary(two)
	ada.shows(other, false, true)
	bob.shows(other, true, true)
	require.False(t, eval[bool](bob, `!!globalThis.sawSomebodyLeave`))

	said := []string{"still here"}
	for n := range 20 {
		said = append(said, fmt.Sprintf("said %d", n))
	}
	require.Equal(t, said, eval[[]string](ada, `[...document.querySelectorAll('#messages p')].map((p) => p.textContent)`), "each once, in order")
	heard := ada.wire.numbered()
	require.IsIncreasing(t, heard, "none came twice")
	joins := ada.wire.joins()
	require.Len(t, joins, 2)
	require.True(t, joins[1].Recovered)
	require.Equal(t, joins[0].Self.Member, joins[1].Self.Member)
	require.Equal(t, joins[0].Epoch, joins[1].Epoch)
	require.Equal(t, []string{"updated", "updated"}, last(ada.wire.changes(bob.wire.joins()[0].Self.Member), 2), "camera and microphone")
	require.Equal(t, "connected", eval[[]string](ada, `__peers.map((pc) => pc.connectionState)`)[0], "the media never noticed")

	bob.press("#camera") // signaling works in both directions again
	ada.shows(other, true, true)
	ada.sees(other+" video", 5)

	within(t, time.Second, func() time.Duration { // once more, to see how long it takes when the line is back
		l.cut()
		ada.line(lost)
		from := time.Now()
		l.mend()
		ada.line(back)
		return time.Since(from)
	})
}

// The page drops its own socket, and shows what came again: all that was missed, in order.
func TestDropMySocket(t *testing.T) {
	c := everyday(t)
	link := engine(t, "127.0.0.1:0").URL() + "?room=drop"
	ada, bob := c.person(t, "ada", true), c.person(t, "bob", false)
	ada.join(link)
	bob.join(link)
	ada.reads(other, "bob")
	bob.sees(other+" video", 1)
	ada.press("#open-inside")
	ada.until(`document.querySelector('#relay').disabled`) // this engine has no TURN server
	bob.press("#open-people")

	ada.press("#drop")
	ada.line(lost)
	ada.reads("#resume", "Line dropped")
	bob.reads(other, "Lost the line to the server")
	bob.run(chromedp.Evaluate(`(async () => {
		const { connect } = await import('/sdk/parley.js')
		const room = await connect('/ws').join('drop', { profile: { name: 'carl' } })
		for (let n = 0; n < 5; n++) await room.send('chat', { text: 'missed ' + n })
		await room.leave()
	})()`, nil))
	ada.line(back)
	ada.reads("#resume", "as the same member")
	ada.reads("#resume", "7 messages missed, and here again, in order") // carl joined, five, carl left
	require.Equal(t, 7, eval[int](ada, `document.querySelectorAll('#resume [data-again]').length`))
	require.Equal(t, []string{"missed 0", "missed 1", "missed 2", "missed 3", "missed 4"},
		eval[[]string](ada, `[...document.querySelectorAll('#messages p')].map((p) => p.textContent)`))
	joins := ada.wire.joins()
	require.Len(t, joins, 2)
	require.True(t, joins[1].Recovered)
	require.Equal(t, joins[0].Self.Member, joins[1].Self.Member)
}

// The engine is restarted during a call: everyone is somebody new to the room, in a new
// epoch, and still the call goes on over the same peer connection.
func TestEngineRestart(t *testing.T) {
	c := everyday(t)
	s := engine(t, "127.0.0.1:0")
	addr, link := s.Addr().String(), s.URL()+"?room=again"
	ada, bob := c.person(t, "ada", true), c.person(t, "bob", true)
	ada.join(link)
	bob.join(link)
	ada.tiles(2)
	bob.tiles(2)

	stop(t, s)
	ada.line("The server is restarting. You will be back in a moment; the call goes on.")
	ada.look("draining")
	engine(t, addr)
	ada.summary(two)
	bob.summary(two)
	ada.sees(other+" video", 10)
	bob.sees(other+" video", 10)
	for _, p := range []*person{ada, bob} {
		require.Len(t, eval[[]string](p, `__peers.map((pc) => pc.connectionState)`), 1, "the media never noticed")
	}
	bob.press("#camera")
	ada.shows(other, false, false)
	bob.press("#hang-up")
	ada.summary(waiting)
	joins := ada.wire.joins()
	require.False(t, joins[len(joins)-1].Recovered)
	require.NotEqual(t, joins[0].Epoch, joins[len(joins)-1].Epoch)
}

// No usable path: the page says so after its own 15 s, which are short here, and does not
// mistake it for a lost line.
func TestNoUsablePath(t *testing.T) {
	c := everyday(t)
	link := engine(t, "127.0.0.1:0").URL() + "?room=wall"
	ada, bob := c.person(t, "ada", true), c.person(t, "bob", true)
	ada.run(beforeScripts(`{
		const wait = setTimeout
		window.setTimeout = (run, ms, ...all) => wait(run, ms === 15000 ? 500 : ms, ...all)
		const Native = RTCPeerConnection
		window.RTCPeerConnection = class extends Native {
			constructor(options) { super({ ...options, iceTransportPolicy: 'relay' }) }
			addIceCandidate() { return Promise.resolve() }
		}
	}`))
	ada.join(link)
	bob.join(link)
	ada.isText("#media", "No way to bob has been found for 15 seconds: a firewall may be between you. Still trying.")
	ada.reads(other, "No way found yet")
	ada.look("no path")
	ada.line("")
	ada.press("#open-chat")
	ada.run(chromedp.SendKeys("#text", "can you hear me?\r", chromedp.ByQuery)) // there is no data channel
	bob.press("#open-chat")
	bob.reads("#messages", "through the server")
}
