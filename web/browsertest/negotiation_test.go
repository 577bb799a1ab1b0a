package browsertest

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// Both sides have an offer under way, whichever of the two arrives first: the polite newcomer
// gives way and answers, and offers its own change afterwards.
func TestForcedGlare(t *testing.T) {
	p := everyday(t).person(t, "ada", true)
	p.script(engine(t, "127.0.0.1:0").URL(), "glare.js")
	for _, first := range []string{"older", "newer"} {
		p.run(chromedp.Evaluate(fmt.Sprintf(`globalThis.seen = m.glare('glare %[1]s first', %[1]q); true`, first), nil))
		require.Equal(t, []string{"have-local-offer", "have-local-offer"}, eval[[]string](p, `seen.then((s) => s.states)`), "the offers cross")
		require.Equal(t, []bool{false, true}, eval[[]bool](p, `seen.then((s) => s.polite)`))
		sent := eval[[]string](p, `seen.then((s) => s.sent)`)
		require.ElementsMatch(t, []string{"older offer", "newer offer"}, sent[:2])
		require.Equal(t, []string{"newer answer", "newer offer", "older answer"}, sent[2:], "%s first", first)
	}
	require.Empty(t, eval[[]string](p, `import('/pair.js').then(({ errors }) => errors)`))
}

// ICE is restarted while data flows, by one side and by both at once: the credentials are new
// and nothing is interrupted.
func TestICERestart(t *testing.T) {
	p := everyday(t).person(t, "ada", true)
	p.script(engine(t, "127.0.0.1:0").URL(), "pair.js")
	for _, who := range []string{"[0]", "[1]", "[0, 1]"} {
		p.run(chromedp.Evaluate(fmt.Sprintf(`globalThis.restart = (async () => {
			const call = await m.pair('restart %[1]s')
			await call.up()
			const states = []
			call.peers.forEach((peer) => peer.on('state', ({ state }) => states.push(state)))
			const credentials = () => call.peers.map(({ pc }) => /ice-ufrag:(.*)/.exec(pc.localDescription.sdp)[1])
			const before = credentials()
			for (const i of %[1]s) call.peers[i].restartIce()
			await m.until(() => credentials().every((c, i) => c !== before[i]))
			await call.up()
			return [await m.echo(call, 'after the restart'), ...states]
		})(); true`, who), nil))
		require.Equal(t, []string{"after the restart"}, eval[[]string](p, `restart`), who)
	}
	require.Empty(t, eval[[]string](p, `m.errors`))
}

// A page that is reloaded is the same member, whom nobody sees leave, and its connections are
// made anew at once, whichever of the two is the polite one.
func TestReloadInMesh(t *testing.T) {
	c := everyday(t)
	home := engine(t, "127.0.0.1:0").URL()
	people := []*person{c.person(t, "ada", true), c.person(t, "bob", true)}
	enter := func(p *person) {
		p.script(home, "reload.js")
		eval[bool](p, `m.room.join().then(() => true)`)
	}
	for _, p := range people {
		enter(p)
	}
	for i, p := range people {
		other := people[1-i]
		p.until(`m.up()`)
		other.until(`m.up()`)
		self := eval[string](p, `m.room.self.id`)
		enter(p)
		require.Equal(t, self, eval[string](p, `m.room.self.id`), p.name)
		require.True(t, eval[bool](p, `m.room.returned`))
		other.until(`m.gone.includes('replaced')`)
		p.until(`m.up()`)
		other.until(`m.up()`)
		p.run(chromedp.Evaluate(`m.mesh.send('chat', 'again')`, nil))
		other.until(`m.heard.includes('again')`)
		require.NotContains(t, eval[[]string](other, `m.changes`), "left")
		require.Empty(t, eval[[]string](other, `m.errors`))
		require.Empty(t, eval[[]string](p, `m.errors`))
	}
}

// A duplicated tab begins with a copy of the storage, and is somebody else all the same.
func TestDuplicatedTab(t *testing.T) {
	p := everyday(t).person(t, "ada", true)
	p.script(engine(t, "127.0.0.1:0").URL(), "reload.js")
	gesture := func(e *runtime.EvaluateParams) *runtime.EvaluateParams { return e.WithUserGesture(true) }
	eval[bool](p, `m.room.join().then(() => { sessionStorage.copied = 'yes'; return true })`)
	p.run(chromedp.Evaluate(`globalThis.copy = open('/blank.html'); true`, nil, gesture))
	p.until(`copy.document.readyState === 'complete' && copy.location.pathname === '/blank.html'`)
	require.Equal(t, "yes", eval[string](p, `copy.sessionStorage.copied`))
	members := eval[[]string](p, `(async () => {
		const theirs = await copy.eval("import('/reload.js')")
		await theirs.room.join()
		return [m.room.self.id, theirs.room.self.id]
	})()`)
	require.NotEqual(t, members[0], members[1])
	p.until(`m.room.members.size === 1`)
	require.Equal(t, "joined", eval[string](p, `m.room.state`))
	require.NotContains(t, eval[[]string](p, `m.changes`), "myself replaced")
	p.run(chromedp.Evaluate(`copy.close()`, nil))
}
