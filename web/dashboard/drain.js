/** The engine itself: what it is and uses, and its end in good order. */

import { announce, byId, make, write } from '../app/dom.js'
import { askFirst } from './ask.js'
import { act } from './engine.js'
import { engineOf, viewOf } from './engines.js'
import { bytes, span, whole } from './numbers.js'
import { valueOf } from './samples.js'
import { say, sayOr } from './words.js'

/** What has to be typed, in every language. */
const word = 'drain'

/** @type {HTMLButtonElement} */
const button = byId('drain')
/** @type {{ id: string, name: string } | null} the engine that would be drained */
let engine = null

/** @param {import('./cluster.js').Cluster} cluster */
export function drawEngine(cluster) {
  const one = engineOf(cluster)
  engine = one && { id: one.node, name: cluster.nameOf(one.node) }
  const all = [...cluster.engines.values()].flatMap(({ last }) => last ?? [])
  const list = one ? [one] : all
  /** @param {(s: import('./samples.js').Snapshot) => number} of */
  const sum = (of) => list.reduce((total, s) => total + of(s), 0)
  const cpu = valueOf(viewOf(cluster)?.list.at(-1), 'cpu')
  write(byId('engine-title'), one ? say('engine') : say('allEngines'))
  /** @type {[string, string][]} */
  const facts = [
    ...(one ? /** @type {[string, string][]} */ ([[say('engineName'), one.name || '–'], [say('engineID'), one.node], [say('state'), sayOr(one.state, one.state)]]) : []),
    [say('version'), [...new Set(list.map(({ version }) => version || '–'))].join(', ')],
    ...(one ? /** @type {[string, string][]} */ ([[say('upFor'), span((one.at - one.started) / 1000)]]) : []),
    [say('plotProcess'), Number.isNaN(cpu) ? '–' : cpu.toFixed(2)], [say('memory'), bytes(sum((s) => s.process.memory))],
    [say('goroutines'), whole(sum((s) => s.process.goroutines))], [say('relayed'), whole(sum((s) => s.allocations))], [say('panics'), whole(sum((s) => s.totals.panics))],
  ]
  const shown = byId('engine-facts')
  const told = JSON.stringify(facts)
  if (shown.dataset.told !== told) {
    shown.dataset.told = told
    shown.replaceChildren(...facts.map(([name, value]) => make('div', {}, make('dt', { textContent: name }), make('dd', { textContent: value }))))
  }
  button.hidden = !one
  button.disabled = one?.state === 'draining'
  write(button, one?.state === 'draining' ? say('draining') : say('drain'))
  write(byId('drain-hint'), one ? '' : say('drainWhich'))
}

function drain() {
  const mine = engine
  if (!mine) return
  askFirst({
    title: say('drainTitle', { name: mine.name }), text: say('drainText'), label: say('typeWord', { word }), word, yes: say('drainYes'),
    act: () => act('POST', 'node/drain', {}, { node: mine.id }),
    done: () => announce(say('nowDraining')),
  })
}

button.onclick = drain
