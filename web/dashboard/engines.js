/** Which engine of a cluster is looked at: one of them, or all. Where there is one, there is no choice. */

import { byId, make, write } from '../app/dom.js'
import { short, span, whole } from './numbers.js'
import { Spark } from './plot.js'
import { connectionsOf } from './samples.js'
import { say, sayOr } from './words.js'

/** @typedef {import('./cluster.js').Cluster} Cluster */

/** The id of the engine that is looked at; "": all. */
let chosen = ''

/** @type {() => void} */
let changed = () => {}

/** @param {string} id */
function tile(id) {
  const input = make('input', { type: 'radio', name: 'engine', value: id, checked: id === chosen })
  input.onchange = () => {
    chosen = id
    changed()
  }
  const spark = new Spark()
  const [name, figures] = [make('b', { translate: false }), make('span')]
  const label = make('label', { className: 'engine card', dataset: { engine: id } }, input, make('i'), name, figures, spark.element)
  return { label, name, figures, spark }
}

/** @type {Map<string, ReturnType<typeof tile>>} those that are shown; "": all */
const tiles = new Map()

/** @param {Cluster} cluster */
export function drawEngines(cluster) {
  const ids = [...new Set([...cluster.engines.keys(), ...cluster.unreachable])].sort(cluster.byName)
  const choice = ids.length > 1
  byId('engines').hidden = !choice
  if (!choice || !ids.includes(chosen)) choose('')
  if (!choice) return
  for (const [id, { label }] of tiles) {
    if (!id || ids.includes(id)) continue
    label.remove()
    tiles.delete(id)
  }
  for (const [i, id] of ['', ...ids].entries()) {
    let shown = tiles.get(id)
    if (!shown) tiles.set(id, (shown = tile(id)))
    const there = byId('engine-tiles').children[i]
    if (shown.label !== there) byId('engine-tiles').insertBefore(shown.label, there ?? null)
    draw(shown, id, cluster)
  }
}

/** @param {ReturnType<typeof tile>} shown @param {string} id @param {Cluster} cluster */
function draw({ label, name, figures, spark }, id, cluster) {
  const view = id ? cluster.of(id) : cluster.all()
  const gone = id !== '' && cluster.unreachable.includes(id)
  label.dataset.state = id ? (gone ? 'gone' : (cluster.engines.get(id)?.last?.state ?? 'gone')) : stateOf(cluster)
  write(name, id ? cluster.nameOf(id) : say('allEngines'))
  const connections = view ? connectionsOf(view.last) : 0
  const load = say('engineLoad', { connections: whole(connections), rooms: whole(view?.last.rooms ?? 0) })
  write(figures, gone ? say('noAnswerShort') : label.dataset.state === 'ready' || !id ? load : `${sayOr(label.dataset.state, '')} · ${load}`)
  spark.draw(view?.list ?? [], 'connections')
}

/** @param {string} id */
function choose(id) {
  chosen = id
  const input = tiles.get(id)?.label.querySelector('input')
  if (input) input.checked = true
}

/** What is to be drawn. @param {Cluster} cluster @returns {import('./cluster.js').View | null} */
export function viewOf(cluster) {
  if (chosen) return cluster.of(chosen)
  return cluster.engines.size + cluster.unreachable.length > 1 ? cluster.all() : cluster.of(cluster.engines.keys().next().value ?? '')
}

/** The one engine that is looked at; null: they are several. @param {Cluster} cluster */
export function engineOf(cluster) {
  const id = chosen || (cluster.engines.size === 1 && !cluster.unreachable.length ? cluster.engines.keys().next().value : '')
  return (id && cluster.engines.get(id)?.last) || null
}

/** How they are: as the one that is not well. @param {Cluster} cluster */
function stateOf({ engines, unreachable }) {
  const states = [...engines.values()].map(({ last }) => last?.state)
  return unreachable.length ? 'gone' : (states.find((state) => state !== 'ready') ?? 'ready')
}

/** Says in the head which engine is looked at, and how it is. @param {Cluster} cluster */
export function drawHead(cluster) {
  if (!cluster.engines.size) return
  const one = engineOf(cluster)
  const state = one ? one.state : stateOf(cluster)
  byId('node').dataset.state = state
  const count = cluster.engines.size
  write(byId('node-state'), one || state === 'ready' ? sayOr(state, state) : sayOr(`some_${state}`, state))
  write(byId('node-more'), one ? say('up', { version: one.version || 'Parley', time: span((one.at - one.started) / 1000) }) : say('engineCount', { count: short(count) }))
}

/** @param {() => void} onChange another one was chosen */
export function bindEngines(onChange) {
  changed = onChange
}
