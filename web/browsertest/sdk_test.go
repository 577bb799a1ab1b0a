package browsertest

import (
	"fmt"
	"os"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// script opens an empty page of the engine's and binds a module of testdata to the name m.
func (p *person) script(url, module string) {
	p.t.Helper()
	p.open(url + "blank.html")
	eval[bool](p, fmt.Sprintf(`import('/%s').then((module) => { globalThis.m = module; return true })`, module))
}

// Two members send to each other while their lines are cut over and over: every message is
// heard once, in order, and taken in order.
func TestExactlyOnceOverCuts(t *testing.T) {
	const messages, cuts = 400, 6
	c := everyday(t)
	s := engine(t, "127.0.0.1:0")
	people := []*person{c.person(t, "ada", false), c.person(t, "bob", false)}
	lines := []*line{newLine(t, s.Addr().String()), newLine(t, s.Addr().String())}
	for i, p := range people {
		p.script(lines[i].url(), "storm.js")
		eval[bool](p, `m.room.join().then(() => true)`)
	}
	for _, p := range people {
		p.run(chromedp.Evaluate(fmt.Sprintf(`globalThis.taken = m.sendAll(%d); true`, messages), nil))
	}
	for n := range cuts {
		i := n % 2
		lines[i].cut()
		people[i].until(`m.room.state === 'suspended'`)
		lines[i].mend()
		people[i].until(`m.room.state === 'joined'`)
	}
	for _, p := range people {
		require.True(t, eval[bool](p, `taken`), "%s: the room took them in order", p.name)
	}
	want := make([]int, messages)
	for n := range want {
		want[n] = n
	}
	for _, p := range people {
		p.until(fmt.Sprintf(`m.heard.length >= %d`, messages))
		require.Equal(t, want, eval[[]int](p, `m.heard`), p.name)
		require.Equal(t, []bool{false, true, true, true}, eval[[]bool](p, `m.recovered`), p.name)
	}
}

// The answer to a join is lost: the client comes back as the member that it has become, and
// the others see one.
func TestLostAnswerToJoin(t *testing.T) {
	c := everyday(t)
	s := engine(t, "127.0.0.1:0")
	l := newLine(t, s.Addr().String())
	ada, bob := c.person(t, "ada", false), c.person(t, "bob", false)
	ada.script(s.URL(), "storm.js")
	eval[bool](ada, `m.room.join().then(() => true)`)
	bob.script(l.url(), "storm.js")
	bob.until(`m.client.connect().state === 'open'`)
	l.setDeaf(true)
	bob.run(chromedp.Evaluate(`globalThis.joining = m.room.join({ timeout: 0 }); true`, nil))
	ada.until(`m.room.members.size === 1`)
	l.cut()
	ada.until(`[...m.room.members.values()][0].suspended`)
	l.setDeaf(false)
	l.mend()
	self := eval[string](bob, `joining.then((room) => room.self.id)`)
	ada.until(`![...m.room.members.values()][0].suspended`)
	require.Equal(t, []string{self}, eval[[]string](ada, `[...m.room.members.keys()]`))
	require.Equal(t, []string{"joined", "suspended", "resumed"}, eval[[]string](ada, `m.changes`))
}

// A leave while the line is down takes effect when it is back, long before the linger is over.
func TestLeaveWhileCut(t *testing.T) {
	c := everyday(t)
	s := engine(t, "127.0.0.1:0")
	l := newLine(t, s.Addr().String())
	ada, bob := c.person(t, "ada", false), c.person(t, "bob", false)
	for who, url := range map[*person]string{ada: s.URL(), bob: l.url()} {
		who.script(url, "storm.js")
		eval[bool](who, `m.room.join().then(() => true)`)
	}
	l.cut()
	bob.until(`m.room.state === 'suspended'`)
	bob.run(chromedp.Evaluate(`globalThis.leaving = m.room.leave({ timeout: 0 }); true`, nil))
	l.mend()
	require.Equal(t, "left", eval[string](bob, `leaving.then(() => m.room.state)`))
	ada.until(`m.room.members.size === 0`)
	changes := eval[[]string](ada, `m.changes`)
	require.Equal(t, "left leave", changes[len(changes)-1])
}

// What moderators may do, seen from both sides.
func TestModeration(t *testing.T) {
	c := everyday(t)
	home := engine(t, "127.0.0.1:0").URL()
	ada, bob := c.person(t, "ada", false), c.person(t, "bob", false)
	ada.script(home, "storm.js")
	require.Equal(t, "moderator", eval[string](ada, `m.room.join().then((room) => room.self.role)`))
	eval[bool](ada, `m.room.lock().then(() => true)`)
	bob.script(home, "storm.js")
	require.Equal(t, "room_locked", eval[string](bob, `m.room.join().catch((error) => error.code)`))
	eval[bool](ada, `m.room.lock(false).then(() => true)`)
	require.Equal(t, "member", eval[string](bob, `m.room.join().then((room) => room.self.role)`))
	require.Equal(t, "forbidden", eval[string](bob, `m.room.kick(m.room.members.keys().next().value).catch((error) => error.code)`))
	ada.until(`m.room.members.size === 1`)
	bob.run(chromedp.Evaluate(`globalThis.leaving = new Promise((resolve) => m.room.on('left', resolve)); true`, nil))
	eval[bool](ada, `m.room.kick(m.room.members.keys().next().value, 'enough').then(() => true)`)
	require.Equal(t, `{"reason":"kicked","text":"enough"}`, eval[string](bob, `leaving.then((e) => JSON.stringify(e))`))
	bob.until(`m.client.state === 'closed'`)
	require.Equal(t, "left kicked", eval[string](ada, `m.changes.at(-1)`))
}

// The newcomer makes the first offer, with no offer from the other side to collide with, even
// where that one has something to offer too; the candidates are ended by a null.
func TestNewcomerOffers(t *testing.T) {
	c := everyday(t)
	ada := c.person(t, "ada", true)
	ada.script(engine(t, "127.0.0.1:0").URL(), "pair.js")
	sent := eval[[]string](ada, `(async () => {
		const sent = []
		const call = await m.pair('first', (room, who) => {
			const send = room.send
			room.send = (event, data, ...rest) => {
				if (event !== 'candidate' || data === null) sent.push(who + ' ' + event)
				return send.call(room, event, data, ...rest)
			}
		}, ({ pc }) => pc.addTransceiver('audio'))
		await call.up()
		await m.until(() => sent.filter((s) => s.endsWith('candidate')).length >= 2)
		return sent
	})()`)
	require.Equal(t, []string{"newer offer", "older answer"}, sent[:2])
	require.Contains(t, sent, "newer candidate")
	require.Contains(t, sent, "older candidate")
}

// Both sides renegotiate at once, again and again: perfect negotiation sorts it out, without
// an error on either side.
func TestGlare(t *testing.T) {
	c := everyday(t)
	ada := c.person(t, "ada", true)
	ada.script(engine(t, "127.0.0.1:0").URL(), "pair.js")
	back := eval[string](ada, `(async () => {
		const call = await m.pair('glare')
		await call.up()
		for (let round = 0; round < 15; round++) {
			for (const { pc } of call.peers) round % 3 ? pc.addTransceiver('audio') : pc.restartIce()
			if (round % 2) await call.up()
		}
		await call.up()
		return m.echo(call, 'still here')
	})()`)
	require.Equal(t, "still here", back)
	require.Empty(t, eval[[]string](ada, `m.errors`))
	require.Equal(t, []bool{false, true}, eval[[]bool](ada, `m.pair('roles').then(({ peers }) => peers.map((p) => p.polite))`))
}

// A signal that never arrives is made good.
func TestLostSignal(t *testing.T) {
	c := everyday(t)
	ada := c.person(t, "ada", true)
	ada.script(engine(t, "127.0.0.1:0").URL(), "pair.js")
	for _, lost := range []struct{ who, event string }{{"newer", "offer"}, {"older", "answer"}} {
		back := eval[string](ada, fmt.Sprintf(`(async () => {
			let lost = 0
			const call = await m.pair('lost %[2]s', (room, who) => {
				if (who !== %[1]q) return
				const send = room.send
				room.send = (event, ...rest) =>
					event === %[2]q && lost++ === 0 ? Promise.resolve({ seq: 0, missing: [] }) : send.call(room, event, ...rest)
			})
			await call.up()
			return m.echo(call, 'lost ' + Math.min(lost, 2))
		})()`, lost.who, lost.event))
		require.Equal(t, "lost 2", back, "lost once, sent again: %s", lost.event)
	}
}

// The binary encoding, with a library that the page brings along.
func TestMsgpack(t *testing.T) {
	_, err := os.Stat(msgpackLibrary)
	need(t, err == nil, "@msgpack/msgpack (npm ci in web)")
	c := everyday(t)
	ada := c.person(t, "ada", false)
	ada.script(engine(t, "127.0.0.1:0").URL(), "storm.js")
	text := eval[string](ada, `(async () => {
		const script = document.head.appendChild(Object.assign(document.createElement('script'), { src: '/msgpack.js' }))
		await new Promise((resolve) => (script.onload = resolve))
		const { connect, msgpack } = await import('/sdk/parley.js')
		const binary = await connect('/ws', { codec: msgpack(MessagePack) }).join('mixed', { profile: { name: '二进制' } })
		const text = await m.client.join('mixed')
		const heard = new Promise((resolve) => text.on('event', resolve))
		await binary.send('chat', { text: 'grüße', list: [1, null, true] })
		const { from, data } = await heard
		return JSON.stringify([text.members.get(from).profile, data])
	})()`)
	require.Equal(t, `[{"name":"二进制"},{"text":"grüße","list":[1,null,true]}]`, text)
}
