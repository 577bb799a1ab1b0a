package browsertest

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// plugs lets a test pull out devices: Chromium's fake ones cannot be. What is unplugged is not
// enumerated and cannot be had; its track ends; the page is told by devicechange, as it is by a
// browser. Everything else is Chromium's own.
const plugs = `{
	const all = navigator.mediaDevices
	const enumerate = all.enumerateDevices.bind(all)
	const getUserMedia = all.getUserMedia.bind(all)
	const out = new Set(['fake_device_1']) // Chromium's second has a format that calls cannot carry
	const there = async () => (await enumerate()).filter(({ label }) => !out.has(label))
	const tracks = []
	all.enumerateDevices = there
	all.getUserMedia = async (wish) => {
		const present = await there()
		for (const kind of ['audio', 'video']) {
			if (!wish[kind]) continue
			const [first] = present.filter((d) => d.kind === kind + 'input')
			if (!first) throw new DOMException('', 'NotFoundError')
			const wanted = wish[kind].deviceId?.ideal
			const { deviceId } = present.find((d) => d.deviceId === wanted) ?? first
			wish = { ...wish, [kind]: { ...wish[kind], deviceId: { exact: deviceId } } }
		}
		const stream = await getUserMedia(wish)
		tracks.push(...stream.getTracks())
		return stream
	}
	window.plug = (label) => {
		out.delete(label)
		all.dispatchEvent(new Event('devicechange'))
	}
	window.unplug = (label) => {
		out.add(label)
		all.dispatchEvent(new Event('devicechange'))
		for (const track of tracks) {
			if (track.label !== label || track.readyState === 'ended') continue
			track.stop()
			track.dispatchEvent(new Event('ended'))
		}
	}
	window.used = (kind) => {
		const menu = document.querySelector('#settings [data-pick=' + kind + ']')
		return menu.selectedOptions[0].textContent
	}
}`

// A device is unplugged in a call: another one takes over, and where there is none the others
// see that; one that is plugged in is offered. The page says which, each time.
func TestUnplugged(t *testing.T) {
	c := special(t, map[string]any{"use-fake-device-for-media-stream": "device-count=3,fps=10"})
	link := engine(t, "127.0.0.1:0").URL() + "?room=plugs"
	ada, bob := c.person(t, "ada", true), c.person(t, "bob", false)
	ada.run(beforeScripts(small), beforeScripts(plugs))
	ada.join(link)
	bob.join(link)
	bob.sees(other+" video", 5)
	first := eval[string](ada, `used('videoinput')`)
	second := eval[string](ada, `[...document.querySelectorAll('#settings [data-pick=videoinput] option')].find((o) => !o.selected).textContent`)
	require.NotEqual(t, first, second)

	ada.run(chromedp.Evaluate(fmt.Sprintf(`unplug(%q)`, first), nil))
	ada.reads("#devices", first+" was unplugged. "+second+" is used instead.")
	ada.until(fmt.Sprintf(`used('videoinput') === %q`, second))
	bob.sees(other+" video", 5)
	bob.shows(other, true, false)

	ada.press("#camera") // what is off when it is unplugged is off when it comes back
	bob.shows(other, false, false)
	ada.run(chromedp.Evaluate(fmt.Sprintf(`unplug(%q)`, second), nil))
	ada.reads("#devices", second+" was unplugged. The others do not see you any more.")
	ada.look("unplugged")
	ada.until(`document.querySelector('#camera').disabled && used('videoinput') === 'None'`)
	ada.run(chromedp.Evaluate(fmt.Sprintf(`plug(%q)`, first), nil))
	ada.reads("#devices", first+" is plugged in.")
	ada.press("#devices button")
	ada.until(fmt.Sprintf(`used('videoinput') === %q`, first))
	bob.shows(other, false, false)
	ada.press("#camera")
	bob.shows(other, true, false)
	bob.sees(other+" video", 5)

	for range eval[int](ada, `document.querySelectorAll('#settings [data-pick=audioinput] option').length`) {
		ada.run(chromedp.Evaluate(`unplug(used('audioinput'))`, nil))
		ada.until(`document.querySelector('#devices') !== null`)
		ada.press("#devices button:last-of-type")
	}
	bob.shows(other, true, true)
	ada.until(`document.querySelector('#microphone').disabled`)
	require.Empty(t, eval[string](bob, `document.querySelector('#line').textContent + document.querySelector('#media').textContent`))
}

// The person takes the permission back in a call; this Chromium does by itself.
func TestPermissionTakenBack(t *testing.T) {
	c := everyday(t)
	link := engine(t, "127.0.0.1:0").URL() + "?room=taken"
	ada, bob := c.person(t, "ada", true), c.person(t, "bob", false)
	ada.join(link)
	bob.join(link)
	bob.sees(other+" video", 5)
	ada.denyDevices()
	ada.reads("#devices", "Camera and microphone are blocked for this page.")
	bob.shows(other, false, true)
	ada.allowDevices()
	ada.press("#devices button")
	bob.shows(other, true, false)
	bob.sees(other+" video", 5)
}

// The others sound where one wants them to, also those who come later and after a reload; a
// loudspeaker that is unplugged leaves them with the system's own. Where the browser offers no
// choice there is no menu.
func TestSpeaker(t *testing.T) {
	c := special(t, map[string]any{"use-fake-device-for-media-stream": "device-count=3,fps=10"})
	link := engine(t, "127.0.0.1:0").URL() + "?room=loud"
	ada, bob := c.person(t, "ada", true), c.person(t, "bob", true)
	ada.run(beforeScripts(small), beforeScripts(plugs))
	bob.run(beforeScripts(small))
	ada.lobby(link)
	ada.reads("#lobby label", "Speaker")
	const menu = "#lobby [data-pick=audiooutput]"
	chosen := eval[[]string](ada, fmt.Sprintf(`(({ options }) => [options[options.length - 1].value, options[options.length - 1].textContent])(document.querySelector(%q))`, menu))
	require.Equal(t, "default", eval[string](ada, fmt.Sprintf(`document.querySelector(%q).value`, menu)))
	ada.run(chromedp.SetValue(menu, chosen[0], chromedp.ByQuery),
		chromedp.Evaluate(fmt.Sprintf(`document.querySelector(%q).dispatchEvent(new Event('change'))`, menu), nil))
	ada.press("#join")
	bob.join(link)
	sink := func(id string) {
		t.Helper()
		ada.until(fmt.Sprintf(`document.querySelector('%s video')?.sinkId === %q`, other, id))
	}
	ada.tiles(2)
	sink(chosen[0])
	ada.run(chromedp.Reload())
	ada.tiles(2)
	sink(chosen[0])
	ada.run(chromedp.Evaluate(fmt.Sprintf(`unplug(%q)`, chosen[1]), nil))
	sink("")
	ada.until(`used('audiooutput') !== ''`)

	bob.run(beforeScripts(`delete HTMLMediaElement.prototype.setSinkId`))
	bob.run(chromedp.Reload())
	bob.tiles(2)
	bob.press("#settings-open")
	bob.reads("#settings label", "Microphone")
	require.False(t, eval[bool](bob, `document.querySelector('#settings [data-pick=audiooutput]').checkVisibility()`))
}
