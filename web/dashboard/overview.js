/** The first view: figures, plots, and the picture of the actors. */

import { byId, make, write } from '../app/dom.js'
import { drawMap } from './map.js'
import { bytes, short, wait, whole } from './numbers.js'
import { Plot, Spark } from './plot.js'
import { valueOf } from './samples.js'
import { say, whenSpoken } from './words.js'

/** @type {{ label: import('./words.js').Key, value: string, show: (n: number) => string, unit?: import('./words.js').Key }[]} */
const figures = [
  { label: 'connections', value: 'connections', show: whole },
  { label: 'rooms', value: 'rooms', show: whole },
  { label: 'members', value: 'members', show: whole },
  { label: 'received', value: 'received', show: short, unit: 'perSecond' },
  { label: 'delivered', value: 'delivered', show: short, unit: 'perSecond' },
  { label: 'wait', value: 'wait', show: wait },
]

const shownFigures = figures.map(({ label, unit }) => {
  const spark = new Spark()
  const name = make('h2')
  const value = make('b')
  const of = make('span')
  whenSpoken(() => {
    name.textContent = say(label)
    of.textContent = unit ? say(unit) : ''
  })
  byId('figures').append(make('div', { className: 'card figure' }, name, make('p', {}, value, of), spark.element))
  return { value, spark }
})

/** @type {import('./plot.js').PlotOptions[]} */
const plots = [
  { title: 'plotMessages', show: short, least: 10, lines: [{ value: 'delivered', label: 'lineDelivered', colour: 1 }, { value: 'received', label: 'lineReceived', colour: 2 }] },
  { title: 'plotWait', show: wait, least: 1000, log: true, lines: [
    { value: 'connection99', label: 'lineConn99', colour: 1 }, { value: 'connection50', label: 'lineConn50', colour: 3 },
    { value: 'room99', label: 'lineRoom99', colour: 2 }, { value: 'room50', label: 'lineRoom50', colour: 4 }] },
  { title: 'plotConnections', show: short, least: 10, lines: [{ value: 'connections', label: 'lineConnections', colour: 1 }, { value: 'members', label: 'lineMembers', colour: 2 }] },
  { title: 'plotBytes', show: bytes, least: 1024, binary: true, lines: [{ value: 'bytesOut', label: 'lineOut', colour: 1 }, { value: 'bytesIn', label: 'lineIn', colour: 2 }] },
  { title: 'plotGoing', show: short, least: 5, lines: [{ value: 'joined', label: 'lineJoined', colour: 1 }, { value: 'resumed', label: 'lineResumed', colour: 2 }, { value: 'suspended', label: 'lineSuspended', colour: 3 }] },
  { title: 'plotTrouble', show: short, least: 5, lines: [
    { value: 'refused', label: 'lineRefused', colour: 3 }, { value: 'answered', label: 'lineAnswered', colour: 2 },
    { value: 'dropped', label: 'lineDropped', colour: 4 }, { value: 'cut', label: 'lineCut', colour: 1 }] },
  { title: 'plotProcess', show: (n) => n.toFixed(2), least: 1, lines: [{ value: 'cpu', label: 'lineCPU', colour: 1 }] },
  { title: 'plotMailbox', show: short, least: 10, lines: [{ value: 'roomBox', label: 'lineRoomBox', colour: 2 }, { value: 'connBox', label: 'lineConnBox', colour: 1 }] },
]

const shownPlots = plots.map((options) => new Plot(options))
byId('charts').append(...shownPlots.map(({ element }) => element))

/** @param {import('./cluster.js').View | null} view null: nothing is known yet @param {boolean} [fresh] it has just come */
export function drawOverview(view, fresh = false) {
  if (!view) return
  const { list } = view
  figures.forEach(({ value, show }, i) => {
    const now = valueOf(list.at(-1), value)
    write(shownFigures[i].value, Number.isNaN(now) ? '–' : show(now))
    shownFigures[i].spark.draw(list, value)
  })
  for (const plot of shownPlots) plot.draw(list, fresh)
  drawMap(view)
}
