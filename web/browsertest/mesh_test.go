package browsertest

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// party opens a page in which a whole party of members can be.
func party(t *testing.T, url string) *person {
	p := everyday(t).person(t, "party", true) // candidates, too, want the permission
	p.script(url, "mesh.js")
	return p
}

// Six parties without media join at the same moment: everyone has one connection to everyone.
func TestSixAtOnce(t *testing.T) {
	p := party(t, engine(t, "127.0.0.1:0").URL())
	heard := eval[[]int](p, `(async () => {
		for (const name of 'abcdef') m.somebody('six', name)
		await Promise.all(m.party.map((one) => one.enter()))
		await m.complete()
		return m.greet()
	})()`)
	require.Equal(t, []int{5, 5, 5, 5, 5, 5}, heard)
	require.Len(t, eval[[]string](p, `__peers.map((pc) => pc.connectionState)`), 30, "one connection a pair is enough")
	require.Empty(t, eval[[]string](p, `m.errors`))
}

// One comes when two are talking already, and sees and hears what they send; one leaves, and
// within a second has gone for everyone.
func TestLateJoinerAndLeaver(t *testing.T) {
	p := party(t, engine(t, "127.0.0.1:0").URL())
	eval[bool](p, `(async () => {
		const stream = m.camera()
		for (const name of ['ada', 'bob']) await m.somebody('late', name, { receive: ['video'], stream }).enter()
		await m.complete()
		await m.somebody('late', 'eve', { receive: ['video'] }).enter()
		await m.complete()
		return true
	})()`)
	require.ElementsMatch(t, []string{"ada video", "bob video"}, eval[[]string](p, `m.party[2].tracks`))
	require.Equal(t, []string{"ada video"}, eval[[]string](p, `m.party[1].tracks`))
	require.Equal(t, []int{2, 2, 2}, eval[[]int](p, `m.greet()`))

	latest := eval[float64](p, `(async () => {
		const [ada, ...others] = m.party
		const from = performance.now()
		ada.room.leave()
		await m.until(() => others.every(({ gone }) => gone.length))
		return Math.max(...others.map(({ gone }) => gone[0].at)) - from
	})()`)
	require.Less(t, latest, 1000.0)
	require.Equal(t, []string{"ada leave", "ada leave", "bob leave", "eve leave"}, eval[[]string](p,
		`m.party.flatMap(({ gone }) => gone.map(({ name, reason }) => name + ' ' + reason)).sort()`))
	eval[bool](p, `m.complete(m.party.slice(1)).then(() => true)`)
}

// Tracks are added, replaced and removed in a call, on both sides at once, and the session
// description does not grow.
func TestTracksInCall(t *testing.T) {
	p := party(t, engine(t, "127.0.0.1:0").URL())
	p.run(chromedp.Evaluate(`globalThis.stats = () => m.party.map(({ mesh }) => [...mesh.peers.values()][0].pc.getTransceivers().length)`, nil))
	tracks := eval[[]string](p, `(async () => {
		for (const name of ['ada', 'bob']) await m.somebody('tracks', name).enter()
		await m.complete()
		for (let round = 1; round <= 5; round++) {
			const streams = m.party.map(() => m.camera())
			m.party.forEach(({ mesh }, i) => mesh.addTrack(streams[i].getTracks()[0], streams[i]))
			await m.until(() => m.party.every(({ tracks }) => tracks.at(-1)?.endsWith(' video')))
			await m.complete()
			const screens = m.party.map(() => m.camera())
			for (const [i, { mesh }] of m.party.entries()) await mesh.replaceTrack(streams[i].getTracks()[0], screens[i].getTracks()[0])
			m.party.forEach(({ mesh }, i) => mesh.removeTrack(screens[i].getTracks()[0]))
			await m.until(() => m.party.every(({ tracks }) => tracks.at(-1)?.endsWith(' -video')))
			await m.complete()
		}
		return m.party[0].tracks
	})()`)
	require.Equal(t, []string{"bob video", "bob -video", "bob video", "bob -video"}, tracks[:4]) // a rollback may tell twice
	for _, count := range eval[[]int](p, `stats()`) {
		require.LessOrEqual(t, count, 2)
	}
	require.Empty(t, eval[[]string](p, `m.errors`))
}
